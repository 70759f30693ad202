-- Keys that instruments sign with, and what they signed, byte for byte.

CREATE TABLE instrument_key (
    id            integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    instrument_id integer NOT NULL REFERENCES instrument,
    kid           text NOT NULL CHECK (length(kid) BETWEEN 1 AND 128),
    algorithm     text NOT NULL CHECK (algorithm IN ('EdDSA', 'ES256', 'SM2SM3')),
    public_key    bytea NOT NULL,
    valid_from    timestamptz NOT NULL,
    added_by      text NOT NULL,
    revoked_at    timestamptz,
    revoked_by    text,
    revision      bigint NOT NULL UNIQUE,
    UNIQUE (instrument_id, kid),
    CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
);
COMMENT ON TABLE instrument_key IS 'Public keys that instruments sign their messages with; a key is revoked, never removed, or what it signed could no longer be proven.';
COMMENT ON COLUMN instrument_key.id IS 'Number of the key in this store.';
COMMENT ON COLUMN instrument_key.instrument_id IS 'The instrument that signs; from the first key''s valid_from on, nothing unsigned is taken from it.';
COMMENT ON COLUMN instrument_key.kid IS 'Name by which a signed message calls the key (kid, RFC 7515), unique for the instrument.';
COMMENT ON COLUMN instrument_key.algorithm IS 'The one algorithm that the key is for: EdDSA (Ed25519), ES256 (P-256 with SHA-256) or SM2SM3 (SM2 with SM3).';
COMMENT ON COLUMN instrument_key.public_key IS 'Public key, SubjectPublicKeyInfo in DER.';
COMMENT ON COLUMN instrument_key.valid_from IS 'Messages received before then are not proven by it.';
COMMENT ON COLUMN instrument_key.added_by IS 'Who entered it.';
COMMENT ON COLUMN instrument_key.revoked_at IS 'Messages received from then on are not proven by it; NULL while it is valid.';
COMMENT ON COLUMN instrument_key.revoked_by IS 'Who revoked it.';
COMMENT ON COLUMN instrument_key.revision IS 'Grows with each change to any key, in order of commit: ingest reads what changed since its last look.';
CREATE INDEX instrument_key_public_key ON instrument_key (public_key);

CREATE TABLE signed_message (
    received_at   timestamptz NOT NULL,
    sequence      bigint NOT NULL,
    instrument_id integer NOT NULL,
    key_id        integer NOT NULL,
    digest        bytea NOT NULL,
    jws           bytea NOT NULL,
    PRIMARY KEY (instrument_id, sequence)
);
COMMENT ON TABLE signed_message IS 'What instruments signed, byte for byte, so that what is stored can be proven again; the first content under a counter stays. No foreign keys, as for readings.';
COMMENT ON COLUMN signed_message.received_at IS 'Instant of receipt by our clock.';
COMMENT ON COLUMN signed_message.sequence IS 'Message counter of the instrument (seq).';
COMMENT ON COLUMN signed_message.instrument_id IS 'The instrument.';
COMMENT ON COLUMN signed_message.key_id IS 'The key that proved it, table instrument_key.';
COMMENT ON COLUMN signed_message.digest IS 'SHA-256 of the signed content: equal content under the same counter is a repeat, other content a conflict.';
COMMENT ON COLUMN signed_message.jws IS 'The signed message in compact serialization (RFC 7515): header, content and signature as received.';

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON signed_message FOR EACH ROW EXECUTE FUNCTION refuse_change();
