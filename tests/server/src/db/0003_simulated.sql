-- A folder is the simulator's from its first start, or never. One that held real numbers beside
-- played ones is a real folder: the played numbers in it no longer sign, verify or reach anything.
ALTER TABLE account ADD COLUMN simulated INTEGER NOT NULL DEFAULT 0;
UPDATE account SET simulated = EXISTS (SELECT 1 FROM channel_link WHERE simulated IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM channel_link WHERE simulated IS NULL);
UPDATE channel_link SET base = '', token = '', app_secret = '', verify_token = '', site_key = NULL
    WHERE simulated IS NOT NULL;
