#!/usr/bin/env bash
# How many bytes does an app carry? size.sh LIBRARY: strips a copy of the library that was built in the
# profile for phones, and compares it with the last line of bindings/size.csv for this system.
# Fails above 6 MB (6 * 1024 * 1024 bytes), and when it is more than 1 % off the last line: then say in a
# new line what changed it.
set -euo pipefail
most=$((6 * 1024 * 1024))
ledger=$(dirname "${BASH_SOURCE[0]}")/size.csv
system=$(uname -sm | tr 'A-Z ' 'a-z-')
copy=$(mktemp)
trap 'rm -f "$copy"' EXIT
cp "$1" "$copy"
case $system in
darwin-*) strip -x "$copy" ;;
*) strip "$copy" ;;
esac
bytes=$(wc -c <"$copy" | tr -d ' ')
last=$(awk -F, -v on="$system" '$1 == on { bytes = $2 } END { print bytes + 0 }' "$ledger")
echo "   $system: $bytes bytes stripped; $most at most; last in the ledger: $last"
carried=$(nm -D "$1" 2>/dev/null | grep -c UNIFFI_META) || true
[ "${carried:-0}" -eq 0 ] || echo "   carries $carried constants that only the generator reads: see bindings/generator_only.map"
[ "$bytes" -le "$most" ] || { echo "   more than an app may have to carry"; exit 1; }
[ "$last" -ne 0 ] || { echo "   no line for this system: not compared"; exit 0; }
off=$((bytes > last ? bytes - last : last - bytes))
[ $((off * 100)) -le "$last" ] || { echo "   more than 1 % off: add a line to bindings/size.csv: $system,$bytes,what changed it"; exit 1; }
