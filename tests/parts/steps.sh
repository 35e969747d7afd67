# Steps, what they count, and the summary. A step passes or fails as a whole; a test runner counts its tests.

passed=0 failed=0 skipped=0 broken=() reasons='' durations=''

usage() { sed -n '/^# Every test/,/^# A part that/p' tests/run | sed 's/^# \{0,1\}//'; }

step() { # name, command...
    local name=$1 from=$SECONDS
    shift
    echo "== $name"
    if "$@"; then
        passed=$((passed + 1))
        echo "   ok, $((SECONDS - from)) s"
    else
        fail "$name"
        echo "   FAILED after $((SECONDS - from)) s: $*"
        return 1
    fi
}

count() { # name, seconds, exit code, passed, failed, skipped: what a test runner reported
    local name=$1 seconds=$2 status=$3 p=$4 f=$5 s=${6:-0}
    # A build that breaks, and a process that dies, report no failed test: that is one failure.
    if [ "$status" -ne 0 ] && [ "$f" -eq 0 ]; then f=1; fi
    if [ "$status" -eq 0 ] && [ "$p" -eq 0 ]; then f=1; echo "   no test ran"; fi
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    [ "$f" -eq 0 ] || broken+=("$name")
    echo "   $p passed, $f failed, $s skipped, $seconds s"
}

fail() { # what
    failed=$((failed + 1)) broken+=("$1")
}

skip() { # what, why
    skipped=$((skipped + 1))
    echo "== skipped: $1: $2"
}

missing() { # what, why: it could not be set up. On a machine that only tests, that is a failure.
    if [ -n "${CI:-}" ] && [ "$CI" != false ]; then
        echo "== FAILED: $1: $2"
        fail "$1: it could not be set up"
    else
        skip "$1" "$2"
    fi
}

timed() { # part
    local from=$SECONDS
    "$1"
    durations+="   $1: $((SECONDS - from)) s"$'\n'
}

summary() {
    echo
    [ -z "$reasons" ] || printf 'why:\n%s\n' "$reasons"
    printf 'how long each part took:\n%s' "$durations"
    for name in "${broken[@]+"${broken[@]}"}"; do echo "failed: $name"; done
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ]
}

# With RIPOSTE_SEEDS, the property tests whose seeds are fixed in .cargo/config.toml get new ones too.
draw_seeds() {
    [ -n "${RIPOSTE_SEEDS:-}" ] || return 0
    export PROPTEST_RNG_SEED=${PROPTEST_RNG_SEED:-$RANDOM$RANDOM} SHUTTLE_RANDOM_SEED=${SHUTTLE_RANDOM_SEED:-$RANDOM$RANDOM}
    echo "== seeds: PROPTEST_RNG_SEED=$PROPTEST_RNG_SEED SHUTTLE_RANDOM_SEED=$SHUTTLE_RANDOM_SEED RIPOSTE_SEEDS=$RIPOSTE_SEEDS"
}
