-- Who a customer is goes by the provider's time: a number can move to somebody else, names and
-- numbers change, and what is late must not turn them back.

-- What a customer was seen with, and from when to when. Scope: 'phone' (the form that all ways to
-- write a number share), 'bsuid', or the channel account of a scoped id. Only a number can be two
-- customers': the one who was seen with it last has it.
CREATE TABLE claim (
    scope      TEXT    NOT NULL,
    value      TEXT    NOT NULL,
    contact_id INTEGER NOT NULL,
    written    TEXT    NOT NULL,  -- as it came last
    first_at   INTEGER NOT NULL,
    last_at    INTEGER NOT NULL,
    PRIMARY KEY (scope, value, contact_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX claim_of_contact ON claim (contact_id, scope);
INSERT INTO claim (scope, value, contact_id, written, first_at, last_at)
    SELECT i.scope, i.value, i.contact_id, i.value,
           coalesce((SELECT min(m.at) FROM conversation c JOIN message m ON m.conversation_id = c.id
                     WHERE c.contact_id = i.contact_id AND m.from_customer = 1), 0),
           coalesce((SELECT max(m.at) FROM conversation c JOIN message m ON m.conversation_id = c.id
                     WHERE c.contact_id = i.contact_id AND m.from_customer = 1), 0)
             + (i.value IN (coalesce(f.data ->> '$.phone', ''), coalesce(f.data ->> '$.bsuid', '')))
    FROM identity i LEFT JOIN feed f ON f.kind = 'contact' AND f.row_id = i.contact_id AND f.agent_id = 0;
DROP TABLE identity;

-- What a customer is called, each as of when. Field: 'name' or 'username'.
CREATE TABLE called (
    contact_id INTEGER NOT NULL,
    field      TEXT    NOT NULL,
    value      TEXT    NOT NULL,
    at         INTEGER NOT NULL,
    PRIMARY KEY (contact_id, field)
) STRICT, WITHOUT ROWID;
INSERT INTO called (contact_id, field, value, at)
    SELECT row_id, 'name', data ->> '$.name', 0 FROM feed
    WHERE kind = 'contact' AND agent_id = 0 AND data IS NOT NULL
      AND data ->> '$.name' NOT IN ('', '+' || coalesce(data ->> '$.phone', ''), coalesce(data ->> '$.username', ''));
INSERT INTO called (contact_id, field, value, at)
    SELECT row_id, 'username', data ->> '$.username', 0 FROM feed
    WHERE kind = 'contact' AND agent_id = 0 AND data IS NOT NULL AND data ->> '$.username' IS NOT NULL;

-- Two customers that were joined, and what the second was: enough to separate them again.
CREATE TABLE joined (
    id    INTEGER PRIMARY KEY AUTOINCREMENT,
    at    INTEGER NOT NULL,
    kept  INTEGER NOT NULL,
    other INTEGER NOT NULL,
    data  TEXT    NOT NULL
) STRICT;

-- Where a conversation went that became part of another: what was meant for it goes there.
CREATE TABLE joined_conversation (
    id      INTEGER PRIMARY KEY,
    into_id INTEGER NOT NULL
) STRICT;
CREATE INDEX joined_into ON joined_conversation (into_id);

-- Customers of whom an operator said that they are two.
CREATE TABLE apart (
    one   INTEGER NOT NULL,
    other INTEGER NOT NULL,
    PRIMARY KEY (one, other)
) STRICT, WITHOUT ROWID;

-- A bot had the conversation when it came: no agent is waited for.
ALTER TABLE message ADD COLUMN standby INTEGER NOT NULL DEFAULT 0;
-- Ours, and not written here: by the company's own phone or by a bot.
ALTER TABLE message ADD COLUMN echo INTEGER NOT NULL DEFAULT 0;
UPDATE message SET echo = 1 WHERE answers = 1 AND id IN
    (SELECT row_id FROM feed WHERE kind = 'message' AND data ->> '$.author.by' IN ('phone_app', 'automation'));

-- News of templates and accounts in the provider's time: what is late changes nothing.
ALTER TABLE template_link ADD COLUMN status_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE template_link ADD COLUMN category_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE template_link ADD COLUMN components_at INTEGER NOT NULL DEFAULT 0;
CREATE INDEX template_link_at_provider ON template_link (channel_id, provider_id);
ALTER TABLE channel_link ADD COLUMN state_at INTEGER NOT NULL DEFAULT 0;
CREATE INDEX channel_link_of_business ON channel_link (kind, business_id);

-- *All up to this time* about a customer who is not known yet.
CREATE TABLE early_watermark (
    channel_id INTEGER NOT NULL,
    customer   TEXT    NOT NULL,
    status     TEXT    NOT NULL,
    up_to      INTEGER NOT NULL,
    PRIMARY KEY (channel_id, customer, status)
) STRICT, WITHOUT ROWID;

CREATE INDEX early_by_end ON early (kept_until);
CREATE INDEX command_by_end ON command (kept_until);
CREATE INDEX message_answers ON message (conversation_id, at) WHERE answers = 1;

-- What was set aside, once for each thing that came, with how often it did.
ALTER TABLE set_aside ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE set_aside ADD COLUMN digest BLOB;
ALTER TABLE set_aside ADD COLUMN times INTEGER NOT NULL DEFAULT 1;
CREATE UNIQUE INDEX set_aside_once ON set_aside (kind, name, digest) WHERE digest IS NOT NULL;
