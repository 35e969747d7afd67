#!/usr/bin/env bash
# Does an app that shrinks its code need no rule but consumer-rules.pro?
#   shrink.sh OUT LIBRARY   after `mvn test` with riposte.out=OUT; LIBRARY is the folder of the host's library
# Shrinks, optimises and renames the package, JNA and a small app (src/test/kotlin/org/riposte/Shrunk.kt) with
# ProGuard, whose rules R8 reads as well, and runs the result. Exit 3: the shrinker cannot be had here.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=$1 library=$2 tools=$1/../shrinker-7.8.0 jars=$1/jars
jmods=$(dirname "$(dirname "$(readlink -f "$(command -v java)")")")/jmods
[ -d "$jmods" ] || { echo "this JDK has no jmods folder" >&2; exit 3; }
fetch() { mvn -q -B -Dstyle.color=never dependency:copy-dependencies "$@" >&2; }
[ -d "$tools" ] || { rm -rf "$tools.new" && fetch -f "$here/shrink.xml" -DoutputDirectory="$tools.new" && mv "$tools.new" "$tools"; } || exit 3
fetch -f "$here/pom.xml" -Driposte.out="$out" -DincludeScope=runtime -DoutputDirectory="$jars" || exit 3
{
    echo "-injars $out/classes"
    echo "-injars $out/test-classes(org/riposte/Shrunk*,org/riposte/DeskKt*)"
    echo "-injars $(ls "$jars"/jna-*.jar)(com/sun/jna/*.class,com/sun/jna/ptr/**,com/sun/jna/internal/**,com/sun/jna/$(uname -s | tr A-Z a-z)-*/**)"
    echo "-outjars $out/shrunk.jar"
    for module in java.base java.desktop java.logging; do echo "-libraryjars $jmods/$module.jmod"; done
    for jar in "$jars"/kotlin*.jar; do echo "-libraryjars $jar"; done
    echo "-keep class org.riposte.Shrunk { public static void main(java.lang.String[]); }"
    echo "-dontnote"
    echo "-dontwarn org.jetbrains.annotations.**"
    echo "-include $here/consumer-rules.pro"
} >"$out/shrink.pro"
rm -f "$out/shrunk.jar"
java -cp "$tools/*" proguard.ProGuard "@$out/shrink.pro" >"$out/shrink.log" 2>&1 || { tail -20 "$out/shrink.log" >&2; exit 1; }
# What no rule keeps by name was renamed: otherwise this would prove nothing.
! jar tf "$out/shrunk.jar" | grep -q 'org/riposte/core/InboxRow.class' || { echo "nothing was renamed" >&2; exit 1; }
printed=$(java -Djna.library.path="$library" -cp "$out/shrunk.jar:$(ls "$jars"/kotlin*.jar | paste -sd:)" org.riposte.Shrunk 2>&1) || true
[ "$printed" = done ] || { head -20 <<<"$printed" >&2; exit 1; }
