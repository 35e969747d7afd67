-- Money in more detail: in which country a charged customer is, from when an allowance holds and on
-- which number alone. The snapshot that follows fills it in.
ALTER TABLE ledger ADD COLUMN country TEXT;
ALTER TABLE allowance ADD COLUMN from_at INTEGER;
ALTER TABLE allowance ADD COLUMN channel_id INTEGER;
