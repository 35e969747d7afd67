//! Functions that came out the same are kept once: four per cent of the library that an app carries.

use std::env::var;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |name: &str, value: &str| var(name).is_ok_and(|found| found == value);
    // Where the linker is LLVM's, and in the profile for phones alone: it makes stacks harder to read.
    let by_lld = is("CARGO_CFG_TARGET_OS", "android")
        || (is("CARGO_CFG_TARGET_OS", "linux")
            && is("CARGO_CFG_TARGET_ARCH", "x86_64")
            && is("CARGO_CFG_TARGET_ENV", "gnu"));
    if by_lld && is("OPT_LEVEL", "z") {
        println!("cargo::rustc-cdylib-link-arg=-Wl,--icf=all");
    }
}
