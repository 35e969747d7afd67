//! What the phone remembers: two SQLite files, and the only place that knows SQL.
