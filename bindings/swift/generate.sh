#!/usr/bin/env bash
# Writes the generated part of the package: generate.sh UNIFFI-BINDGEN LIBRARY (not stripped yet).
# A file that has not changed keeps its date, so that nothing is compiled without need.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
new=$(mktemp -d)
trap 'rm -rf "$new"' EXIT
cd "$here/../.."
"$1" generate -c bindings/uniffi.toml --no-format --language swift --out-dir "$new" "$2" >/dev/null
put() { cmp -s "$new/$1" "$2/$1" || cp "$new/$1" "$2/$1"; }
mkdir -p "$here/Sources/RiposteCore"
put RiposteFFI.h "$here/Sources/RiposteFFI"
put RiposteCore.swift "$here/Sources/RiposteCore"
