//! Commands waiting to leave: a pure state machine, and the task that drives it.
