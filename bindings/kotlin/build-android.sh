#!/usr/bin/env bash
# Builds the library of every Android ABI in the profile for phones, puts the stripped ones where the
# Gradle build takes them from, and checks that they keep to 16 KB pages. Needs $ANDROID_NDK_HOME and
# the Rust targets: rustup target add aarch64-linux-android armv7-linux-androideabi i686-linux-android x86_64-linux-android
#   build-android.sh             build and check
#   build-android.sh --check SO  only check one library
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

check_pages() { # every loadable segment is aligned to 16 KB at least
    local align wrong=0
    while read -r align; do
        [ $((align)) -ge 16384 ] || wrong=1
    done < <(readelf -lW "$1" | awk '$1 == "LOAD" { print $NF }')
    [ "$wrong" -eq 0 ] || { echo "$1: a segment is not aligned to 16 KB" >&2; return 1; }
}

if [ "${1:-}" = --check ]; then check_pages "$2"; exit; fi

tools=$(echo "${ANDROID_NDK_HOME:?is not set}"/toolchains/llvm/prebuilt/*/bin)
cargo build --locked -p riposte-bindings --features generator
out=bindings/kotlin/build
# From the host's library: the phone's has nothing that the generator could read.
host=$(ls target/debug/libriposte_bindings.{so,dylib} 2>/dev/null | head -1)
target/debug/uniffi-bindgen generate -c bindings/uniffi.toml --no-format --language kotlin --out-dir "$out/generated" "$host"
for pair in arm64-v8a:aarch64-linux-android armeabi-v7a:armv7-linux-androideabi x86:i686-linux-android x86_64:x86_64-linux-android; do
    abi=${pair%%:*} target=${pair#*:}
    clang=$target
    [ "$target" != armv7-linux-androideabi ] || clang=armv7a-linux-androideabi
    upper=$(tr 'a-z-' 'A-Z_' <<<"$target")
    export "CARGO_TARGET_${upper}_LINKER=$tools/${clang}26-clang" "CC_${target//-/_}=$tools/${clang}26-clang" "AR_${target//-/_}=$tools/llvm-ar"
    export "CARGO_TARGET_${upper}_RUSTFLAGS=-Clink-arg=-Wl,-z,max-page-size=16384"
    bindings/phone.sh --target "$target"
    library=target/$target/phone/libriposte_bindings.so
    mkdir -p "$out/jniLibs/$abi"
    "$tools/llvm-strip" -o "$out/jniLibs/$abi/libriposte_bindings.so" "$library"
    check_pages "$out/jniLibs/$abi/libriposte_bindings.so"
    echo "$abi: $(stat -c %s "$out/jniLibs/$abi/libriposte_bindings.so") bytes"
done
