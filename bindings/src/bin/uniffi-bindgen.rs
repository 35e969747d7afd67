//! Writes the bindings of a language from the library that was built, before it is stripped:
//! `uniffi-bindgen generate --language kotlin -c bindings/uniffi.toml --out-dir DIR LIBRARY`.

fn main() {
    uniffi::uniffi_bindgen_main();
}
