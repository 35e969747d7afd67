# The Swift package: its tests, its documentation, the headers of the XCFramework.

begin_swift() {
    begin_bindings
    # Unpacking a toolchain takes a minute or two.
    begin_set_up swift bindings/swift/with-swift.sh --set-up
}

swift() {
    local status p f from
    bindings_built
    is_set_up swift || { missing swift "$(last_word swift)"; return; }
    from=$SECONDS
    step "swift: bindings" bindings/swift/generate.sh "$CARGO_TARGET_DIR/debug/uniffi-bindgen" "$bindings_library" || return
    step "swift: the XCFramework's headers, a folder per module" headers_are_laid_out
    echo "== swift: tests"
    (cd bindings/swift && RIPOSTE_LIBRARY=$CARGO_TARGET_DIR/debug/libriposte_bindings.a \
        ./with-swift.sh swift test --scratch-path "$CARGO_TARGET_DIR/swift" 2>&1) | tee "$log"
    status=${PIPESTATUS[0]}
    read -r p f < <(awk '/ Test run / { next } / Test .* passed after/ { p++ } / Test .* failed after/ { f++ } END { print p + 0, f + 0 }' "$log")
    count "swift: tests" "$((SECONDS - from))" "$status" "$p" "$f"
    stories swift bindings/swift/with-swift.sh "$CARGO_TARGET_DIR/swift/debug/StoryPhone"
    step "swift: documentation" swift_documentation
}

swift_documentation() {
    (cd bindings/swift && RIPOSTE_LIBRARY=$CARGO_TARGET_DIR/debug/libriposte_bindings.a \
        ./with-swift.sh ./build-docs.sh "$CARGO_TARGET_DIR/swift" "$CARGO_TARGET_DIR/swift-docs/Riposte") >"$log" 2>&1 || { tail -30 "$log"; return 1; }
}

headers_are_laid_out() { # the part of the XCFramework that every machine can make; the script refuses the rest
    local folder status=0
    folder=$(mktemp -d) || return 1
    bindings/swift/build-xcframework.sh --headers "$folder/headers" &&
        [ "$(ls "$folder/headers")" = RiposteFFI ] &&
        grep -q 'header "RiposteFFI.h"' "$folder/headers/RiposteFFI/module.modulemap" &&
        { ! command -v cc >/dev/null ||
            cc -fsyntax-only -D_Nullable= -D_Nonnull= -include "$folder/headers/RiposteFFI/RiposteFFI.h" -x c /dev/null; } &&
        ! bindings/swift/build-xcframework.sh --nonsense 2>/dev/null || status=1
    if [ "$(uname -s)" != Darwin ] && bindings/swift/build-xcframework.sh 2>/dev/null; then status=1; fi
    rm -rf "$folder"
    return $status
}
