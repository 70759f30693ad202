-- ledger --
-- Whether any migration was ever applied.
SELECT to_regclass('migration') IS NOT NULL
