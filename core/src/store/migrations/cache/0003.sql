-- What the inbox server itself says of a window (`said_at`, `closes_at`), where it does.
ALTER TABLE conversation ADD COLUMN window_said TEXT;
