-- Visitors of web sites' widgets, by the hash of the secret that their page shows.
CREATE TABLE visitor (
    secret_hash BLOB    PRIMARY KEY,
    channel_id  INTEGER NOT NULL,
    scoped_id   TEXT    NOT NULL,   -- what the inbox knows the visitor by
    made_at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Which web sites may call a widget from a browser: origins with spaces between.
ALTER TABLE channel_link ADD COLUMN origins TEXT NOT NULL DEFAULT '';
