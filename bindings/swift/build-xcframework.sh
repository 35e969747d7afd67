#!/usr/bin/env bash
# On a Mac: builds the library for iPhones, the simulator and the Mac in the profile for phones and puts
# them into build/RiposteFFI.xcframework, with the headers in a folder of the module's own name.
#   build-xcframework.sh               all of it
#   build-xcframework.sh --headers DIR only lays out the headers (anywhere; generate.sh comes before)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

lay_out_headers() { # a folder per module: two frameworks may not share one
    rm -rf "$1"
    mkdir -p "$1/RiposteFFI"
    cp "$here/Sources/RiposteFFI/RiposteFFI.h" "$here/Sources/RiposteFFI/module.modulemap" "$1/RiposteFFI"
}

case $#:${1:-} in
0:) ;;
2:--headers) lay_out_headers "$2"; exit ;;
*) sed -n '4,5p' "${BASH_SOURCE[0]}" | sed 's/^# *//' >&2; exit 2 ;;
esac
cd "$here/../.."
[ "$(uname -s)" = Darwin ] || { echo "an XCFramework is made on a Mac" >&2; exit 1; }
cargo build --locked -p riposte-bindings --features generator
for target in aarch64-apple-ios aarch64-apple-ios-sim aarch64-apple-darwin; do
    bindings/phone.sh --target "$target"
done
bindings/swift/generate.sh target/debug/uniffi-bindgen target/aarch64-apple-darwin/phone/libriposte_bindings.dylib
lay_out_headers "$here/build/headers"
rm -rf "$here/build/RiposteFFI.xcframework"
arguments=()
for target in aarch64-apple-ios aarch64-apple-ios-sim aarch64-apple-darwin; do
    strip -S -x "target/$target/phone/libriposte_bindings.a"
    arguments+=(-library "target/$target/phone/libriposte_bindings.a" -headers "$here/build/headers")
done
xcodebuild -create-xcframework "${arguments[@]}" -output "$here/build/RiposteFFI.xcframework"
