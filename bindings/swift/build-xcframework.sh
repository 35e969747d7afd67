#!/usr/bin/env bash
# On a Mac: builds the library for iPhones, the simulator and the Mac in the profile for phones and puts
# them into build/RiposteFFI.xcframework, with the headers in a folder of the module's own name.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/../.."
[ "$(uname -s)" = Darwin ] || { echo "an XCFramework is made on a Mac" >&2; exit 1; }
cargo build --locked -p riposte-bindings --features generator
for target in aarch64-apple-ios aarch64-apple-ios-sim aarch64-apple-darwin; do
    bindings/phone.sh --target "$target"
done
bindings/swift/generate.sh target/debug/uniffi-bindgen target/aarch64-apple-darwin/phone/libriposte_bindings.dylib
headers=$here/build/headers/RiposteFFI # a folder per module: two frameworks may not share one
rm -rf "$here/build/headers" "$here/build/RiposteFFI.xcframework"
mkdir -p "$headers"
cp "$here/Sources/RiposteFFI/RiposteFFI.h" "$here/Sources/RiposteFFI/module.modulemap" "$headers"
arguments=()
for target in aarch64-apple-ios aarch64-apple-ios-sim aarch64-apple-darwin; do
    strip -S -x "target/$target/phone/libriposte_bindings.a"
    arguments+=(-library "target/$target/phone/libriposte_bindings.a" -headers "$here/build/headers")
done
xcodebuild -create-xcframework "${arguments[@]}" -output "$here/build/RiposteFFI.xcframework"
