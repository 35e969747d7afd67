//! What follows from the facts: pure functions of data and `now`. No clock, no I/O, no SQL.
