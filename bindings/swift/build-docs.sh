#!/usr/bin/env bash
# Builds the package's documentation: build-docs.sh SCRATCH OUT. SCRATCH is where `swift build` builds, OUT.doccarchive
# what a web server or Xcode shows. Like the build, on anything but a Mac it needs $RIPOSTE_LIBRARY, and the
# generated part to be there. A link that leads nowhere fails.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
scratch=$1 out=$2.doccarchive
if command -v docc >/dev/null; then docc=(docc); else docc=(xcrun docc); fi
output=$(swift package --scratch-path "$scratch" dump-symbol-graph --skip-synthesized-members 2>&1) || { echo "$output" >&2; exit 1; }
graphs=$(sed -n 's/^Files written to //p' <<<"$output" | tail -1)
rm -rf "$out"
mkdir -p "$(dirname "$out")"
# Riposte is written by hand and gives RiposteCore along, which is generated: one documentation of both.
mkdir -p "$graphs/documented"
cp "$graphs"/Riposte*.json "$graphs/documented"
"${docc[@]}" convert Sources/Riposte/Riposte.docc --additional-symbol-graph-dir "$graphs/documented" --output-dir "$out" \
    --fallback-display-name Riposte --fallback-bundle-identifier org.riposte.Riposte --warnings-as-errors
for page in riposte riposte/previews ripostecore/account/sample\(locale:clock:\); do
    [ -f "$out/data/documentation/$page.json" ] || { echo "there is no page $page" >&2; exit 1; }
done
