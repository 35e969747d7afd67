-- One data folder is one account. What goes over the wire stands whole in `feed`; the tables
-- beside it hold what the wire does not show and what has to be found quickly.
-- Times are milliseconds since 1970, UTC. No foreign keys: rows may come in any order.

CREATE TABLE account (
    id                 INTEGER PRIMARY KEY CHECK (id = 1),
    name               TEXT    NOT NULL,
    server_id          TEXT    NOT NULL,
    epoch              INTEGER NOT NULL,            -- counts restorations
    seq                INTEGER NOT NULL DEFAULT 0,  -- the newest change
    horizon            INTEGER NOT NULL DEFAULT 0,  -- cursors below it are too old
    conversations      INTEGER NOT NULL DEFAULT 1,  -- the plan has an inbox
    utc_offset_minutes INTEGER NOT NULL DEFAULT 0
) STRICT;

-- The last id given of each kind. An id is never given twice, whatever is deleted.
CREATE TABLE counter (
    kind TEXT    PRIMARY KEY,
    last INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The change feed and the current rows in one: the newest item per row. A row for everybody who
-- may see it has agent_id 0; a read marker, or the news that something left one agent's view,
-- has that agent's. No data: the row is gone.
CREATE TABLE feed (
    seq             INTEGER PRIMARY KEY,
    kind            TEXT    NOT NULL,
    row_id          INTEGER NOT NULL,
    agent_id        INTEGER NOT NULL DEFAULT 0,
    conversation_id INTEGER,
    data            TEXT
) STRICT;
CREATE UNIQUE INDEX feed_row ON feed (kind, row_id, agent_id);
CREATE INDEX feed_of_conversation ON feed (conversation_id, kind, seq) WHERE conversation_id IS NOT NULL;
CREATE INDEX feed_gone ON feed (seq) WHERE data IS NULL;

-- How far the feed had come at the end of each hour: what "30 days ago" means as a seq.
CREATE TABLE feed_hour (
    hour INTEGER PRIMARY KEY,
    seq  INTEGER NOT NULL
) STRICT;

-- Who sees which conversation, and since which seq.
CREATE TABLE view (
    agent_id        INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL,
    since           INTEGER NOT NULL,
    PRIMARY KEY (agent_id, conversation_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX view_of_conversation ON view (conversation_id);

-- The feed as each agent sees it: directories and charges all of it, conversations in view, the
-- messages that came since they are, the customers they are with, and what is the agent's alone.
CREATE VIEW seen AS
SELECT viewer.agent_id AS viewer, f.seq, f.kind, f.row_id, f.data, v.since
FROM feed f
CROSS JOIN agent_login viewer
LEFT JOIN view v ON v.agent_id = viewer.agent_id AND v.conversation_id = f.conversation_id
WHERE (f.agent_id = 0 AND CASE f.kind
           WHEN 'conversation' THEN v.since IS NOT NULL
           WHEN 'message'      THEN v.since IS NOT NULL AND f.seq > v.since
           WHEN 'contact'      THEN EXISTS (SELECT 1 FROM conversation c
                                            JOIN view w ON w.conversation_id = c.id AND w.agent_id = viewer.agent_id
                                            WHERE c.contact_id = f.row_id)
           ELSE 1 END)
   OR (f.agent_id = viewer.agent_id AND (f.data IS NULL OR v.since IS NOT NULL));

-- A snapshot being read: its place in the feed, and the conversations it shows.
CREATE TABLE snapshot (
    token      TEXT    PRIMARY KEY,
    agent_id   INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    newest     TEXT    NOT NULL,
    until      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE agent_login (
    agent_id INTEGER PRIMARY KEY,
    email    TEXT NOT NULL UNIQUE,
    password TEXT NOT NULL
) STRICT;

CREATE TABLE session (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    agent_id    INTEGER NOT NULL,
    device_id   TEXT    NOT NULL,
    device_name TEXT    NOT NULL,
    platform    TEXT    NOT NULL,
    ended_at    INTEGER
) STRICT;

-- An access token and the refresh token that came with it; only their hashes.
CREATE TABLE token_pair (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    session_id    INTEGER NOT NULL,
    parent_id     INTEGER,                     -- the pair whose refresh token made this one
    access_hash   BLOB    NOT NULL UNIQUE,
    access_until  INTEGER NOT NULL,
    refresh_hash  BLOB    NOT NULL UNIQUE,
    refresh_until INTEGER NOT NULL,
    used          INTEGER NOT NULL DEFAULT 0,  -- one of the two was used
    replaced      INTEGER NOT NULL DEFAULT 0   -- a later pair was used: neither refreshes any more
) STRICT;
CREATE INDEX token_pair_family ON token_pair (session_id, parent_id);

CREATE TABLE device (
    agent_id  INTEGER NOT NULL,
    device_id TEXT    NOT NULL,
    push      TEXT    NOT NULL,
    PRIMARY KEY (agent_id, device_id)
) STRICT, WITHOUT ROWID;

-- How a number or page is reached at its provider, and how its provider proves itself.
CREATE TABLE channel_link (
    channel_id   INTEGER PRIMARY KEY,
    kind         TEXT NOT NULL,
    provider_id  TEXT NOT NULL,
    business_id  TEXT,
    base         TEXT NOT NULL,
    version      TEXT NOT NULL,
    token        TEXT NOT NULL,
    app_secret   TEXT NOT NULL,
    verify_token TEXT NOT NULL,
    site_key     TEXT,
    simulated    TEXT,              -- what the simulator calls it
    UNIQUE (kind, provider_id)
) STRICT;

-- What a customer is known by. Scope: 'phone', 'bsuid', or the channel account of a scoped id.
CREATE TABLE identity (
    scope      TEXT    NOT NULL,
    value      TEXT    NOT NULL,
    contact_id INTEGER NOT NULL,
    PRIMARY KEY (scope, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX identity_of_contact ON identity (contact_id);

CREATE TABLE conversation (
    id          INTEGER PRIMARY KEY,
    channel_id  INTEGER NOT NULL,
    contact_id  INTEGER NOT NULL,
    open        INTEGER NOT NULL,
    assignee    INTEGER,
    group_id    INTEGER,
    created_at  INTEGER NOT NULL,
    activity_at INTEGER NOT NULL,
    settled_id  INTEGER NOT NULL DEFAULT 0,  -- closed when this message was the newest: nobody waits for those before
    UNIQUE (channel_id, contact_id)
) STRICT;
CREATE INDEX conversation_of_contact ON conversation (contact_id);
CREATE INDEX conversation_by_activity ON conversation (activity_at, id);

-- What follows from a message, beside what it says (which is in the feed).
CREATE TABLE message (
    id              INTEGER PRIMARY KEY,
    conversation_id INTEGER NOT NULL,
    channel_id      INTEGER NOT NULL,
    at              INTEGER NOT NULL,
    from_customer   INTEGER NOT NULL,
    counts          INTEGER NOT NULL,            -- opens or extends the window
    asks            INTEGER NOT NULL,            -- a customer who waits for an answer
    answers         INTEGER NOT NULL,            -- such an answer
    shows           INTEGER NOT NULL,            -- moves the conversation in the list
    charge          TEXT,                        -- 'reply', 'template'; none costs nothing
    attempt         INTEGER NOT NULL DEFAULT 1,
    attempt_at      INTEGER NOT NULL,
    failed          INTEGER NOT NULL DEFAULT 0,  -- the newest attempt did
    confirmed       INTEGER NOT NULL DEFAULT 0,  -- the provider reported it
    published       INTEGER NOT NULL DEFAULT 1,  -- 0 while the provider has not answered
    draft           TEXT                         -- the row to publish, until then
) STRICT;
CREATE INDEX message_of_conversation ON message (conversation_id, id);

-- The provider's id of each attempt, and the reference we gave along.
CREATE TABLE attempt (
    message_id  INTEGER NOT NULL,
    attempt     INTEGER NOT NULL,
    channel_id  INTEGER NOT NULL,
    reference   TEXT UNIQUE,
    provider_id TEXT,
    PRIMARY KEY (message_id, attempt)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX attempt_at_provider ON attempt (channel_id, provider_id) WHERE provider_id IS NOT NULL;

-- What came before the message it is about: reports, edits and revocations.
CREATE TABLE early (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    channel_id  INTEGER NOT NULL,
    provider_id TEXT    NOT NULL,
    reference   TEXT,
    event       TEXT    NOT NULL,
    kept_until  INTEGER NOT NULL,
    UNIQUE (channel_id, provider_id, event)
) STRICT;
CREATE INDEX early_by_reference ON early (reference) WHERE reference IS NOT NULL;

-- Messages that quote or react to one that is not known yet.
CREATE TABLE dangling (
    channel_id  INTEGER NOT NULL,
    provider_id TEXT    NOT NULL,
    message_id  INTEGER NOT NULL,
    PRIMARY KEY (channel_id, provider_id, message_id)
) STRICT, WITHOUT ROWID;

-- *All up to this time*, as Messenger says it.
CREATE TABLE watermark (
    conversation_id INTEGER NOT NULL,
    status          TEXT    NOT NULL,
    up_to           INTEGER NOT NULL,
    PRIMARY KEY (conversation_id, status)
) STRICT, WITHOUT ROWID;

-- Attempts that the provider refused because the window was closed. All of them: which window a
-- reply fell into must not depend on what was refused since.
CREATE TABLE refusal (
    conversation_id INTEGER NOT NULL,
    at              INTEGER NOT NULL,
    PRIMARY KEY (conversation_id, at)
) STRICT, WITHOUT ROWID;

-- Free entry points: from the answer that began one to its end.
CREATE TABLE free_entry (
    conversation_id INTEGER NOT NULL,
    starts_at       INTEGER NOT NULL,
    ends_at         INTEGER NOT NULL,
    PRIMARY KEY (conversation_id, starts_at)
) STRICT, WITHOUT ROWID;

-- Items of webhooks that could not be used, for whoever runs the server.
CREATE TABLE set_aside (
    id    INTEGER PRIMARY KEY AUTOINCREMENT,
    at    INTEGER NOT NULL,
    kind  TEXT    NOT NULL,
    place TEXT    NOT NULL,
    why   TEXT    NOT NULL,
    raw   TEXT    NOT NULL
) STRICT;

-- Templates at the provider. Those made here may be sent from here.
CREATE TABLE template_link (
    template_id INTEGER PRIMARY KEY,
    channel_id  INTEGER NOT NULL,
    name        TEXT    NOT NULL,
    language    TEXT    NOT NULL,
    provider_id TEXT,
    UNIQUE (channel_id, name, language)
) STRICT;
CREATE TABLE template_made_here (
    channel_id INTEGER NOT NULL,
    name       TEXT    NOT NULL,
    language   TEXT    NOT NULL,
    agent_id   INTEGER NOT NULL,
    key        TEXT    NOT NULL,
    PRIMARY KEY (channel_id, name, language, agent_id, key)
) STRICT, WITHOUT ROWID;

-- One charge per message; what it says is in the feed.
CREATE TABLE charge (
    id              INTEGER PRIMARY KEY,
    message_id      INTEGER NOT NULL UNIQUE,
    conversation_id INTEGER NOT NULL,
    at              INTEGER NOT NULL
) STRICT;
CREATE INDEX charge_of_conversation ON charge (conversation_id);
CREATE INDEX charge_by_time ON charge (at);

-- Commands by key. `rows` are the rows to answer with, as they are when asked.
CREATE TABLE command (
    agent_id   INTEGER NOT NULL,
    key        TEXT    NOT NULL,
    body_hash  BLOB    NOT NULL,
    state      TEXT    NOT NULL,
    rows       TEXT    NOT NULL DEFAULT '[]',
    refusal    TEXT,
    message_id INTEGER,
    kept_until INTEGER NOT NULL,
    PRIMARY KEY (agent_id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX command_of_message ON command (message_id) WHERE message_id IS NOT NULL;

-- Stored files by what is in them, and the messages that carry them.
CREATE TABLE file (
    sha256     TEXT    PRIMARY KEY,
    size_bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE media (
    id         INTEGER PRIMARY KEY,
    sha256     TEXT    NOT NULL,
    mime       TEXT    NOT NULL,
    message_id INTEGER NOT NULL
) STRICT;
CREATE INDEX media_of_message ON media (message_id);

-- Customers' files that still have to be fetched from the provider.
CREATE TABLE media_to_fetch (
    message_id INTEGER PRIMARY KEY,
    channel_id INTEGER NOT NULL,
    source     TEXT    NOT NULL,
    tries      INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Customers whose name still has to be asked of the provider.
CREATE TABLE name_to_ask (
    contact_id INTEGER NOT NULL,
    channel_id INTEGER NOT NULL,
    tries      INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (contact_id, channel_id)
) STRICT, WITHOUT ROWID;
