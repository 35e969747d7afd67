-- How long a kind of data is kept, and how much of it; none: without end.
CREATE TABLE retention (
    kind  TEXT    PRIMARY KEY,
    days  INTEGER,
    bytes INTEGER
) STRICT, WITHOUT ROWID;
INSERT INTO retention (kind, days, bytes) VALUES
    ('files', NULL, NULL), ('uploads', 7, NULL), ('set_aside', 30, 67108864), ('sessions', 90, NULL);

-- Files whose message was taken back: removed from the disk as soon as no other message carries them.
CREATE TABLE file_gone (
    sha256 TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
