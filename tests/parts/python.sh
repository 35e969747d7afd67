# The Python package: a wheel in a virtual environment of its own, and its tests.

begin_python() { begin_bindings; }

python() {
    local python=${PYTHON:-python3} venv=$cache/python/venv
    if ! "$python" -c 'import sys, venv; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
        missing python "there is no Python 3.10 or newer with venv on PATH (PYTHON=... names one)"
        return
    fi
    bindings_built
    step "python: wheel" python_wheel "$python" "$venv" || return
    python_tests "$venv/bin/python"
    stories python env PYTHONPATH=bindings/python/tests PYTHONDONTWRITEBYTECODE=1 "$venv/bin/python" -m story
    pywa_tests "$python"
}

pywa_tests() { # pywa, a client of WhatsApp that was not made here, against the simulator
    local name="python: pywa against the simulator" from=$SECONDS status ran f try
    echo "== $name"
    for try in 1 2 3; do
        PYTHON=$1 tests/server/tests/pywa/run "$RIPOSTE_SERVER" "$cache" 2>&1 | tee "$log"
        status=${PIPESTATUS[0]}
        [ "$status" -eq 3 ] || break
    done
    if [ "$status" -eq 3 ]; then
        missing "$name" "$(tail -1 "$log") ($try tries)"
        return
    fi
    ran=$(awk '/^Ran [0-9]+ test/ { n = $2 } END { print n + 0 }' "$log")
    f=$(grep -cE '^(FAIL|ERROR): ' "$log")
    count "$name" "$((SECONDS - from))" "$status" "$((ran > f ? ran - f : 0))" "$f"
}

python_wheel() { # into a virtual environment of its own; nothing is fetched
    rm -rf "$cache/python/dist"
    "$1" bindings/python/build_wheel.py --library "$bindings_library" \
        --bindgen "$CARGO_TARGET_DIR/debug/uniffi-bindgen" --out "$cache/python/dist" &&
        "$1" -m venv --clear "$2" &&
        "$2/bin/python" -m pip install --quiet --disable-pip-version-check --no-index "$cache"/python/dist/*.whl
}

python_tests() { # runs and counts the tests of bindings/python
    local from=$SECONDS status ran f
    echo "== python: tests"
    (cd bindings/python/tests && "$1" -m unittest 2>&1) | tee "$log"
    status=${PIPESTATUS[0]}
    ran=$(awk '/^Ran [0-9]+ test/ { n = $2 } END { print n + 0 }' "$log")
    f=$(awk '/^FAILED/ { n = 0; while (match($0, /(failures|errors)=[0-9]+/)) { s = substr($0, RSTART, RLENGTH); sub(/.*=/, "", s); n += s; $0 = substr($0, RSTART + RLENGTH) } } END { print n + 0 }' "$log")
    count "python: tests" "$((SECONDS - from))" "$status" "$((ran > f ? ran - f : 0))" "$f"
}
