#!/usr/bin/env bash
# Runs a command with Swift 6 on PATH:  with-swift.sh swift test        (--set-up: only makes it ready)
# The machine's own `swift` is used if there is one. On a Debian-like Linux without one, and as root, the
# distribution's is unpacked once into $RIPOSTE_CACHE/swift and commands run in there, in a mount
# namespace of their own: the project and $CARGO_TARGET_DIR lie under the same paths, and no mount
# outlives the command. Exit 3: there is no Swift, and this machine can have none. Any other failure of the
# set-up may be the network's, and its log is $RIPOSTE_CACHE/swift/setup.log.
set -euo pipefail
cache=${RIPOSTE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/riposte}/swift
root=$cache/rootfs
packages=swiftlang,swiftlang-dev,libc6-dev,libstdc++-14-dev,g++,git,ca-certificates
want="1 trixie $packages"

failed() {
    tail -15 "$cache/setup.log" >&2
    echo "with-swift: the set-up failed" >&2
    exit 1
}

set_up() {
    local mirror='' uri probe options=() line
    [ "$(uname -s)" = Linux ] && [ "$(id -u)" = 0 ] && command -v apt-get unshare >/dev/null || {
        echo "with-swift: no swift on PATH, and only as root on a Debian-like system can one be set up here" >&2
        exit 3
    }
    mkdir -p "$cache"
    exec 8>"$cache/lock"
    flock 8
    [ "$(cat "$root/.riposte-swift" 2>/dev/null)" != "$want" ] || return 0
    exec 7>"$cache/setup.log"
    if ! command -v mmdebstrap >/dev/null; then
        { apt-get update || true; } >&7 2>&1
        DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends mmdebstrap debian-archive-keyring >&7 2>&1 || failed
    fi
    # The mirror that this machine's apt uses already, if it has the release.
    probe=$(mktemp -d)
    while read -r uri; do
        if /usr/lib/apt/apt-helper -o APT::Sandbox::User=root download-file "${uri%/}/dists/trixie/InRelease" "$probe/release" >&7 2>&1 &&
            grep -q '^Codename: trixie$' "$probe/release"; then
            mirror=${uri%/}
            break
        fi
    done < <({ apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages'; echo "${RIPOSTE_DEBIAN_MIRROR:-}"; } | grep . | grep -v -- '-security' | awk '!seen[$0]++')
    rm -rf "$probe"
    [ -n "$mirror" ] || { echo "with-swift: no repository of apt's serves Debian trixie (RIPOSTE_DEBIAN_MIRROR names one)" >&2; exit 1; }
    while read -r line; do options+=("--aptopt=$line"); done < <(apt-config dump | grep -E '^Acquire::(https?|Check-|ForceIPv|Retries)[^ ]* "[^"]+";$')
    rm -rf --one-file-system "$root"
    mmdebstrap --variant=apt --mode=root --include="$packages" --aptopt='APT::Install-Recommends "false"' \
        --aptopt='Acquire::Retries "5"' ${options[@]+"${options[@]}"} --dpkgopt='path-exclude=/usr/share/doc/*' \
        trixie "$root" "deb $mirror trixie main" >&7 2>&1 || failed
    echo "$want" >"$root/.riposte-swift"
}

if command -v swift >/dev/null; then
    [ "${1:-}" = --set-up ] || exec "$@"
    exit 0
fi
[ "$(cat "$root/.riposte-swift" 2>/dev/null)" = "$want" ] || set_up
[ "${1:-}" != --set-up ] || exit 0

here=$(pwd -P)
project=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
mkdir -p "$cache/home"
keep=(HOME=/root PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/usr/libexec/swift/bin TMPDIR=/tmp)
while IFS= read -r -d '' variable; do
    case $variable in LANG=* | LC_* | TERM=* | CARGO_TARGET_DIR=* | SWIFT_* | RIPOSTE_*) keep+=("$variable") ;; esac
done < <(env -0)
export root cache
exec unshare --mount bash -c '
set -e
mount --rbind /proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/tmp"
mount --bind "$cache/home" "$root/root"
for folder in "$1" "$2"; do mkdir -p "$root$folder"; mount --bind "$folder" "$root$folder"; done
shift 2
exec "$@"' with-swift "$project" "${CARGO_TARGET_DIR:-$project}" env -i "${keep[@]}" chroot "$root" /usr/bin/env -C "$here" "$@"
