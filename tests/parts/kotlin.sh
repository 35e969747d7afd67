# The Kotlin package: its tests on the JVM, and an app that shrinks its code.

begin_kotlin() {
    has_jdk_and_maven || return 0
    begin_bindings
    begin_set_up maven kotlin_downloads
}

has_jdk_and_maven() { command -v java >/dev/null && command -v mvn >/dev/null; }

# First without the network: a machine that has everything needs none. -U asks again for what failed before.
kotlin_downloads() {
    local maven=(mvn -f bindings/kotlin/pom.xml -q -B -Dstyle.color=never -Driposte.out="$cache/kotlin/maven")
    "${maven[@]}" -o dependency:go-offline >/dev/null || "${maven[@]}" -U dependency:go-offline
}

kotlin() {
    has_jdk_and_maven || return 0
    begin_bindings
    begin_set_up maven kotlin_downloads
}

has_jdk_and_maven() { command -v java >/dev/null && command -v mvn >/dev/null; }

# Maven asks for what is missing once and then remembers that it failed; -U asks again.
kotlin_downloads() {
    mvn -U -f bindings/kotlin/pom.xml -q -B -Dstyle.color=never -Driposte.out="$cache/kotlin/maven" dependency:go-offline
}

kotlin() {
    if ! has_jdk_and_maven; then
        missing kotlin "there is no JDK 17 and Maven on PATH"
        return
    fi
    bindings_built
    is_set_up maven || { missing kotlin "Maven could not fetch what the package needs"; return; }
    local from=$SECONDS status generated=$cache/kotlin/generated p f
    step "kotlin: bindings" generated_bindings kotlin "$generated" || return
    step "kotlin: the check of 16 KB pages reads a library" page_size_is_read
    echo "== kotlin: tests"
    rm -rf "$cache/kotlin/maven/surefire-reports"
    mvn -f bindings/kotlin/pom.xml -q -B -Dstyle.color=never -Driposte.out="$cache/kotlin/maven" \
        -Driposte.generated="$generated" -Driposte.library="${bindings_library%/*}" test 2>&1 | grep -v 'JNA: could not detach thread'
    status=${PIPESTATUS[0]}
    read -r p f < <(cat "$cache"/kotlin/maven/surefire-reports/*.txt 2>/dev/null | awk -F'[:,]' '/^Tests run/ { n += $2; f += $4 + $6 } END { print n - f, f + 0 }')
    count "kotlin: tests" "$((SECONDS - from))" "$status" "$p" "$f"
    kotlin_stories
    shrunk
}

kotlin_stories() {
    local out=$cache/kotlin/maven
    step "kotlin: what the phone of the stories needs" mvn -f bindings/kotlin/pom.xml -q -B -Dstyle.color=never \
        -Driposte.out="$out" dependency:copy-dependencies -DincludeScope=test -DoutputDirectory="$out/story-jars" || return
    stories kotlin java "-Djna.library.path=${bindings_library%/*}" -Xmx512m \
        -cp "$out/classes:$out/test-classes:$out/story-jars/*" org.riposte.story.MainKt
}

shrunk() {
    local status
    bindings/kotlin/shrink.sh "$cache/kotlin/maven" "${bindings_library%/*}" 2>"$log"
    status=$?
    if [ "$status" -eq 3 ]; then
        missing "kotlin: an app that shrinks its code" "$(tail -1 "$log")"
    else
        step "kotlin: an app that shrinks its code needs no rule of its own" shrunk_app_works "$status"
    fi
}

shrunk_app_works() { # the exit code of shrink.sh
    [ "$1" -eq 0 ] || { cat "$log"; return 1; }
}

page_size_is_read() { # what the workflow checks of each ABI: it must tell 4 KB pages from 16 KB ones
    command -v readelf >/dev/null && command -v cc >/dev/null || return 0
    local folder
    folder=$(mktemp -d) || return 1
    echo 'int answer(void) { return 42; }' >"$folder/a.c"
    cc -shared -fPIC -Wl,-z,max-page-size=16384 -o "$folder/wide.so" "$folder/a.c" &&
        cc -shared -fPIC -Wl,-z,max-page-size=4096 -o "$folder/narrow.so" "$folder/a.c" &&
        bindings/kotlin/build-android.sh --check "$folder/wide.so" &&
        ! bindings/kotlin/build-android.sh --check "$folder/narrow.so" 2>/dev/null &&
        ! env -u ANDROID_NDK_HOME bindings/kotlin/build-android.sh 2>/dev/null # before anything is built
    local status=$?
    rm -rf "$folder"
    return $status
}
