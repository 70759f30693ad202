-- lock --
-- Only one migration runs at a time; released with the transaction.
SELECT pg_advisory_xact_lock(hashtext('hengjian.migrate'))

-- create_ledger --
-- Where the migrations applied so far are remembered.
CREATE TABLE IF NOT EXISTS migration (
    name       text PRIMARY KEY,
    digest     text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)

-- comment_ledger --
-- Say what the ledger is.
COMMENT ON TABLE migration IS 'Migrations applied, in order; forward only.'

-- comment_ledger_name --
-- Say what the column is.
COMMENT ON COLUMN migration.name IS 'File name, which is also the order.'

-- comment_ledger_digest --
-- Say what the column is.
COMMENT ON COLUMN migration.digest IS 'SHA-256 of the file as it was applied.'

-- comment_ledger_applied_at --
-- Say what the column is.
COMMENT ON COLUMN migration.applied_at IS 'When it was applied.'

-- applied --
-- Migrations applied so far.
SELECT name, digest FROM migration ORDER BY name

-- record --
-- Remember a migration as applied.
INSERT INTO migration (name, digest) VALUES (%(name)s, %(digest)s)

-- declare_register --
-- Enter a register as metrology/kinds declares it; its unit and resolution never change under stored readings.
INSERT INTO register (kind, name, unit, decimals, cumulative)
VALUES (%(kind)s, %(name)s, %(unit)s, %(decimals)s, %(cumulative)s)
ON CONFLICT (kind, name) DO NOTHING

-- registers --
-- Every declared register.
SELECT id, kind, name, unit, decimals, cumulative FROM register ORDER BY id
