-- What must not be lost: commands that have not left, drafts, settings.

-- AUTOINCREMENT: a position is never given twice, so the order of composing survives removals.
CREATE TABLE command (
    position        INTEGER PRIMARY KEY AUTOINCREMENT,
    key             BLOB NOT NULL UNIQUE,
    once_key        TEXT,
    conversation_id INTEGER,
    command         TEXT NOT NULL,
    epoch           TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    attempts        INTEGER NOT NULL,
    state           TEXT NOT NULL,
    file            TEXT,
    file_bytes      INTEGER NOT NULL
) STRICT;
CREATE INDEX command_by_conversation ON command (conversation_id, position);

-- Keys that callers gave. They outlive their commands, so that a notification's answer which is
-- given again after it was sent is not sent again.
CREATE TABLE once (
    once_key   TEXT PRIMARY KEY,
    key        BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX once_by_time ON once (created_at);

CREATE TABLE draft (
    conversation_id INTEGER PRIMARY KEY,
    body            TEXT NOT NULL,
    reply_to        INTEGER,
    changed_at      INTEGER NOT NULL
) STRICT;

CREATE TABLE setting (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
