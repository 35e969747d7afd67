-- How often a message was handed to its provider. What an older build kept was handed over once
-- as far as it knew; the snapshot that follows brings the true number.
ALTER TABLE message ADD COLUMN attempt INTEGER NOT NULL DEFAULT 1;
