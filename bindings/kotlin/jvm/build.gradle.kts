// The JAR for desktops and servers. The library of each system lies in it where JNA looks for it.
plugins {
    kotlin("jvm") version "2.4.21"
    `java-library`
    `maven-publish`
}

group = "org.riposte"
version = "0.1.0"

kotlin { jvmToolchain(17) }

sourceSets["main"].kotlin.srcDirs("../src/main/kotlin", "../build/generated")
sourceSets["main"].resources.srcDir("../build/libraries") // linux-x86-64/libriposte_bindings.so, ...
sourceSets["test"].kotlin.srcDirs("../src/test/kotlin", "../samples")

dependencies {
    api("org.jetbrains.kotlinx:kotlinx-coroutines-core-jvm:1.11.0")
    implementation("net.java.dev.jna:jna:5.19.1")
    testImplementation("org.junit.jupiter:junit-jupiter:5.13.4")
    testImplementation("org.jetbrains.kotlinx:kotlinx-serialization-json-jvm:1.9.0")
    testRuntimeOnly("org.junit.platform:junit-platform-launcher")
}

tasks.test { useJUnitPlatform() }

publishing { publications { create<MavenPublication>("jvm") { from(components["java"]) } } }
