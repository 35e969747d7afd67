-- When a copy was made as a backup: set in the copy only. A server that opens one begins another history.
ALTER TABLE account ADD COLUMN backup_at INTEGER;

-- Whose upload a file is: only its owner may attach it, until a message that they see carries it.
CREATE TABLE upload (
    agent_id   INTEGER NOT NULL,
    sha256     TEXT    NOT NULL,
    size_bytes INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    PRIMARY KEY (agent_id, sha256)
) STRICT, WITHOUT ROWID;
CREATE INDEX upload_of_file ON upload (sha256);
CREATE INDEX media_of_file ON media (sha256);

-- Who uploaded what was sent before this was known: the agents who sent it.
INSERT OR IGNORE INTO upload (agent_id, sha256, size_bytes, at)
    SELECT json_extract(f.data, '$.author.id'), d.sha256, l.size_bytes, m.at
    FROM media d JOIN message m ON m.id = d.message_id JOIN file l ON l.sha256 = d.sha256
    JOIN feed f ON f.kind = 'message' AND f.row_id = m.id AND f.data IS NOT NULL
    WHERE json_extract(f.data, '$.author.by') = 'agent';
