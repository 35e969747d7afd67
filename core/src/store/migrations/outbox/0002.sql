-- What a row must add up to: a byte that changed on the disk is noticed before its words are sent.
-- What an older build kept has none yet and gets it when the file is opened.
ALTER TABLE command ADD COLUMN digest INTEGER;
ALTER TABLE draft ADD COLUMN digest INTEGER;
ALTER TABLE setting ADD COLUMN digest INTEGER;
