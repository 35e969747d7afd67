# What the packages of all languages need, built and checked once: the library, its generator, the story
# server, the story teller.

begin_bindings() {
    rust_toolchain
    [ -n "${bindings_begun:-}" ] || begin_set_up actionlint actionlint_set_up
    bindings_begun=yes
}

bindings_built() {
    [ -z "${bindings_ready:-}" ] || return 0
    own_the_target
    if [ -z "$all_is_built" ]; then
        step "bindings: build" cargo build --locked -p riposte-bindings -p riposte-server -p riposte-e2e \
            --features riposte-bindings/generator
        step "bindings: clippy, warnings denied" \
            cargo clippy --locked -p riposte-bindings --all-targets --features generator -- -D warnings
    fi
    step "bindings: the exported API is the recorded one" exported_api_is_recorded
    step "bindings: the map of what only the generator reads names what the library has" generator_map_is_true
    step "bindings: the tables of errors are those of the code" error_tables_are_true
    if is_set_up actionlint; then
        PATH=$PATH:$cache/bin/actionlint-$actionlint
        step "bindings: the workflow" actionlint -no-color .github/workflows/*.yml
    else
        missing "the workflow of the packages" "actionlint is not on PATH and could not be built: $(last_word actionlint)"
    fi
    step "bindings: what the workflow runs is there, and can be run" workflow_steps_are_there
    bindings_ready=yes
    export RIPOSTE_SERVER=$CARGO_TARGET_DIR/debug/riposte-server
    case $(uname -s) in
    Darwin) bindings_library=$CARGO_TARGET_DIR/debug/libriposte_bindings.dylib ;;
    *) bindings_library=$CARGO_TARGET_DIR/debug/libriposte_bindings.so ;;
    esac
}

# Every story of tests/scenarios with the phones of one language; COMMAND answers what the teller asks.
stories() { # language, command...
    local name="$1: stories" from=$SECONDS status p f files
    shift
    echo "== $name"
    # Under the target folder, which a toolchain with a root of its own sees too.
    "$CARGO_TARGET_DIR/debug/tell" --folder "$CARGO_TARGET_DIR/tmp/stories" "$@" 2>&1 |
        grep -v 'JNA: could not detach thread' | tee "$log"
    status=${PIPESTATUS[0]}
    read -r p f < <(awk '/^[0-9]+ passed, [0-9]+ failed$/ { p = $1; f = $3 } END { print p + 0, f + 0 }' "$log")
    # Each file of the folder, a story that is not true, and the phrases that are left over.
    files=$(find tests/scenarios -name '*.json' ! -name cast.json | wc -l)
    if [ "$status" -eq 0 ] && [ "$p" -ne $((files + 2)) ]; then
        echo "   the folder has $((files)) stories, and not all of them were told"
        status=1
    fi
    count "$name" "$((SECONDS - from))" "$status" "$p" "$f"
    [ "$status" -eq 0 ] || reasons+=$(grep -A 3 '^FAILED' "$log" | cut -c 1-1000)$'\n'
}

# The machine's own; otherwise one of this version, built once into the cache.
actionlint=v1.7.12
actionlint_set_up() {
    local bin=$cache/bin/actionlint-$actionlint
    if command -v actionlint >/dev/null || [ -x "$bin/actionlint" ]; then return 0; fi
    command -v go >/dev/null || { echo "there is no Go on PATH to build it"; return 3; }
    GOBIN=$bin timeout 300 go install "github.com/rhysd/actionlint/cmd/actionlint@$actionlint"
}

generated_bindings() { # language, folder: replaced only if they differ, so that nothing is compiled without need
    local new=$2.new
    rm -rf "$new"
    "$CARGO_TARGET_DIR/debug/uniffi-bindgen" generate -c bindings/uniffi.toml --no-format --language "$1" \
        --out-dir "$new" "$bindings_library" >/dev/null || return 1
    if diff -rq "$new" "$2" >/dev/null 2>&1; then rm -rf "$new"; else rm -rf "$2" && mv "$new" "$2"; fi
}

workflow_steps_are_there() { # the scripts that its steps name exist, and bash can parse them
    local script scripts wrong=0
    scripts=$(sed -n 's/^ *run: \([a-z][a-z./-]*\).*/\1/p' .github/workflows/bindings.yml | grep / | sort -u)
    [ "$(wc -l <<<"$scripts")" -ge 3 ] || { echo "   the workflow names too few scripts: $scripts"; return 1; }
    for script in $scripts; do
        [ -x "$script" ] && bash -n "$script" || { echo "   $script cannot be run"; wrong=1; }
    done
    return $wrong
}

exported_api_is_recorded() { # RIPOSTE_UPDATE=1 renews the record
    local library
    library=$(ls "$CARGO_TARGET_DIR"/debug/libriposte_bindings.{so,dylib} 2>/dev/null | head -1)
    "$CARGO_TARGET_DIR/debug/describe" "$library" >"$log" || return 1
    [ "${RIPOSTE_UPDATE:-}" != 1 ] || cp "$log" bindings/api.txt
    diff -u bindings/api.txt "$log"
}

generator_map_is_true() { # else the library for phones does not link, or carries what it need not
    [ "$(uname -s)" = Linux ] && command -v nm >/dev/null || return 0
    diff -u <(awk '/^ *UNIFFI_META/ { print $1 }' bindings/generator_only.map | LC_ALL=C sort) \
        <(nm -D "$CARGO_TARGET_DIR/debug/libriposte_bindings.so" | awk '/UNIFFI_META/ { print $3 ";" }' | LC_ALL=C sort)
}

error_tables_are_true() { # each package's README holds the table that the code gives
    local library readme
    library=$(ls "$CARGO_TARGET_DIR"/debug/libriposte_bindings.{so,dylib} 2>/dev/null | head -1)
    "$CARGO_TARGET_DIR/debug/describe" --errors "$library" >"$log" || return 1
    for readme in bindings/*/README.md; do
        diff -u <(sed -n '/^| error | code /,/^$/p' "$readme" | sed '/^$/d') "$log" || { echo "   $readme"; return 1; }
    done
}
