#!/usr/bin/env bash
# Does the test command itself say the truth? Run by tests/run; prints what is wrong.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 2
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
export RIPOSTE_RETRY_AFTER_S=0
. tests/parts/steps.sh
. tests/parts/tools.sh
wrong=0
is() { # what, wanted, found
    [ "$2" = "$3" ] || { echo "   $1: wanted '$2', there is '$3'"; wrong=1; }
}
fails() { echo x >>"$work/tried"; echo "the mirror is away"; return "$1"; }
times() { wc -l <"$work/tried" | tr -d ' '; }

begin_set_up a fails 1
is_set_up a >"$work/said"
is "a set-up that fails" 1 "$?"
is "how often it was tried" 3 "$(times)"
is "its log is shown, every try" 3 "$(grep -c 'the mirror is away' "$work/said")"
: >"$work/tried"
begin_set_up b fails 3
is_set_up b >"$work/said"
is "a set-up that is impossible here" 3 "$?"
is "how often that was tried" 1 "$(times)"
begin_set_up c true
is_set_up c
is "a set-up that succeeds" 0 "$?"

is "missing, on a developer's machine" "0 failed, 1 skipped" "$(unset CI; missing x y >/dev/null; echo "$failed failed, $skipped skipped")"
is "missing, with CI" "1 failed, 0 skipped" "$(CI=1; missing x y >/dev/null; echo "$failed failed, $skipped skipped")"
is "a step that fails" "1, 0 passed, 1 failed" "$(step x false >/dev/null; echo "$?, $passed passed, $failed failed")"
is "a runner that dies" "0 passed, 1 failed" "$(count x 0 101 0 0 >/dev/null; echo "$passed passed, $failed failed")"
is "a runner that runs nothing" "0 passed, 1 failed" "$(count x 0 0 0 0 >/dev/null; echo "$passed passed, $failed failed")"
is "a runner with one failed test" "2 passed, 1 failed" "$(count x 0 1 2 1 >/dev/null; echo "$passed passed, $failed failed")"
is "the last line" "0 passed, 1 failed, 0 skipped" "$(fail x; summary | tail -1)"
is "the exit code of a failure" 1 "$(fail x; summary >/dev/null; echo $?)"
exit $wrong
