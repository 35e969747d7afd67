-- What money needs to know of a message: when it arrived and what the provider's pricing report said.
ALTER TABLE message ADD COLUMN delivered_at INTEGER;  -- of the newest attempt, in provider time
ALTER TABLE message ADD COLUMN billable INTEGER;      -- 1, 0, or none while no report came

-- When the account's clocks change, as its time zone has it.
CREATE TABLE offset_change (
    at                 INTEGER PRIMARY KEY,
    utc_offset_minutes INTEGER NOT NULL
) STRICT;

-- A monthly plan: so many messages from billing date to billing date.
CREATE TABLE plan (
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    messages INTEGER NOT NULL,
    began    TEXT    NOT NULL  -- the first billing date, YYYY-MM-DD
) STRICT;
