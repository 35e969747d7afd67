# Setting up what a part needs: tried three times, in the background where cargo has work to do meanwhile,
# with the end of its log if it fails.

set_ups=()

# Up to three times, because a download can fail once. Exit code 3 means that this machine cannot have
# it: then one try is enough.
tries() { # command...
    local try status=1
    for try in 1 2 3; do
        "$@" && return 0
        status=$?
        [ "$status" -ne 3 ] || return 3
        echo "try $try of 3 failed with $status: $*"
        [ "$try" -eq 3 ] || sleep "${RIPOSTE_RETRY_AFTER_S:-5}"
    done
    return "$status"
}

begin_set_up() { # name, command...
    local name=$1
    shift
    begin "$name" tries "$@"
}

begin() { # name, command...: in the background, with its output kept
    local name=$1
    shift
    # Not the lock of the target folder: a set-up may outlive it.
    ("$@" >"$work/$name.set-up" 2>&1 9>&-; echo $? >"$work/$name.status") &
    set_ups+=("$!")
    eval "set_up_${name//-/_}=$!"
}

# Waits for a set-up. If it failed, shows the end of its log and returns its exit code.
is_set_up() { # name
    local process=set_up_${1//-/_} status from=$SECONDS
    wait "${!process}" 2>/dev/null
    status=$(cat "$work/$1.status" 2>/dev/null || echo 1)
    [ $((SECONDS - from)) -lt 5 ] || echo "== waited $((SECONDS - from)) s for the set-up of $1"
    if [ "$status" -ne 0 ]; then
        echo "== the set-up of $1 failed ($status):"
        tail -20 "$work/$1.set-up" | sed 's/^/   /'
    fi
    return "$status"
}

last_word() { # name: why its set-up failed, for the line that says so
    tail -1 "$work/$1.set-up"
}

end_set_ups() {
    local process
    for process in "${set_ups[@]+"${set_ups[@]}"}"; do
        pkill -P "$process" 2>/dev/null
        kill "$process" 2>/dev/null
    done
}

# A tool of cargo's: the machine's own; otherwise the version that is named, once, into the cache. The wheel
# holds the program compiled (Astral builds it from the tool's tag); compiling it here takes minutes.
cargo_tool() { # name, version, version of the wheel
    local root=$cache/tools/$1-$2
    if command -v "$1" >/dev/null || [ -x "$root/bin/$1" ]; then return 0; fi
    rm -rf "$root"
    "${PYTHON:-python3}" -m pip install --quiet --no-deps --only-binary :all: --disable-pip-version-check --no-input \
        --target "$root" "astral-dev-toolchain-$1==$3" && "$root/bin/$1" --version && return 0
    rm -rf "$root"
    env CARGO_TARGET_DIR="$root.build" CARGO_PROFILE_DEV_DEBUG=0 cargo install --locked --debug --root "$root" "$1@$2" &&
        rm -rf "$root.build"
}

tools_on_path() { # once their set-up is over
    local bin
    for bin in "$cache"/tools/*/bin; do [ ! -d "$bin" ] || PATH=$PATH:$bin; done
    export PATH
}

# One clone at a time builds there, and a binary knows the folder it was built from: if the last
# run was another clone's, our own crates are built again and only the dependencies are kept.
own_the_target() {
    mkdir -p "$CARGO_TARGET_DIR" || exit 2
    exec 9>"$CARGO_TARGET_DIR/.riposte-lock" || exit 2
    if command -v flock >/dev/null && ! flock -n 9; then
        echo "== another tests/run uses $CARGO_TARGET_DIR: waiting for it"
        flock 9
    fi
    local mark=$CARGO_TARGET_DIR/.riposte-clone
    if [ "$(cat "$mark" 2>/dev/null)" != "$PWD" ]; then
        cargo clean --workspace --quiet 2>/dev/null
        printf '%s\n' "$PWD" >"$mark"
    fi
}
