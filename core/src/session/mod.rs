//! Who is signed in: tokens, their refresh, and the server's clock.
