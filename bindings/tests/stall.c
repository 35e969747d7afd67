/* Storage that stalls: loaded before the C library (LD_PRELOAD), it makes every read and write of a
 * file below $RIPOSTE_STALL_FOLDER wait for as long as the file $RIPOSTE_STALL_SWITCH exists, one
 * second at most. For the tests that no call holds its caller's thread while the disk is slow. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static int below(const char *path) {
    const char *folder = getenv("RIPOSTE_STALL_FOLDER");
    return folder && path && strncmp(path, folder, strlen(folder)) == 0;
}

static void wait_for_the_disk(void) {
    const char *on = getenv("RIPOSTE_STALL_SWITCH");
    for (int ms = 0; on && access(on, F_OK) == 0 && ms < 1000; ms += 10) usleep(10000);
}

static void stall(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return;
    path[length] = 0;
    if (below(path)) wait_for_the_disk();
}

#define BEFORE(name) static __typeof__(&name) next; if (!next) next = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

ssize_t read(int fd, void *to, size_t n) { BEFORE(read); stall(fd); return next(fd, to, n); }
ssize_t write(int fd, const void *from, size_t n) { BEFORE(write); stall(fd); return next(fd, from, n); }
ssize_t pread64(int fd, void *to, size_t n, off64_t at) { BEFORE(pread64); stall(fd); return next(fd, to, n, at); }
ssize_t pwrite64(int fd, const void *from, size_t n, off64_t at) { BEFORE(pwrite64); stall(fd); return next(fd, from, n, at); }
ssize_t pread(int fd, void *to, size_t n, off_t at) { BEFORE(pread); stall(fd); return next(fd, to, n, at); }
ssize_t pwrite(int fd, const void *from, size_t n, off_t at) { BEFORE(pwrite); stall(fd); return next(fd, from, n, at); }
int fsync(int fd) { BEFORE(fsync); stall(fd); return next(fd); }
int fdatasync(int fd) { BEFORE(fdatasync); stall(fd); return next(fd); }
int open64(const char *path, int flags, ...) {
    BEFORE(open64);
    va_list rest;
    va_start(rest, flags);
    int mode = va_arg(rest, int);
    va_end(rest);
    if (below(path)) wait_for_the_disk();
    return next(path, flags, mode);
}
int open(const char *path, int flags, ...) {
    BEFORE(open);
    va_list rest;
    va_start(rest, flags);
    int mode = va_arg(rest, int);
    va_end(rest);
    if (below(path)) wait_for_the_disk();
    return next(path, flags, mode);
}
