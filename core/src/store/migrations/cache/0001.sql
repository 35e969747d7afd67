-- What the server said, as tables. Rows of the feed keep their version in `seq`. There are no
-- foreign keys: a child may come before its parent, and screens cope with a missing one.
-- Instants are milliseconds UTC. What has a variable shape is JSON; what is asked for has columns.

-- Where this cache stands. `generation` counts the snapshots that were completed: history asked
-- for in an earlier one is outdated.
CREATE TABLE feed (
    one          INTEGER PRIMARY KEY CHECK (one = 1),
    epoch        TEXT,
    cursor       TEXT,
    schema_level INTEGER NOT NULL,
    generation   INTEGER NOT NULL
) STRICT;
INSERT INTO feed (one, epoch, cursor, schema_level, generation) VALUES (1, NULL, NULL, 0, 0);

-- `fed_seq` and `fed_messages_seq` are the versions that the feed or a snapshot last named, while
-- `seq` may be ahead (a command's answer) or behind (a snapshot listed it and did not bring it).
CREATE TABLE conversation (
    id                       INTEGER PRIMARY KEY,
    seq                      INTEGER NOT NULL,
    fed_seq                  INTEGER NOT NULL,
    fed_messages_seq         INTEGER NOT NULL,
    channel_id               INTEGER NOT NULL,
    contact_id               INTEGER NOT NULL,
    open                     INTEGER NOT NULL,
    assignee                 INTEGER,
    agent_group              INTEGER,
    activity_at              INTEGER NOT NULL,
    preview                  TEXT,
    last_customer_message_id INTEGER,
    waiting_since            INTEGER,
    last_customer_at         INTEGER,
    opened_at                INTEGER,
    refused_at               INTEGER,
    free_until               INTEGER,
    cover                    TEXT,
    visible_since            INTEGER NOT NULL,
    messages_seq             INTEGER NOT NULL
) STRICT;
CREATE INDEX conversation_by_open ON conversation (open, activity_at, id);
CREATE INDEX conversation_by_assignee ON conversation (assignee, open, activity_at, id);
CREATE INDEX conversation_by_group ON conversation (agent_group, open, activity_at, id);
CREATE INDEX conversation_by_contact ON conversation (contact_id);
CREATE INDEX conversation_behind ON conversation (id) WHERE seq < fed_seq;

-- `delivery` holds the reports, each with since when this device knows it.
CREATE TABLE message (
    id              INTEGER PRIMARY KEY,
    seq             INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL,
    client_key      BLOB,
    author          TEXT NOT NULL,
    author_id       INTEGER,
    at              INTEGER NOT NULL,
    content         TEXT NOT NULL,
    reply_to        INTEGER,
    edited_at       INTEGER,
    deleted_at      INTEGER,
    delivery        TEXT
) STRICT;
CREATE INDEX message_by_conversation ON message (conversation_id, id);
-- Not unique: should a server ever give one key to two rows, the feed must not stop there.
CREATE INDEX message_by_key ON message (client_key) WHERE client_key IS NOT NULL;

-- Every message of the conversation with an id from `first` to `last` is held. A `first` of 0
-- reaches back to the beginning; a `last` of 9223372036854775807 goes on with the feed. A stale
-- range is shown, and fetched again when it is looked at.
CREATE TABLE held_range (
    conversation_id INTEGER NOT NULL,
    first           INTEGER NOT NULL,
    last            INTEGER NOT NULL,
    stale           INTEGER NOT NULL,
    PRIMARY KEY (conversation_id, first)
) STRICT, WITHOUT ROWID;

CREATE TABLE contact (
    id         INTEGER PRIMARY KEY,
    seq        INTEGER NOT NULL,
    name       TEXT NOT NULL,
    phone      TEXT,
    bsuid      TEXT,
    username   TEXT,
    language   TEXT,
    attributes TEXT NOT NULL
) STRICT;

CREATE TABLE channel (
    id           INTEGER PRIMARY KEY,
    seq          INTEGER NOT NULL,
    kind         TEXT NOT NULL,
    name         TEXT NOT NULL,
    address      TEXT,
    state        TEXT NOT NULL,
    policy       TEXT NOT NULL,
    capabilities TEXT NOT NULL,
    tariff       INTEGER
) STRICT;

CREATE TABLE agent (
    id            INTEGER PRIMARY KEY,
    seq           INTEGER NOT NULL,
    name          TEXT NOT NULL,
    status        TEXT NOT NULL,
    status_since  INTEGER NOT NULL,
    administrator INTEGER NOT NULL,
    member_of     TEXT NOT NULL
) STRICT;

CREATE TABLE agent_group (
    id     INTEGER PRIMARY KEY,
    seq    INTEGER NOT NULL,
    name   TEXT NOT NULL,
    public INTEGER NOT NULL
) STRICT;

CREATE TABLE saved_reply (
    id    INTEGER PRIMARY KEY,
    seq   INTEGER NOT NULL,
    title TEXT NOT NULL,
    body  TEXT NOT NULL
) STRICT;

CREATE TABLE template (
    id         INTEGER PRIMARY KEY,
    seq        INTEGER NOT NULL,
    channel_id INTEGER NOT NULL,
    name       TEXT NOT NULL,
    language   TEXT NOT NULL,
    category   TEXT NOT NULL,
    source     TEXT NOT NULL,
    status     TEXT NOT NULL,
    reason     TEXT,
    components TEXT NOT NULL
) STRICT;
CREATE INDEX template_by_channel ON template (channel_id, name, language, id);

CREATE TABLE tariff (
    id       INTEGER PRIMARY KEY,
    seq      INTEGER NOT NULL,
    name     TEXT NOT NULL,
    versions TEXT NOT NULL
) STRICT;

CREATE TABLE allowance (
    id         INTEGER PRIMARY KEY,
    seq        INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    total      INTEGER NOT NULL,
    units_left INTEGER NOT NULL,
    until      INTEGER
) STRICT;

CREATE TABLE ledger (
    id              INTEGER PRIMARY KEY,
    seq             INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL,
    message_id      INTEGER NOT NULL,
    channel_id      INTEGER NOT NULL,
    at              INTEGER NOT NULL,
    kind            TEXT NOT NULL,
    market          TEXT,
    price_micros    INTEGER,
    price_currency  TEXT,
    allowance_id    INTEGER,
    state           TEXT NOT NULL
) STRICT;
CREATE INDEX ledger_by_time ON ledger (at, id);
CREATE INDEX ledger_by_conversation ON ledger (conversation_id, at, id);

CREATE TABLE read_marker (
    conversation_id INTEGER PRIMARY KEY,
    seq             INTEGER NOT NULL,
    up_to           INTEGER NOT NULL
) STRICT;

-- What was deleted while this process runs: an answer that was read before must not bring it
-- back. No answer outlives its process, so the table is emptied when the cache is opened.
-- `seq` is the version of the deletion; where a snapshot deleted, it is greater than any.
CREATE TABLE tombstone (
    kind TEXT NOT NULL,
    id   INTEGER NOT NULL,
    seq  INTEGER NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;

-- Conversations that this agent sees and nobody here holds: the known gaps of the list.
CREATE TABLE not_held (
    conversation_id INTEGER PRIMARY KEY,
    seq             INTEGER NOT NULL,
    messages_seq    INTEGER NOT NULL
) STRICT;

-- A snapshot that was begun: where to go on, and what it has listed so far.
CREATE TABLE snapshot (
    one   INTEGER PRIMARY KEY CHECK (one = 1),
    epoch TEXT NOT NULL,
    at    TEXT NOT NULL,
    next  TEXT NOT NULL
) STRICT;
CREATE TABLE snapshot_visible (
    conversation_id INTEGER PRIMARY KEY,
    seq             INTEGER NOT NULL,
    messages_seq    INTEGER NOT NULL
) STRICT;
CREATE TABLE snapshot_row (
    kind TEXT NOT NULL,
    id   INTEGER NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;

-- Words to find things by, in the normal form made in Rust; the rowid is the row's id. Marks
-- count as parts of words because Thai and the scripts of India write vowels with them.
CREATE VIRTUAL TABLE message_words USING fts5 (
    words, content = '', contentless_delete = 1,
    tokenize = "unicode61 remove_diacritics 2 categories 'L* N* Co M*'"
);
CREATE VIRTUAL TABLE contact_words USING fts5 (
    words, content = '', contentless_delete = 1,
    tokenize = "unicode61 remove_diacritics 2 categories 'L* N* Co M*'"
);
