//! Every sentence the core says, in English and French.
