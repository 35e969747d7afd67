// The AAR, with the library of every ABI: bindings/kotlin/build-android.sh puts them below build/jniLibs.
plugins {
    id("com.android.library") version "8.13.0"
    kotlin("android") version "2.4.21"
}

group = "org.riposte"
version = "0.1.0"

android {
    namespace = "org.riposte"
    compileSdk = 36
    defaultConfig {
        minSdk = 26
        consumerProguardFiles("../consumer-rules.pro")
    }
    sourceSets["main"].apply {
        kotlin.srcDirs("../src/main/kotlin", "../build/generated")
        jniLibs.srcDir("../build/jniLibs")
    }
    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_17
        targetCompatibility = JavaVersion.VERSION_17
    }
}

kotlin { jvmToolchain(17) }

dependencies {
    api("org.jetbrains.kotlinx:kotlinx-coroutines-android:1.11.0")
    implementation("net.java.dev.jna:jna:5.19.1@aar") // 5.18.1 and later keep to 16 KB pages
}
