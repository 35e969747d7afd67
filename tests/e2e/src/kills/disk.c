/* A process that dies, a power cut, a disk that is full: loaded before the C library (LD_PRELOAD).
 *
 * Every call that changes a file or a name below $RIPOSTE_DISK_FOLDER, or that hands bytes to the
 * network, is a point and has a number. Counting begins when the process creates $RIPOSTE_DISK_MARK
 * and ends when it deletes it. At point $RIPOSTE_DISK_AT happens what $RIPOSTE_DISK_HOW names:
 *
 *   before    killed before the call
 *   half      killed after half of what it writes
 *   after     killed after the call
 *   cut       killed before the call, and whatever was not synced is gone
 *   cut-some  the same, but of what was not synced some reached the disk ($RIPOSTE_DISK_SEED decides what)
 *   full      from here on nothing grows and nothing new is made: ENOSPC
 *   broken    from here on nothing can be written, synced, renamed or deleted: EIO
 *   readonly  from the first call on, mark or no mark: EROFS
 *
 * What a power cut takes is what POSIX does not promise: pages of a file since its last fsync, its
 * size, and names (made, renamed, deleted) since the last fsync of their folder. Names are lost from
 * the last backwards, as journals lose them. What was deleted lies in $RIPOSTE_DISK_GRAVE until then.
 * The shared memory of SQLite (-shm) is mapped and no point; the process that started us deletes it.
 *
 * $RIPOSTE_DISK_REPORT gets a line "at NUMBER CALL NAME BYTES", or "end COUNT", or both where it went
 * on; $RIPOSTE_DISK_TRACE, if there is one, a line for every point. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define PAGE 4096
#define REAL(name) static __typeof__(&name) real; if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)
#define CALL(name) ((__typeof__(&name))real_of(#name))

enum how { NONE, BEFORE, HALF, AFTER, CUT, CUT_SOME, FULL, BROKEN, READONLY };
enum kind { WRITES, GROWS, MAKES, CHANGES, SYNCS, TALKS };

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static const char *folder, *mark, *grave, *report, *trace;
static size_t folder_length;
static enum how how;
static long at, count;
static int counting, failing, short_once = 1;
static uint64_t dice;

static void *real_of(const char *name) { return dlsym(RTLD_NEXT, name); }

__attribute__((constructor)) static void begin(void) {
    static const char *const names[] = {"none", "before", "half", "after", "cut", "cut-some", "full", "broken", "readonly"};
    const char *said = getenv("RIPOSTE_DISK_HOW"), *number = getenv("RIPOSTE_DISK_AT"), *seed = getenv("RIPOSTE_DISK_SEED");
    folder = getenv("RIPOSTE_DISK_FOLDER");
    mark = getenv("RIPOSTE_DISK_MARK");
    grave = getenv("RIPOSTE_DISK_GRAVE");
    report = getenv("RIPOSTE_DISK_REPORT");
    trace = getenv("RIPOSTE_DISK_TRACE");
    folder_length = folder ? strlen(folder) : 0;
    at = number ? atol(number) : 0;
    dice = (seed ? strtoull(seed, NULL, 10) : 0) * 2654435761u + 88172645463325252ull;
    for (int i = 0; said && i < (int)(sizeof names / sizeof *names); i++)
        if (strcmp(said, names[i]) == 0) how = (enum how)i;
    failing = how == READONLY;
}

static int coin(void) {
    dice ^= dice << 13;
    dice ^= dice >> 7;
    dice ^= dice << 17;
    return (dice >> 33) & 1;
}

static int cuts(void) { return how == CUT || how == CUT_SOME; }

/* A file or a folder of the phone. SQLite's shared memory is none: it is mapped, and gone after a cut. */
static int below(const char *path) {
    size_t length = path ? strlen(path) : 0;
    if (length > 4 && strcmp(path + length - 4, "-shm") == 0) return 0;
    return folder_length && path && strncmp(path, folder, folder_length) == 0 &&
           (path[folder_length] == '/' || path[folder_length] == 0);
}

static void tell(const char *file, const char *line) {
    int to = file ? CALL(open)(file, O_WRONLY | O_CREAT | O_APPEND, 0600) : -1;
    if (to < 0 || CALL(write)(to, line, strlen(line)) < 0) abort();
    CALL(close)(to);
}

/* ---- what was not synced yet ---- */

struct page { int64_t number; int had; struct page *next; char bytes[PAGE]; };
struct file { dev_t dev; ino_t ino; int fd, dirty; off_t size; struct page *pages; struct file *next; };
enum change { MADE, RENAMED, DELETED, FOLDER_MADE, FOLDER_DELETED };
struct name { enum change what; char *path, *from, *buried; struct name *before; };

static struct file *files;
static struct name *last_name;
static long graves;

static struct file *file_of(int fd) {
    struct stat now;
    if (fstat(fd, &now) != 0) abort();
    struct file *one = files;
    while (one && (one->dev != now.st_dev || one->ino != now.st_ino)) one = one->next;
    if (!one) {
        char self[64];
        snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
        one = calloc(1, sizeof *one);
        /* Never closed: closing would release SQLite's locks, and the number would be used again. */
        one->fd = CALL(open)(self, O_RDWR | O_CLOEXEC);
        if (one->fd < 0) abort();
        one->dev = now.st_dev;
        one->ino = now.st_ino;
        one->next = files;
        files = one;
    }
    if (!one->dirty) one->size = now.st_size;
    return one;
}

static void keep_pages(struct file *file, off_t from, off_t to) {
    file->dirty = 1;
    if (to > file->size) to = file->size;
    for (int64_t number = from / PAGE; number * PAGE < to; number++) {
        struct page *one = file->pages;
        while (one && one->number != number) one = one->next;
        if (one) continue;
        one = calloc(1, sizeof *one);
        one->number = number;
        one->had = (int)(file->size - number * PAGE < PAGE ? file->size - number * PAGE : PAGE);
        if (CALL(pread64)(file->fd, one->bytes, (size_t)one->had, number * PAGE) != one->had) abort();
        one->next = file->pages;
        file->pages = one;
    }
}

static void synced(struct file *file) {
    while (file->pages) {
        struct page *gone = file->pages;
        file->pages = gone->next;
        free(gone);
    }
    file->dirty = 0;
}

static char *bury(const char *path) {
    char *to = NULL;
    if (access(path, F_OK) != 0) return NULL;
    if (asprintf(&to, "%s/%ld", grave, ++graves) < 0 || CALL(link)(path, to) != 0) abort();
    return to;
}

static void remember(enum change what, const char *path, const char *from, char *buried) {
    struct name *one = calloc(1, sizeof *one);
    *one = (struct name){what, strdup(path), from ? strdup(from) : NULL, buried, last_name};
    last_name = one;
}

/* A folder has another name: so has what is below it. */
static void moved(const char *from, const char *to) {
    size_t length = strlen(from);
    for (struct name *one = last_name; one; one = one->before)
        for (char **path = &one->path; path; path = path == &one->path && one->from ? &one->from : NULL) {
            char *now;
            if (strncmp(*path, from, length) != 0 || (*path)[length] != '/') continue;
            if (asprintf(&now, "%s%s", to, *path + length) < 0) abort();
            *path = now;
        }
}

static void folder_synced(const char *path) {
    size_t length = strlen(path);
    for (struct name **one = &last_name; *one;) {
        const char *slash = strrchr((*one)->path, '/');
        if ((size_t)(slash - (*one)->path) == length && strncmp((*one)->path, path, length) == 0) *one = (*one)->before;
        else one = &(*one)->before;
    }
}

static void lose(struct file *file) {
    struct stat now;
    if (!file->dirty || fstat(file->fd, &now) != 0) return;
    int all = how == CUT;
    off_t size = now.st_size == file->size || all || coin() ? file->size : now.st_size;
    for (struct page *one = file->pages; one; one = one->next) {
        off_t begins = one->number * PAGE;
        int cut_off = begins + one->had > now.st_size;
        if (!all && !cut_off && coin()) continue;
        char bytes[PAGE] = {0};
        memcpy(bytes, one->bytes, (size_t)one->had);
        /* Where the new size reached the disk and the page did not, there is nothing: zeros. */
        size_t length = size > begins + PAGE ? PAGE : size > begins + one->had ? (size_t)(size - begins) : (size_t)one->had;
        if (CALL(pwrite64)(file->fd, bytes, length, begins) < 0) abort();
    }
    if (CALL(ftruncate64)(file->fd, size) != 0) abort();
    /* Pages that are new and did not arrive. */
    for (off_t begins = (file->size + PAGE - 1) / PAGE * PAGE; !all && begins < size; begins += PAGE) {
        static const char nothing[PAGE];
        size_t length = size - begins < PAGE ? (size_t)(size - begins) : PAGE;
        if (coin() && CALL(pwrite64)(file->fd, nothing, length, begins) < 0) abort();
    }
}

static void power_cut(void) {
    for (struct file *one = files; one; one = one->next) lose(one);
    long names = 0, lost;
    for (struct name *one = last_name; one; one = one->before) names++;
    lost = names;
    if (how == CUT_SOME)
        for (lost = 0; lost < names && coin();) lost++;
    for (struct name *one = last_name; lost > 0; one = one->before, lost--) {
        int done = 0;
        switch (one->what) {
        case MADE: done = CALL(unlink)(one->path); break;
        case RENAMED:
            done = CALL(rename)(one->path, one->from);
            moved(one->path, one->from);
            if (done == 0 && one->buried) done = CALL(link)(one->buried, one->path);
            break;
        case DELETED: done = one->buried ? CALL(link)(one->buried, one->path) : 0; break;
        case FOLDER_MADE: {
            char to[4096];
            snprintf(to, sizeof to, "%s/%ld", grave, ++graves);
            done = CALL(rename)(one->path, to);
            break;
        }
        case FOLDER_DELETED: done = CALL(mkdir)(one->path, 0700); break;
        }
        if (done != 0) {
            char line[4400];
            snprintf(line, sizeof line, "lost %d %s %s\n", one->what, one->path, strerror(errno));
            tell(report, line);
            abort();
        }
    }
}

/* ---- points ---- */

static void die(void) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

/* Whether this call is where it happens; what has to happen before it has then happened. */
static int point(const char *call, const char *name, size_t bytes) {
    if (!counting) return 0;
    count++;
    char line[4400];
    const char *short_name = below(name) ? name + folder_length : name;
    if (trace) {
        snprintf(line, sizeof line, "%ld %s %s %zu\n", count, call, *short_name ? short_name : "/", bytes);
        tell(trace, line);
    }
    if (count != at) return 0;
    snprintf(line, sizeof line, "at %ld %s %s %zu\n", count, call, *short_name ? short_name : "/", bytes);
    tell(report, line);
    if (how == CUT || how == CUT_SOME) power_cut();
    if (how == BEFORE || cuts()) die();
    if (how == FULL || how == BROKEN) failing = 1;
    return how == HALF || how == AFTER;
}

static int fails(enum kind kind) {
    if (!failing || kind == TALKS) return 0;
    if (how == READONLY) { errno = EROFS; return kind != SYNCS; }
    if (how == BROKEN) { errno = EIO; return 1; }
    errno = ENOSPC;
    return kind == GROWS || kind == MAKES;
}

/* The name behind a number: of a file or a folder of ours, or "socket"; NULL for anything else. */
static const char *name_of(int fd, char *buffer, size_t size) {
    struct stat now;
    if (fstat(fd, &now) != 0) return NULL;
    if (S_ISSOCK(now.st_mode)) {
        struct sockaddr_storage peer;
        socklen_t length = sizeof peer;
        if (getpeername(fd, (struct sockaddr *)&peer, &length) != 0) return NULL;
        return peer.ss_family == AF_INET || peer.ss_family == AF_INET6 ? "socket" : NULL;
    }
    if (!S_ISREG(now.st_mode) && !S_ISDIR(now.st_mode)) return NULL;
    char self[64];
    snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(self, buffer, size - 1);
    if (length <= 0) return NULL;
    buffer[length] = 0;
    return below(buffer) ? buffer : NULL;
}

static int talks(const char *name) { return name[0] != '/'; }

/* Before a write of `bytes` at `from` (-1: where the file stands): whether and how much is written. */
struct plan { int ours, last, failed; size_t bytes; };

static struct plan before_write(int fd, size_t bytes, off_t from) {
    int kept_errno = errno;
    struct plan plan = {0, 0, 0, bytes};
    char buffer[4096];
    const char *name = name_of(fd, buffer, sizeof buffer);
    if (!name) { errno = kept_errno; return plan; }
    pthread_mutex_lock(&turn);
    plan.ours = 1;
    plan.last = point(talks(name) ? "send" : "write", name, bytes);
    if (plan.last && how == HALF) plan.bytes = bytes / 2;
    if (!talks(name)) {
        struct stat now;
        if (from < 0 && fstat(fd, &now) == 0)
            from = CALL(fcntl)(fd, F_GETFL) & O_APPEND ? now.st_size : CALL(lseek64)(fd, 0, SEEK_CUR);
        int grows = fstat(fd, &now) == 0 && from + (off_t)bytes > now.st_size;
        plan.failed = fails(grows ? GROWS : WRITES);
        if (plan.failed && how == FULL && short_once && bytes > 1) {
            /* The last room there is. */
            short_once = plan.failed = 0;
            plan.bytes = bytes / 2;
        }
        if (!plan.failed && cuts()) keep_pages(file_of(fd), from, from + (off_t)plan.bytes);
    }
    if (!plan.failed) errno = kept_errno;
    return plan;
}

static ssize_t after_write(struct plan plan, ssize_t done) {
    int kept_errno = errno;
    if (plan.last) die();
    if (plan.ours) pthread_mutex_unlock(&turn);
    errno = kept_errno;
    return done;
}

ssize_t write(int fd, const void *from, size_t bytes) {
    REAL(write);
    struct plan plan = before_write(fd, bytes, -1);
    return after_write(plan, plan.failed ? -1 : real(fd, from, plan.bytes));
}

ssize_t pwrite64(int fd, const void *from, size_t bytes, off64_t to) {
    REAL(pwrite64);
    struct plan plan = before_write(fd, bytes, to);
    return after_write(plan, plan.failed ? -1 : real(fd, from, plan.bytes, to));
}

ssize_t pwrite(int fd, const void *from, size_t bytes, off_t to) { return pwrite64(fd, from, bytes, to); }

ssize_t send(int fd, const void *from, size_t bytes, int flags) {
    REAL(send);
    struct plan plan = before_write(fd, bytes, -1);
    return after_write(plan, plan.failed ? -1 : real(fd, from, plan.bytes, flags));
}

static size_t length_of(const struct iovec *parts, size_t number) {
    size_t bytes = 0;
    for (size_t i = 0; i < number; i++) bytes += parts[i].iov_len;
    return bytes;
}

/* The beginning of what was to be written from several places. */
static size_t shorten(const struct iovec *parts, size_t number, size_t bytes, struct iovec *to) {
    size_t used = 0;
    for (; used < number && bytes > 0; used++) {
        to[used] = parts[used];
        if (to[used].iov_len > bytes) to[used].iov_len = bytes;
        bytes -= to[used].iov_len;
    }
    return used;
}

ssize_t writev(int fd, const struct iovec *parts, int number) {
    REAL(writev);
    struct iovec some[1024];
    struct plan plan = before_write(fd, length_of(parts, (size_t)number), -1);
    size_t used = shorten(parts, (size_t)number, plan.bytes, some);
    return after_write(plan, plan.failed ? -1 : real(fd, some, (int)used));
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
    REAL(sendmsg);
    struct iovec some[1024];
    struct msghdr shorter = *message;
    struct plan plan = before_write(fd, length_of(message->msg_iov, message->msg_iovlen), -1);
    shorter.msg_iovlen = shorten(message->msg_iov, message->msg_iovlen, plan.bytes, some);
    shorter.msg_iov = some;
    return after_write(plan, plan.failed ? -1 : real(fd, &shorter, flags));
}

static int sync_with(int fd, const char *call, int (*real)(int)) {
    char buffer[4096];
    const char *name = name_of(fd, buffer, sizeof buffer);
    if (!name || talks(name)) return real(fd);
    pthread_mutex_lock(&turn);
    int last = point(call, name, 0);
    int done = fails(SYNCS) ? -1 : real(fd);
    if (done == 0 && cuts()) {
        struct stat now;
        if (fstat(fd, &now) == 0 && S_ISDIR(now.st_mode)) folder_synced(name);
        else synced(file_of(fd));
    }
    return (int)after_write((struct plan){1, last, 0, 0}, done);
}

int fsync(int fd) { REAL(fsync); return sync_with(fd, "fsync", real); }
int fdatasync(int fd) { REAL(fdatasync); return sync_with(fd, "fsync", real); }

int ftruncate64(int fd, off64_t size) {
    REAL(ftruncate64);
    char buffer[4096];
    const char *name = name_of(fd, buffer, sizeof buffer);
    if (!name || talks(name)) return real(fd, size);
    pthread_mutex_lock(&turn);
    int last = point("truncate", name, 0), failed = fails(WRITES);
    if (!failed && cuts()) keep_pages(file_of(fd), size, INT64_MAX);
    return (int)after_write((struct plan){1, last, 0, 0}, failed ? -1 : real(fd, size));
}

int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

static int open_with(const char *path, int flags, mode_t mode, int (*real)(const char *, int, ...)) {
    if (mark && path && strcmp(path, mark) == 0) {
        pthread_mutex_lock(&turn);
        count = 0;
        counting = 1;
        pthread_mutex_unlock(&turn);
        return real(path, flags, mode);
    }
    int writes = (flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC));
    if (!below(path) || !writes) return real(path, flags, mode);
    pthread_mutex_lock(&turn);
    int last = 0, failed = 0, there = access(path, F_OK) == 0, empties = there && (flags & O_TRUNC);
    if (!there && (flags & O_CREAT)) {
        last = point("create", path, 0);
        failed = fails(MAKES);
    } else if (empties) {
        last = point("truncate", path, 0);
        failed = fails(WRITES);
    } else {
        failed = how == READONLY && fails(WRITES);
    }
    if (failed) return (int)after_write((struct plan){1, last, 1, 0}, -1);
    int fd;
    if (empties && cuts()) {
        /* What is in it may come back. */
        fd = real(path, flags & ~O_TRUNC, mode);
        if (fd >= 0) {
            keep_pages(file_of(fd), 0, INT64_MAX);
            if (CALL(ftruncate64)(fd, 0) != 0) abort();
        }
    } else {
        fd = real(path, flags, mode);
        if (fd >= 0 && !there && cuts()) remember(MADE, path, NULL, NULL);
    }
    return (int)after_write((struct plan){1, last, 0, 0}, fd);
}

#define MODE(flags) mode_t mode = 0; if ((flags) & (O_CREAT | O_TMPFILE)) { va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); }
int open(const char *path, int flags, ...) { REAL(open); MODE(flags) return open_with(path, flags, mode, real); }
int open64(const char *path, int flags, ...) { REAL(open64); MODE(flags) return open_with(path, flags, mode, real); }

static int rename_at(const char *from, const char *to) {
    REAL(rename);
    if (!below(to)) return real(from, to);
    pthread_mutex_lock(&turn);
    int last = point("rename", to, 0), failed = fails(CHANGES);
    char *buried = !failed && cuts() && access(from, F_OK) == 0 ? bury(to) : NULL;
    int done = failed ? -1 : real(from, to);
    if (done == 0 && cuts()) moved(from, to);
    if (done == 0 && cuts()) remember(RENAMED, to, from, buried);
    return (int)after_write((struct plan){1, last, 0, 0}, done);
}

int rename(const char *from, const char *to) { return rename_at(from, to); }

/* Deletes a name; `is_folder` for a folder. */
static int delete_at(const char *path, int is_folder) {
    if (mark && path && strcmp(path, mark) == 0) {
        pthread_mutex_lock(&turn);
        char line[64];
        snprintf(line, sizeof line, "end %ld\n", count);
        tell(report, line);
        counting = 0;
        pthread_mutex_unlock(&turn);
    }
    if (!below(path)) return is_folder ? CALL(rmdir)(path) : CALL(unlink)(path);
    if (access(path, F_OK) != 0) return is_folder ? CALL(rmdir)(path) : CALL(unlink)(path);
    pthread_mutex_lock(&turn);
    int last = point("delete", path, 0), failed = fails(CHANGES);
    char *buried = !failed && !is_folder && cuts() ? bury(path) : NULL;
    int done = failed ? -1 : is_folder ? CALL(rmdir)(path) : CALL(unlink)(path);
    if (done == 0 && cuts()) remember(is_folder ? FOLDER_DELETED : DELETED, path, NULL, buried);
    return (int)after_write((struct plan){1, last, 0, 0}, done);
}

int unlink(const char *path) { return delete_at(path, 0); }
int rmdir(const char *path) { return delete_at(path, 1); }

/* `remove_dir_all` of Rust deletes by the number of the folder and a name in it. */
int unlinkat(int folder_fd, const char *name, int flags) {
    REAL(unlinkat);
    char path[8192], self[64];
    ssize_t length = 0;
    if (name[0] != '/' && folder_fd != AT_FDCWD) {
        snprintf(self, sizeof self, "/proc/self/fd/%d", folder_fd);
        length = readlink(self, path, 4096);
        if (length <= 0) return real(folder_fd, name, flags);
        path[length++] = '/';
    }
    snprintf(path + length, sizeof path - (size_t)length, "%s", name);
    if (!below(path)) return real(folder_fd, name, flags);
    return delete_at(path, (flags & AT_REMOVEDIR) != 0);
}

int mkdir(const char *path, mode_t mode) {
    REAL(mkdir);
    if (!below(path) || access(path, F_OK) == 0) return real(path, mode);
    pthread_mutex_lock(&turn);
    int last = point("mkdir", path, 0), failed = fails(MAKES);
    int done = failed ? -1 : real(path, mode);
    if (done == 0 && cuts()) remember(FOLDER_MADE, path, NULL, NULL);
    return (int)after_write((struct plan){1, last, 0, 0}, done);
}
