//! The library that Kotlin, Swift and Python load: the facade of `riposte`, exported as it is.
riposte::uniffi_reexport_scaffolding!();
