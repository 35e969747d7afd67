//! What the linker can leave out of the library that an app carries: functions that came out the same
//! are kept once (four per cent), addresses that the loader adjusts are listed packed (three), and what
//! the generator of bindings reads stays in the library that it reads, which is not the phone's (one).

use std::env::var;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=generator_only.map");
    let is = |name: &str, value: &str| var(name).is_ok_and(|found| found == value);
    // Where the linker is LLVM's, and in the profile for phones alone: it makes stacks harder to read.
    if !is("OPT_LEVEL", "z") {
        return;
    }
    let android = is("CARGO_CFG_TARGET_OS", "android");
    let linux_by_lld = is("CARGO_CFG_TARGET_OS", "linux")
        && is("CARGO_CFG_TARGET_ARCH", "x86_64")
        && is("CARGO_CFG_TARGET_ENV", "gnu");
    if android || linux_by_lld {
        println!("cargo::rustc-cdylib-link-arg=-Wl,--icf=all");
        let folder = var("CARGO_MANIFEST_DIR").unwrap_or_default();
        println!("cargo::rustc-cdylib-link-arg=-Wl,--version-script={folder}/generator_only.map");
    }
    if android {
        // Understood from Android 6 on; the denser form only from Android 11 on.
        println!("cargo::rustc-cdylib-link-arg=-Wl,--pack-dyn-relocs=android");
    }
    if linux_by_lld {
        // Understood by glibc 2.36 and newer.
        println!("cargo::rustc-cdylib-link-arg=-Wl,-z,pack-relative-relocs");
    }
}
