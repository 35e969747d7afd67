//! The change feed into the store: pages, gaps, snapshots and the doorbell.
