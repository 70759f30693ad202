-- The whole memory of Hengjian, as it stands after all migrations. A test holds the two equal.
-- Indications are integer counts of the register's resolution; instants are UTC; days are civil days of the site's zone.

CREATE TABLE site (
    id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code        text NOT NULL UNIQUE,
    name_zh     text NOT NULL,
    name_en     text NOT NULL,
    region_code text,
    latitude    double precision CHECK (latitude BETWEEN -90 AND 90),
    longitude   double precision CHECK (longitude BETWEEN -180 AND 180),
    time_zone   text NOT NULL DEFAULT 'Asia/Shanghai'
);
COMMENT ON TABLE site IS 'A station, transformer area (台区), district metered area (DMA) or charging hub.';
COMMENT ON COLUMN site.id IS 'Number of the site in this store.';
COMMENT ON COLUMN site.code IS 'Code by which operators and supervisors call the site.';
COMMENT ON COLUMN site.name_zh IS 'Name in Chinese.';
COMMENT ON COLUMN site.name_en IS 'Name in English.';
COMMENT ON COLUMN site.region_code IS 'Administrative division code, GB/T 2260, six digits.';
COMMENT ON COLUMN site.latitude IS 'Latitude [degree], CGCS2000 (WGS 84 to within a metre).';
COMMENT ON COLUMN site.longitude IS 'Longitude [degree], CGCS2000.';
COMMENT ON COLUMN site.time_zone IS 'IANA zone whose civil days the site''s instruments are summed by.';

CREATE TABLE operator (
    id      integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    uscc    text NOT NULL UNIQUE,
    name_zh text NOT NULL,
    name_en text NOT NULL
);
COMMENT ON TABLE operator IS 'The legal entity answering for instruments.';
COMMENT ON COLUMN operator.id IS 'Number of the operator in this store.';
COMMENT ON COLUMN operator.uscc IS 'Unified social credit code (统一社会信用代码), GB 32100-2015.';
COMMENT ON COLUMN operator.name_zh IS 'Name in Chinese.';
COMMENT ON COLUMN operator.name_en IS 'Name in English.';

CREATE TABLE source (
    id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code       text NOT NULL UNIQUE CHECK (code ~ '^[A-Za-z0-9_-]{1,64}$'),
    name       text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    report_interval interval CHECK (report_interval > interval '0'),
    messages_per_second double precision CHECK (messages_per_second > 0),
    bytes_per_second double precision CHECK (bytes_per_second > 0),
    largest_message integer CHECK (largest_message > 0),
    revoked_at timestamptz,
    version    integer NOT NULL DEFAULT 1
);
COMMENT ON TABLE source IS 'Who sends: a utility''s head-end, a station gateway, a single device.';
COMMENT ON COLUMN source.id IS 'Number of the source in this store.';
COMMENT ON COLUMN source.code IS 'MQTT user name and second level of its topics.';
COMMENT ON COLUMN source.name IS 'Name for people.';
COMMENT ON COLUMN source.created_at IS 'When the source was enrolled.';
COMMENT ON COLUMN source.report_interval IS 'Longest time between two messages that the source declared; NULL: it declared none, and its silence says nothing.';
COMMENT ON COLUMN source.messages_per_second IS 'Most messages a second that it may send over time; NULL: any number.';
COMMENT ON COLUMN source.bytes_per_second IS 'Most payload a second that it may send over time [bytes/s]; NULL: any amount.';
COMMENT ON COLUMN source.largest_message IS 'Largest payload that it may send [bytes]; NULL: the limit of the format alone holds.';
COMMENT ON COLUMN source.revoked_at IS 'Since when it is no longer let in; NULL while it may speak.';
COMMENT ON COLUMN source.version IS 'Grows with every change of its limits and credentials; the ETag of the source.';

CREATE TABLE source_credential (
    id            integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source_id     integer NOT NULL REFERENCES source,
    kind          text NOT NULL CHECK (kind IN ('password', 'certificate')),
    bcrypt        text,
    pbkdf2        text,
    created_at    timestamptz NOT NULL DEFAULT now(),
    created_by    text NOT NULL,
    ended_at      timestamptz,
    ended_because text CHECK (ended_because IN ('rotated', 'revoked')),
    CONSTRAINT source_credential_ends_for_a_reason CHECK ((ended_at IS NULL) = (ended_because IS NULL)),
    CONSTRAINT source_credential_hashes_while_it_holds CHECK (
        (kind = 'password' AND ended_at IS NULL) = (bcrypt IS NOT NULL)
        AND (bcrypt IS NULL) = (pbkdf2 IS NULL))
);
COMMENT ON TABLE source_credential IS 'What a source is let in by at the broker; at most one holds at a time. No secret, only hashes, and these only while it holds.';
COMMENT ON COLUMN source_credential.id IS 'Order of issue.';
COMMENT ON COLUMN source_credential.source_id IS 'The source.';
COMMENT ON COLUMN source_credential.kind IS 'A password, or a client certificate whose common name is the source''s code.';
COMMENT ON COLUMN source_credential.bcrypt IS 'Hash of the password as nats-server takes it; NULL for a certificate, and once it no longer holds.';
COMMENT ON COLUMN source_credential.pbkdf2 IS 'Hash of the same password as Mosquitto takes it: $7$, PBKDF2 with SHA-512.';
COMMENT ON COLUMN source_credential.created_at IS 'When it was issued.';
COMMENT ON COLUMN source_credential.created_by IS 'On whose behalf, as in the audit.';
COMMENT ON COLUMN source_credential.ended_at IS 'Since when it no longer holds.';
COMMENT ON COLUMN source_credential.ended_because IS 'Replaced by another, or its source is no longer let in.';
CREATE UNIQUE INDEX source_credential_current ON source_credential (source_id) WHERE ended_at IS NULL;

CREATE TABLE register (
    id         smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind       text NOT NULL,
    name       text NOT NULL,
    unit       text NOT NULL,
    decimals   smallint NOT NULL,
    cumulative boolean NOT NULL,
    UNIQUE (kind, name)
);
COMMENT ON TABLE register IS 'One indicated quantity of a kind of instrument; filled from metrology/kinds at migration.';
COMMENT ON COLUMN register.id IS 'Short number used in readings.';
COMMENT ON COLUMN register.kind IS 'Instrument kind.';
COMMENT ON COLUMN register.name IS 'Spelling on the wire, native format v1.';
COMMENT ON COLUMN register.unit IS 'UCUM code.';
COMMENT ON COLUMN register.decimals IS 'Decimal digits of the resolution: 3 for 0.001.';
COMMENT ON COLUMN register.cumulative IS 'True where the indication only grows in honest service.';

CREATE TABLE instrument (
    id             integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source_id      integer NOT NULL REFERENCES source,
    serial         text NOT NULL CHECK (length(serial) BETWEEN 1 AND 64),
    kind           text NOT NULL,
    site_id        integer NOT NULL REFERENCES site,
    operator_id    integer REFERENCES operator,
    accuracy_class text,
    size           text,
    model          text,
    installed_on   date,
    enrolled_at    timestamptz NOT NULL DEFAULT now(),
    UNIQUE (source_id, serial)
);
COMMENT ON TABLE instrument IS 'One metering point in service: a meter, a dispenser nozzle, a charger connector, a tank gauge.';
COMMENT ON COLUMN instrument.id IS 'Number of the instrument in this store; 4,096 consecutive numbers are one block.';
COMMENT ON COLUMN instrument.source_id IS 'The one source that may speak for it.';
COMMENT ON COLUMN instrument.serial IS 'Serial, unique within the source.';
COMMENT ON COLUMN instrument.kind IS 'Instrument kind, a file of metrology/kinds.';
COMMENT ON COLUMN instrument.site_id IS 'Where it stands.';
COMMENT ON COLUMN instrument.operator_id IS 'Who answers for it.';
COMMENT ON COLUMN instrument.accuracy_class IS 'Accuracy class of its type approval; NULL: not on record, the kind''s default is assumed and said.';
COMMENT ON COLUMN instrument.size IS 'Size designation that bounds its rate (DN15, G4, 5(60)A, DC120kW).';
COMMENT ON COLUMN instrument.model IS 'Maker''s model.';
COMMENT ON COLUMN instrument.installed_on IS 'Day of installation.';
COMMENT ON COLUMN instrument.enrolled_at IS 'When it was entered here.';
CREATE INDEX instrument_site ON instrument (site_id, id);
CREATE INDEX instrument_source ON instrument (source_id, id);
CREATE INDEX instrument_kind ON instrument (kind, id);
CREATE INDEX instrument_serial ON instrument (lower(serial) text_pattern_ops, id);

CREATE TABLE register_capacity (
    instrument_id integer NOT NULL REFERENCES instrument,
    register_id   smallint NOT NULL REFERENCES register,
    capacity      bigint NOT NULL CHECK (capacity > 1),
    PRIMARY KEY (instrument_id, register_id)
);
COMMENT ON TABLE register_capacity IS 'Where the register of an instrument begins again at zero, as declared at enrolment; without a row nothing is known.';
COMMENT ON COLUMN register_capacity.instrument_id IS 'The instrument.';
COMMENT ON COLUMN register_capacity.register_id IS 'Its cumulative register.';
COMMENT ON COLUMN register_capacity.capacity IS 'One step more than the largest indication [count of the register''s resolution]: 99999.999 rolls over at 100000.000.';

CREATE TABLE verification (
    id             integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    instrument_id  integer NOT NULL REFERENCES instrument,
    verified_on    date NOT NULL,
    valid_until    date,
    passed         boolean NOT NULL,
    certificate    text,
    institution    text,
    seals          text[] NOT NULL DEFAULT '{}',
    recorded_at    timestamptz NOT NULL DEFAULT now(),
    UNIQUE (instrument_id, verified_on, certificate)
);
COMMENT ON TABLE verification IS 'The act, certificate and seals that make an instrument legal until a date.';
COMMENT ON COLUMN verification.id IS 'Number of the verification in this store.';
COMMENT ON COLUMN verification.instrument_id IS 'The instrument verified.';
COMMENT ON COLUMN verification.verified_on IS 'Day of the act.';
COMMENT ON COLUMN verification.valid_until IS 'Last legal day; NULL where only a first verification is required.';
COMMENT ON COLUMN verification.passed IS 'Whether it conformed.';
COMMENT ON COLUMN verification.certificate IS 'Certificate number.';
COMMENT ON COLUMN verification.institution IS 'Verifying institution.';
COMMENT ON COLUMN verification.seals IS 'Numbers of the seals set.';
COMMENT ON COLUMN verification.recorded_at IS 'When it became known here.';

CREATE TABLE reading (
    taken_at      timestamptz NOT NULL,
    value         bigint NOT NULL,
    received_at   timestamptz NOT NULL,
    instrument_id integer NOT NULL,
    register_id   smallint NOT NULL,
    PRIMARY KEY (instrument_id, register_id, taken_at)
);
COMMENT ON TABLE reading IS 'What one register indicated at one instant; the first value received stays. No foreign keys: ingest resolves identities before it writes, and a check per row would halve its speed.';
COMMENT ON COLUMN reading.taken_at IS 'Instant by the device''s clock.';
COMMENT ON COLUMN reading.value IS 'Indication [count of the register''s resolution].';
COMMENT ON COLUMN reading.received_at IS 'Instant of receipt by our clock.';
COMMENT ON COLUMN reading.instrument_id IS 'The instrument.';
COMMENT ON COLUMN reading.register_id IS 'The register.';

CREATE TABLE reading_conflict (
    instrument_id integer NOT NULL,
    register_id   smallint NOT NULL,
    taken_at      timestamptz NOT NULL,
    value         bigint NOT NULL,
    received_at   timestamptz NOT NULL,
    PRIMARY KEY (instrument_id, register_id, taken_at, value)
);
COMMENT ON TABLE reading_conflict IS 'A value received later for an instant whose first value differs: evidence, never an overwrite.';
COMMENT ON COLUMN reading_conflict.instrument_id IS 'The instrument.';
COMMENT ON COLUMN reading_conflict.register_id IS 'The register.';
COMMENT ON COLUMN reading_conflict.taken_at IS 'Instant by the device''s clock.';
COMMENT ON COLUMN reading_conflict.value IS 'The differing indication [count of the register''s resolution].';
COMMENT ON COLUMN reading_conflict.received_at IS 'When this value was first received.';

CREATE TABLE transaction (
    started_at       timestamptz NOT NULL,
    ended_at         timestamptz NOT NULL,
    received_at      timestamptz NOT NULL,
    sequence         bigint NOT NULL,
    quantity         bigint NOT NULL,
    start_indication bigint,
    end_indication   bigint,
    unit_price       bigint,
    amount           bigint,
    instrument_id    integer NOT NULL,
    attributes       jsonb NOT NULL DEFAULT '{}',
    signed           jsonb,
    PRIMARY KEY (instrument_id, started_at, sequence)
);
COMMENT ON TABLE transaction IS 'One delivery of fuel, one charge or one tank delivery, between two indications; the first statement received stays.';
COMMENT ON COLUMN transaction.started_at IS 'Start by the device''s clock.';
COMMENT ON COLUMN transaction.ended_at IS 'End by the device''s clock.';
COMMENT ON COLUMN transaction.received_at IS 'Instant of receipt by our clock.';
COMMENT ON COLUMN transaction.sequence IS 'Transaction counter of the instrument, +1 each.';
COMMENT ON COLUMN transaction.quantity IS 'What was billed [count of the kind''s transaction resolution].';
COMMENT ON COLUMN transaction.start_indication IS 'Cumulative register before [count of its resolution].';
COMMENT ON COLUMN transaction.end_indication IS 'Cumulative register after [count of its resolution].';
COMMENT ON COLUMN transaction.unit_price IS 'Price of one unit [10⁻⁵ CNY].';
COMMENT ON COLUMN transaction.amount IS 'What was paid [10⁻² CNY].';
COMMENT ON COLUMN transaction.instrument_id IS 'The instrument.';
COMMENT ON COLUMN transaction.attributes IS 'Grade, tank, vehicle, preset, payment, identity of board and software, as sent.';
COMMENT ON COLUMN transaction.signed IS 'Signed record exactly as sent: encoding, data, public key.';
CREATE INDEX transaction_ended ON transaction (ended_at);

CREATE TABLE transaction_conflict (
    instrument_id integer NOT NULL,
    started_at    timestamptz NOT NULL,
    sequence      bigint NOT NULL,
    digest        bytea NOT NULL,
    statement     jsonb NOT NULL,
    received_at   timestamptz NOT NULL,
    PRIMARY KEY (instrument_id, started_at, sequence, digest)
);
COMMENT ON TABLE transaction_conflict IS 'A statement received later for a transaction whose first statement differs: evidence, never an overwrite.';
COMMENT ON COLUMN transaction_conflict.instrument_id IS 'The instrument.';
COMMENT ON COLUMN transaction_conflict.started_at IS 'Start by the device''s clock.';
COMMENT ON COLUMN transaction_conflict.sequence IS 'Transaction counter.';
COMMENT ON COLUMN transaction_conflict.digest IS 'SHA-256 of the differing statement in canonical form.';
COMMENT ON COLUMN transaction_conflict.statement IS 'The differing statement, counts as in table transaction.';
COMMENT ON COLUMN transaction_conflict.received_at IS 'When this statement was first received.';

CREATE TABLE event (
    occurred_at   timestamptz NOT NULL,
    received_at   timestamptz NOT NULL,
    instrument_id integer NOT NULL,
    code          text NOT NULL,
    detail        jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (instrument_id, occurred_at, code, detail)
);
COMMENT ON TABLE event IS 'What the instrument says of itself: cover_open, magnet, clock_set, firmware_change ….';
COMMENT ON COLUMN event.occurred_at IS 'Instant by the device''s clock.';
COMMENT ON COLUMN event.received_at IS 'Instant of receipt by our clock.';
COMMENT ON COLUMN event.instrument_id IS 'The instrument.';
COMMENT ON COLUMN event.code IS 'Canonical event code, metrology/event.py.';
COMMENT ON COLUMN event.detail IS 'Whatever detail the device gave, at most 1 KiB.';

CREATE TABLE intake (
    id                       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    committed_at             timestamptz NOT NULL DEFAULT now(),
    source_code              text NOT NULL,
    messages                 integer NOT NULL DEFAULT 0,
    messages_redelivered     integer NOT NULL DEFAULT 0,
    messages_quarantined     integer NOT NULL DEFAULT 0,
    readings                 integer NOT NULL DEFAULT 0,
    readings_stored          integer NOT NULL DEFAULT 0,
    readings_repeated        integer NOT NULL DEFAULT 0,
    readings_conflicting     integer NOT NULL DEFAULT 0,
    readings_quarantined     integer NOT NULL DEFAULT 0,
    transactions             integer NOT NULL DEFAULT 0,
    transactions_stored      integer NOT NULL DEFAULT 0,
    transactions_repeated    integer NOT NULL DEFAULT 0,
    transactions_conflicting integer NOT NULL DEFAULT 0,
    transactions_quarantined integer NOT NULL DEFAULT 0,
    events                   integer NOT NULL DEFAULT 0,
    events_stored            integer NOT NULL DEFAULT 0,
    events_repeated          integer NOT NULL DEFAULT 0,
    events_quarantined       integer NOT NULL DEFAULT 0,
    way                      text CHECK (way IN ('mqtt', 'http', 'import')),
    CONSTRAINT intake_readings_add_up CHECK (
        readings = readings_stored + readings_repeated + readings_conflicting + readings_quarantined),
    CONSTRAINT intake_transactions_add_up CHECK (
        transactions = transactions_stored + transactions_repeated + transactions_conflicting + transactions_quarantined),
    CONSTRAINT intake_events_add_up CHECK (events = events_stored + events_repeated + events_quarantined)
);
COMMENT ON TABLE intake IS 'Ledger of the way in: one row for each source in each committed batch; received = stored + repeated + conflicting + quarantined, by constraint.';
COMMENT ON COLUMN intake.id IS 'Order of commit within one ingest process.';
COMMENT ON COLUMN intake.committed_at IS 'Start of the committing transaction.';
COMMENT ON COLUMN intake.source_code IS 'Source by its topic; need not be enrolled.';
COMMENT ON COLUMN intake.messages IS 'Messages received, each counted once however often the broker delivers it.';
COMMENT ON COLUMN intake.messages_redelivered IS 'Beside these, deliveries of messages whose batch was committed before: acknowledged, not counted again.';
COMMENT ON COLUMN intake.messages_quarantined IS 'Of these, held in quarantine.';
COMMENT ON COLUMN intake.readings IS 'Readings received, those of quarantined messages included where they could be counted.';
COMMENT ON COLUMN intake.readings_stored IS 'Readings new to the store.';
COMMENT ON COLUMN intake.readings_repeated IS 'Readings equal to one already stored.';
COMMENT ON COLUMN intake.readings_conflicting IS 'Readings that differ from the one stored for that instant.';
COMMENT ON COLUMN intake.readings_quarantined IS 'Readings inside quarantined messages.';
COMMENT ON COLUMN intake.transactions IS 'Transactions received.';
COMMENT ON COLUMN intake.transactions_stored IS 'Transactions new to the store.';
COMMENT ON COLUMN intake.transactions_repeated IS 'Transactions equal to one already stored.';
COMMENT ON COLUMN intake.transactions_conflicting IS 'Transactions that differ from the one stored under their key.';
COMMENT ON COLUMN intake.transactions_quarantined IS 'Transactions inside quarantined messages.';
COMMENT ON COLUMN intake.events IS 'Events received.';
COMMENT ON COLUMN intake.events_stored IS 'Events new to the store.';
COMMENT ON COLUMN intake.events_repeated IS 'Events equal to one already stored.';
COMMENT ON COLUMN intake.events_quarantined IS 'Events inside quarantined messages.';
COMMENT ON COLUMN intake.way IS 'How it came: mqtt, http or import; NULL where that is not told: entered before it was, or taken out of quarantine.';
CREATE INDEX intake_source ON intake (source_code, id);

CREATE TABLE delivered (
    batch        uuid PRIMARY KEY,
    session      text NOT NULL,
    committed_at timestamptz NOT NULL DEFAULT now(),
    digests      bytea NOT NULL
);
COMMENT ON TABLE delivered IS 'Messages committed lately, whose acknowledgement the broker may not have seen: what it delivers again is not counted again.';
COMMENT ON COLUMN delivered.batch IS 'The batch; written once, so that a commit whose answer was lost is not done twice.';
COMMENT ON COLUMN delivered.session IS 'MQTT client id of the ingest that committed it.';
COMMENT ON COLUMN delivered.committed_at IS 'Start of the committing transaction.';
COMMENT ON COLUMN delivered.digests IS 'BLAKE2b-128 of topic, a zero byte, and payload of each message, one after the other.';
CREATE INDEX delivered_session ON delivered (session, committed_at);

CREATE TABLE listening (
    listener text NOT NULL,
    since    timestamptz NOT NULL,
    until    timestamptz NOT NULL CHECK (until >= since),
    way      text NOT NULL DEFAULT 'mqtt' CHECK (way IN ('mqtt', 'http')),
    PRIMARY KEY (way, listener)
);
COMMENT ON TABLE listening IS 'Since when each way in has been able to hear without a break: while one that a source uses could not, it is not accused of silence.';
COMMENT ON COLUMN listening.listener IS 'Who listens: an ingest by its MQTT client id; all api processes together as one.';
COMMENT ON COLUMN listening.since IS 'Beginning of the present stretch without a break.';
COMMENT ON COLUMN listening.until IS 'Last sign of it: takes messages in, with room for more, and able to write here.';
COMMENT ON COLUMN listening.way IS 'Which way in it hears: mqtt, of which every member of the group is needed; http, of which any is enough.';

CREATE TABLE quarantine (
    id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source_code       text NOT NULL,
    topic             text NOT NULL,
    cause             text NOT NULL,
    detail            text NOT NULL,
    payload           bytea NOT NULL,
    digest            bytea NOT NULL UNIQUE,
    readings          integer NOT NULL DEFAULT 0,
    transactions      integer NOT NULL DEFAULT 0,
    events            integer NOT NULL DEFAULT 0,
    first_received_at timestamptz NOT NULL,
    last_received_at  timestamptz NOT NULL,
    times_received    integer NOT NULL DEFAULT 1,
    released_at       timestamptz
);
COMMENT ON TABLE quarantine IS 'Messages that could not be taken, whole and with their cause; nothing received is dropped.';
COMMENT ON COLUMN quarantine.id IS 'Number by which people call the message.';
COMMENT ON COLUMN quarantine.source_code IS 'Source by its topic; empty where the topic names none.';
COMMENT ON COLUMN quarantine.topic IS 'MQTT topic as received.';
COMMENT ON COLUMN quarantine.cause IS 'Stable code of the cause.';
COMMENT ON COLUMN quarantine.detail IS 'The cause in words a person understands.';
COMMENT ON COLUMN quarantine.payload IS 'The bytes exactly as received.';
COMMENT ON COLUMN quarantine.digest IS 'SHA-256 of topic, a zero byte, and payload.';
COMMENT ON COLUMN quarantine.readings IS 'Readings counted in it, all receipts together.';
COMMENT ON COLUMN quarantine.transactions IS 'Transactions counted in it, all receipts together.';
COMMENT ON COLUMN quarantine.events IS 'Events counted in it, all receipts together.';
COMMENT ON COLUMN quarantine.first_received_at IS 'First receipt by our clock.';
COMMENT ON COLUMN quarantine.last_received_at IS 'Last receipt of the same bytes on the same topic.';
COMMENT ON COLUMN quarantine.times_received IS 'How often the same bytes came on the same topic.';
COMMENT ON COLUMN quarantine.released_at IS 'When a replay took it in; NULL while it is held.';
CREATE INDEX quarantine_held ON quarantine (source_code, cause) WHERE released_at IS NULL;

CREATE TABLE due (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    stage     text NOT NULL CHECK (stage IN ('summarise', 'detect')),
    block     integer NOT NULL,
    day       date NOT NULL,
    marked_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE due IS 'Insert-only log of blocks and civil days whose evidence changed; the watch deletes exactly the marks it has seen.';
COMMENT ON COLUMN due.id IS 'Order of marking.';
COMMENT ON COLUMN due.stage IS 'summarise: days and exact rules; detect: statistical detectors, once the day is over.';
COMMENT ON COLUMN due.block IS 'Instrument id divided by 4,096.';
COMMENT ON COLUMN due.day IS 'Civil day of the site''s zone.';
COMMENT ON COLUMN due.marked_at IS 'Start of the marking transaction.';
CREATE INDEX due_block ON due (stage, block, id);

CREATE TABLE day_sheet (
    block         integer NOT NULL,
    register_id   smallint NOT NULL,
    day           date NOT NULL,
    present       bytea NOT NULL CHECK (octet_length(present) = 512),
    still         bytea NOT NULL CHECK (octet_length(still) = 512),
    readings      bytea NOT NULL,
    first_at      bytea NOT NULL,
    last_at       bytea NOT NULL,
    first_value   bytea NOT NULL,
    last_value    bytea NOT NULL,
    longest_gap   bytea NOT NULL,
    maximum_rate  bytea NOT NULL,
    consumption   bytea NOT NULL,
    night_minimum bytea NOT NULL,
    hourly        bytea NOT NULL,
    PRIMARY KEY (block, register_id, day)
) WITH (autovacuum_vacuum_scale_factor = 0.02, toast.autovacuum_vacuum_scale_factor = 0.02);
-- What is packed is not pressed again: a column is read as it lies, and one cell of it without the others.
ALTER TABLE day_sheet
    ALTER COLUMN readings SET STORAGE EXTERNAL,
    ALTER COLUMN first_at SET STORAGE EXTERNAL,
    ALTER COLUMN last_at SET STORAGE EXTERNAL,
    ALTER COLUMN first_value SET STORAGE EXTERNAL,
    ALTER COLUMN last_value SET STORAGE EXTERNAL,
    ALTER COLUMN longest_gap SET STORAGE EXTERNAL,
    ALTER COLUMN maximum_rate SET STORAGE EXTERNAL,
    ALTER COLUMN consumption SET STORAGE EXTERNAL,
    ALTER COLUMN night_minimum SET STORAGE EXTERNAL,
    ALTER COLUMN hourly SET STORAGE EXTERNAL;
COMMENT ON TABLE day_sheet IS 'One civil day of one cumulative register of a whole block of instruments, column by column, derived from readings alone; the view instrument_day tells it row by row. A column holds one big-endian signed count for each instrument present, in order of id, of two, four or eight bytes, whichever the widest needs; the smallest number stands for what is unknown.';
COMMENT ON COLUMN day_sheet.block IS '4,096 consecutive instrument ids: id / 4096.';
COMMENT ON COLUMN day_sheet.register_id IS 'The register.';
COMMENT ON COLUMN day_sheet.day IS 'Civil day of each instrument''s own zone.';
COMMENT ON COLUMN day_sheet.present IS 'Bit id % 4096 is set for each instrument that took readings on the day.';
COMMENT ON COLUMN day_sheet.still IS 'Bit id % 4096 is set where these readings and the one before all showed one and the same value.';
COMMENT ON COLUMN day_sheet.readings IS 'Readings taken on the day.';
COMMENT ON COLUMN day_sheet.first_at IS 'Instant of the first reading of the day [microseconds since 2000-01-01T00:00Z].';
COMMENT ON COLUMN day_sheet.last_at IS 'Instant of the last reading of the day [microseconds since 2000-01-01T00:00Z].';
COMMENT ON COLUMN day_sheet.first_value IS 'First indication [count of the register''s resolution].';
COMMENT ON COLUMN day_sheet.last_value IS 'Last indication [count of the register''s resolution].';
COMMENT ON COLUMN day_sheet.longest_gap IS 'Longest time between a reading of the day and the reading before it [microseconds]; unknown for a first reading alone.';
COMMENT ON COLUMN day_sheet.maximum_rate IS 'Largest rate of growth from the reading before to a reading of the day [count/h], IEEE 754 of eight bytes; not a number for a first reading alone.';
COMMENT ON COLUMN day_sheet.consumption IS 'Growth from midnight to midnight, indications interpolated at midnight [count]; unknown where a midnight lies in too long a gap.';
COMMENT ON COLUMN day_sheet.night_minimum IS 'Smallest hourly consumption from 02:00 to 05:00 [count]; unknown where none of these hours is known.';
COMMENT ON COLUMN day_sheet.hourly IS '24 consumptions by wall-clock hour [count], the first hour of all instruments, then the second; at a clock change the repeated hour holds both, the skipped hour 0.';

CREATE FUNCTION day_place(present bytea, slot integer) RETURNS integer LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT (bit_count(substring(present FOR slot / 8))
            + bit_count((get_byte(present, slot / 8) & ((1 << slot % 8) - 1))::bit(8)))::integer
$$;
COMMENT ON FUNCTION day_place IS 'How many instruments come before a slot in the columns of a day sheet.';

CREATE FUNCTION day_count(cells bytea, many integer, place integer) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE octet_length(cells) / many
           WHEN 8 THEN nullif(('x' || encode(substring(cells FROM 8 * place + 1 FOR 8), 'hex'))::bit(64)::bigint,
                              '-9223372036854775808'::bigint)
           WHEN 4 THEN nullif(('x' || encode(substring(cells FROM 4 * place + 1 FOR 4), 'hex'))::bit(32)::integer,
                              '-2147483648'::integer)
           WHEN 2 THEN nullif((('x' || encode(substring(cells FROM 2 * place + 1 FOR 2), 'hex'))::bit(16)::integer + 32768)
                              % 65536 - 32768, -32768)
           END
$$;
COMMENT ON FUNCTION day_count IS 'One count of a column of a day sheet that holds so many of them; NULL where it is unknown.';

CREATE FUNCTION day_rate(cells bytea, place integer) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE WHEN exponent = 2047 THEN NULL
                WHEN exponent = 0 THEN 0
                ELSE sign(bits) * (1 + (bits & 4503599627370495) / 4503599627370496::double precision)
                     * power(2::double precision, exponent - 1023)
           END
      FROM (SELECT bits, (bits >> 52 & 2047)::integer AS exponent
              FROM (SELECT ('x' || encode(substring(cells FROM 8 * place + 1 FOR 8), 'hex'))::bit(64)::bigint AS bits
                   ) AS cell) AS parts
$$;
COMMENT ON FUNCTION day_rate IS 'One rate of a column of a day sheet; NULL where it is unknown.';

CREATE VIEW instrument_day AS
SELECT sheet.day, sheet.block * 4096 + slot.number AS instrument_id, sheet.register_id,
       day_count(readings, many, place)::integer AS readings,
       TIMESTAMPTZ '2000-01-01 00:00:00+00' + day_count(first_at, many, place) * INTERVAL '1 microsecond' AS first_at,
       TIMESTAMPTZ '2000-01-01 00:00:00+00' + day_count(last_at, many, place) * INTERVAL '1 microsecond' AS last_at,
       day_count(first_value, many, place) AS first_value,
       day_count(last_value, many, place) AS last_value,
       day_count(longest_gap, many, place) * INTERVAL '1 microsecond' AS longest_gap,
       day_rate(maximum_rate, place) AS maximum_rate,
       day_count(consumption, many, place) AS consumption,
       day_count(night_minimum, many, place) AS night_minimum,
       (SELECT CASE WHEN count(growth) > 0 THEN array_agg(growth ORDER BY hour) END
          FROM (SELECT hour, day_count(hourly, 24 * many, hour * many + place) AS growth
                  FROM generate_series(0, 23) AS hour) AS hours) AS hourly
  FROM day_sheet AS sheet
 CROSS JOIN LATERAL (SELECT bit_count(present)::integer AS many) AS width
 CROSS JOIN LATERAL generate_series(0, 4095) AS slot (number)
 CROSS JOIN LATERAL (SELECT day_place(present, slot.number) AS place) AS position
 WHERE get_bit(present, slot.number) = 1;
COMMENT ON VIEW instrument_day IS 'The day sheets row by row: one civil day of one cumulative register of one instrument. For looking at a few; who reads many reads sheets.';

CREATE TABLE day_quality (
    day           date NOT NULL,
    instrument_id integer NOT NULL,
    register_id   smallint NOT NULL,
    code          text NOT NULL,
    found         double precision,
    held_against  double precision,
    PRIMARY KEY (instrument_id, register_id, day, code)
);
COMMENT ON TABLE day_quality IS 'Quality codes of one civil day of one register, derived from readings alone; a day without a row has none.';
COMMENT ON COLUMN day_quality.day IS 'Civil day of the site''s zone.';
COMMENT ON COLUMN day_quality.instrument_id IS 'The instrument.';
COMMENT ON COLUMN day_quality.register_id IS 'The register.';
COMMENT ON COLUMN day_quality.code IS 'Quality code, metrology/quality.py.';
COMMENT ON COLUMN day_quality.found IS 'What was found, in the unit that the reason of the code names; NULL where it names none.';
COMMENT ON COLUMN day_quality.held_against IS 'What it was held against; NULL where there is nothing.';

CREATE TABLE day_estimate (
    day              date NOT NULL,
    instrument_id    integer NOT NULL,
    register_id      smallint NOT NULL,
    method           text NOT NULL CHECK (method IN ('linear', 'like_days')),
    like_days        integer NOT NULL CHECK (like_days >= 0),
    gap_from         timestamptz NOT NULL,
    gap_until        timestamptz NOT NULL CHECK (gap_until > gap_from),
    growth           bigint NOT NULL CHECK (growth >= 0),
    consumption      bigint,
    uncertainty      double precision NOT NULL,
    hour_uncertainty double precision NOT NULL,
    hourly           bigint[] NOT NULL,
    PRIMARY KEY (instrument_id, register_id, day)
);
COMMENT ON TABLE day_estimate IS 'Estimated hours of one civil day of one register, between two readings too far apart; never in place of what was measured.';
COMMENT ON COLUMN day_estimate.day IS 'Civil day of the site''s zone.';
COMMENT ON COLUMN day_estimate.instrument_id IS 'The instrument.';
COMMENT ON COLUMN day_estimate.register_id IS 'The register.';
COMMENT ON COLUMN day_estimate.method IS 'linear: evenly over the time; like_days: by the shape of like days before.';
COMMENT ON COLUMN day_estimate.like_days IS 'Days before the gap that gave the shape; 0 for linear.';
COMMENT ON COLUMN day_estimate.gap_from IS 'Reading before the longest gap that reaches into the day, by the device''s clock.';
COMMENT ON COLUMN day_estimate.gap_until IS 'Reading after it, which closes it.';
COMMENT ON COLUMN day_estimate.growth IS 'Growth of the register between these two readings [count]: what estimates add up to.';
COMMENT ON COLUMN day_estimate.consumption IS 'Measured and estimated hours of the day together [count]; NULL where an hour is neither.';
COMMENT ON COLUMN day_estimate.uncertainty IS 'Expanded uncertainty of what is estimated of the day, k = 2 [count].';
COMMENT ON COLUMN day_estimate.hour_uncertainty IS 'Expanded uncertainty of one estimated hour, k = 2 [count], root mean square over the day.';
COMMENT ON COLUMN day_estimate.hourly IS '24 estimates by wall-clock hour [count], NULL where the hour was measured or cannot be estimated.';

CREATE TABLE balance_group (
    id   integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL UNIQUE,
    site_id integer REFERENCES site
);
COMMENT ON TABLE balance_group IS 'Reference instruments and the members that must add up to them.';
COMMENT ON COLUMN balance_group.id IS 'Number of the group in this store.';
COMMENT ON COLUMN balance_group.code IS 'Code of the group.';
COMMENT ON COLUMN balance_group.site_id IS 'Site whose balance it is.';

CREATE TABLE balance_membership (
    group_id      integer NOT NULL REFERENCES balance_group,
    instrument_id integer NOT NULL REFERENCES instrument,
    register_id   smallint NOT NULL REFERENCES register,
    role          text NOT NULL CHECK (role IN ('reference', 'member')),
    sign          smallint NOT NULL CHECK (sign IN (-1, 1)),
    since         date NOT NULL,
    until         date CHECK (until > since),
    PRIMARY KEY (group_id, instrument_id, register_id, since)
);
COMMENT ON TABLE balance_membership IS 'One instrument''s part in a balance group, for the days on which it holds.';
COMMENT ON COLUMN balance_membership.group_id IS 'The group.';
COMMENT ON COLUMN balance_membership.instrument_id IS 'The instrument.';
COMMENT ON COLUMN balance_membership.register_id IS 'Its register that counts.';
COMMENT ON COLUMN balance_membership.role IS 'reference or member.';
COMMENT ON COLUMN balance_membership.sign IS '+1 adds, -1 subtracts.';
COMMENT ON COLUMN balance_membership.since IS 'First day in force.';
COMMENT ON COLUMN balance_membership.until IS 'First day no longer in force; NULL while open.';

CREATE TABLE judge (
    id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text NOT NULL,
    version     text NOT NULL,
    grade       text NOT NULL CHECK (grade IN ('exact', 'statistical')),
    question_zh text NOT NULL,
    question_en text NOT NULL,
    check_zh    text NOT NULL,
    check_en    text NOT NULL,
    method      text NOT NULL,
    parameters  jsonb NOT NULL,
    policy_hash text NOT NULL,
    digest      text NOT NULL,
    false_alarms_per_1000_instrument_years double precision,
    rates       jsonb NOT NULL DEFAULT '{}',
    UNIQUE (name, version, policy_hash, digest)
);
COMMENT ON TABLE judge IS 'A rule or detector as it was when it spoke: what an alert needs to be recomputed.';
COMMENT ON COLUMN judge.id IS 'Number of this judge in this state.';
COMMENT ON COLUMN judge.name IS 'Name: its file in anomaly/rules or anomaly/detectors.';
COMMENT ON COLUMN judge.version IS 'Version of the judge.';
COMMENT ON COLUMN judge.grade IS 'exact or statistical; never mixed.';
COMMENT ON COLUMN judge.question_zh IS 'The question it puts to evidence, in Chinese.';
COMMENT ON COLUMN judge.question_en IS 'The same in English.';
COMMENT ON COLUMN judge.check_zh IS 'How a person on the spot can check what it claims, in Chinese.';
COMMENT ON COLUMN judge.check_en IS 'The same in English.';
COMMENT ON COLUMN judge.method IS 'Method sheet.';
COMMENT ON COLUMN judge.parameters IS 'Parameters in force, with units in their names.';
COMMENT ON COLUMN judge.policy_hash IS 'SHA-256 of the policy in force.';
COMMENT ON COLUMN judge.digest IS 'SHA-256 of method, parameters, question and check: defaults changed without a new version are another state.';
COMMENT ON COLUMN judge.false_alarms_per_1000_instrument_years IS 'Stated false-alarm rate on honest data [1/(1000 instrument-years)]; NULL for a rule, which has none.';
COMMENT ON COLUMN judge.rates IS 'Stated false-alarm rate of each kind on which it is not the judge''s own [1/(1000 instrument-years)].';

CREATE TABLE judging (
    judge_name  text NOT NULL,
    kind        text NOT NULL,
    block       integer NOT NULL,
    period      daterange NOT NULL,
    instruments integer NOT NULL,
    judged_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (block, judge_name, kind, period)
);
COMMENT ON TABLE judging IS 'About how many instruments a judge was asked in a period; those that it could not judge stand in not_judged.';
COMMENT ON COLUMN judging.judge_name IS 'The judge.';
COMMENT ON COLUMN judging.kind IS 'Kind of the instruments.';
COMMENT ON COLUMN judging.block IS 'Instrument id divided by 4,096.';
COMMENT ON COLUMN judging.period IS 'Civil days judged.';
COMMENT ON COLUMN judging.instruments IS 'How many instruments.';
COMMENT ON COLUMN judging.judged_at IS 'When the judge last looked.';
CREATE INDEX judging_period ON judging USING gist (period);

CREATE TABLE not_judged (
    judge_name    text NOT NULL,
    block         integer NOT NULL,
    period        daterange NOT NULL,
    reason        text NOT NULL,
    instruments   integer NOT NULL,
    judged_at     timestamptz NOT NULL DEFAULT now(),
    kind          text,
    members       bytea CHECK (octet_length(members) = 512),
    CONSTRAINT not_judged_key UNIQUE NULLS NOT DISTINCT (block, judge_name, kind, period, reason)
);
COMMENT ON TABLE not_judged IS 'How many instruments a judge could not judge in a period, and why: silence must not look like innocence.';
COMMENT ON COLUMN not_judged.judge_name IS 'The judge.';
COMMENT ON COLUMN not_judged.block IS 'Instrument id divided by 4,096.';
COMMENT ON COLUMN not_judged.period IS 'Civil days judged.';
COMMENT ON COLUMN not_judged.reason IS 'Stable code of the missing sufficiency.';
COMMENT ON COLUMN not_judged.instruments IS 'How many instruments.';
COMMENT ON COLUMN not_judged.judged_at IS 'When the judge last looked.';
COMMENT ON COLUMN not_judged.kind IS 'Kind of the instruments; NULL of what was counted before kinds were kept apart.';
COMMENT ON COLUMN not_judged.members IS 'Which ones: bit n, counted from the lowest of each byte, is instrument block × 4,096 + n; NULL where the judge did not tell.';
CREATE INDEX not_judged_period ON not_judged USING gist (period);

CREATE TABLE chance_due (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    month     date NOT NULL CHECK (extract(day FROM month) = 1),
    marked_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE chance_due IS 'Insert-only log of the months whose statistical findings must be set against chance anew.';
COMMENT ON COLUMN chance_due.id IS 'Order of marking.';
COMMENT ON COLUMN chance_due.month IS 'First civil day of the month.';
COMMENT ON COLUMN chance_due.marked_at IS 'When it was marked.';

CREATE TABLE chance (
    month        date PRIMARY KEY CHECK (extract(day FROM month) = 1),
    questions    bigint NOT NULL,
    found        integer NOT NULL,
    standing_out integer NOT NULL,
    at_most      double precision NOT NULL,
    reckoned_at  timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE chance IS 'How the statistical findings of a month, of the whole fleet together, were set against chance.';
COMMENT ON COLUMN chance.month IS 'First civil day of the month in which they were noticed.';
COMMENT ON COLUMN chance.questions IS 'Questions that statistical judges answered [judge × instrument].';
COMMENT ON COLUMN chance.found IS 'Of these, those answered with a finding.';
COMMENT ON COLUMN chance.standing_out IS 'Of these, those that stand out from chance and may open alerts.';
COMMENT ON COLUMN chance.at_most IS 'Largest share of chance findings that the policy allowed.';
COMMENT ON COLUMN chance.reckoned_at IS 'When it was last reckoned.';

CREATE TABLE alert (
    id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    judge_name        text NOT NULL,
    grade             text NOT NULL CHECK (grade IN ('exact', 'statistical')),
    instrument_id     integer REFERENCES instrument,
    register_id       smallint REFERENCES register,
    severity          text NOT NULL CHECK (severity IN ('critical', 'major', 'minor', 'warning', 'indeterminate')),
    severity_reasons  jsonb NOT NULL DEFAULT '[]',
    condition_present boolean NOT NULL,
    since             timestamptz NOT NULL,
    last_finding_at   timestamptz NOT NULL,
    findings          integer NOT NULL,
    statement_zh      text NOT NULL,
    statement_en      text NOT NULL,
    magnitude         double precision NOT NULL,
    magnitude_unit    text NOT NULL,
    uncertainty       double precision,
    relative_percent  double precision,
    mpe_percent       numeric,
    mpe_source_zh     text,
    mpe_source_en     text,
    cost_amount       numeric,
    cost_basis_zh     text,
    cost_basis_en     text,
    opened_at         timestamptz NOT NULL DEFAULT now(),
    acknowledged_at   timestamptz,
    acknowledged_by   text,
    shelved_until     timestamptz,
    closed_at         timestamptz,
    closed_reason     text CHECK (closed_reason IN ('withdrawn', 'handled', 'chance')),
    version           integer NOT NULL DEFAULT 1,
    source_id         integer REFERENCES source,
    since_earliest    timestamptz,
    since_latest      timestamptz,
    p_value           double precision,
    q_value           double precision,
    CONSTRAINT alert_speaks_of_one CHECK (num_nonnulls(instrument_id, source_id) = 1),
    CONSTRAINT alert_closed_with_reason CHECK ((closed_at IS NULL) = (closed_reason IS NULL)),
    CONSTRAINT alert_texts_in_both_languages CHECK (
        (mpe_source_zh IS NULL) = (mpe_source_en IS NULL) AND (cost_basis_zh IS NULL) = (cost_basis_en IS NULL))
);
COMMENT ON TABLE alert IS 'An open, de-duplicated finding that a person must handle; condition and human handling are separate facts (ISA-18.2).';
COMMENT ON COLUMN alert.id IS 'Number by which people call the alert.';
COMMENT ON COLUMN alert.judge_name IS 'The judge that speaks.';
COMMENT ON COLUMN alert.grade IS 'exact or statistical.';
COMMENT ON COLUMN alert.instrument_id IS 'The instrument spoken of; NULL where a source is.';
COMMENT ON COLUMN alert.register_id IS 'The register spoken of; NULL where the instrument or a transaction is meant.';
COMMENT ON COLUMN alert.severity IS 'How urgently a person is needed.';
COMMENT ON COLUMN alert.severity_reasons IS 'Why it is that severe.';
COMMENT ON COLUMN alert.condition_present IS 'Whether the condition lasts at the end of the evidence.';
COMMENT ON COLUMN alert.since IS 'Onset of the first finding.';
COMMENT ON COLUMN alert.last_finding_at IS 'Instant of the latest evidence.';
COMMENT ON COLUMN alert.findings IS 'Findings gathered under this alert, withdrawn ones left out.';
COMMENT ON COLUMN alert.statement_zh IS 'Statement of the gravest finding, in Chinese.';
COMMENT ON COLUMN alert.statement_en IS 'The same in English.';
COMMENT ON COLUMN alert.magnitude IS 'Size of the effect in the gravest finding [magnitude_unit].';
COMMENT ON COLUMN alert.magnitude_unit IS 'UCUM code.';
COMMENT ON COLUMN alert.uncertainty IS 'Expanded uncertainty, k = 2 [magnitude_unit].';
COMMENT ON COLUMN alert.relative_percent IS 'Effect as a share of what was expected [%].';
COMMENT ON COLUMN alert.mpe_percent IS 'Maximum permissible error it is compared with [%].';
COMMENT ON COLUMN alert.mpe_source_zh IS 'Where that limit stands and what was assumed, in Chinese.';
COMMENT ON COLUMN alert.mpe_source_en IS 'The same in English.';
COMMENT ON COLUMN alert.cost_amount IS 'Estimated cost to the public, all findings together [CNY].';
COMMENT ON COLUMN alert.cost_basis_zh IS 'How the cost was reckoned, in Chinese: quantity and tariff of the gravest finding.';
COMMENT ON COLUMN alert.cost_basis_en IS 'The same in English.';
COMMENT ON COLUMN alert.opened_at IS 'When the alert was raised.';
COMMENT ON COLUMN alert.acknowledged_at IS 'When a person took note.';
COMMENT ON COLUMN alert.acknowledged_by IS 'Who took note.';
COMMENT ON COLUMN alert.shelved_until IS 'Shelved until then.';
COMMENT ON COLUMN alert.closed_at IS 'When it was closed.';
COMMENT ON COLUMN alert.closed_reason IS 'Why it was closed: handled, withdrawn because fuller evidence no longer shows it, or no longer set apart from chance.';
COMMENT ON COLUMN alert.version IS 'Grows with every change; ETag of the API.';
COMMENT ON COLUMN alert.source_id IS 'The source spoken of; NULL where an instrument is.';
COMMENT ON COLUMN alert.since_earliest IS 'Earliest that the onset of the first finding can be; NULL where it is exact.';
COMMENT ON COLUMN alert.since_latest IS 'Latest that it can be.';
COMMENT ON COLUMN alert.p_value IS 'p-value of the gravest finding; NULL for an exact claim.';
COMMENT ON COLUMN alert.q_value IS 'q-value of the gravest finding.';
CREATE UNIQUE INDEX alert_open ON alert (judge_name, instrument_id) WHERE closed_at IS NULL;
CREATE UNIQUE INDEX alert_open_on_source ON alert (judge_name, source_id) WHERE closed_at IS NULL AND source_id IS NOT NULL;
CREATE INDEX alert_source ON alert (source_id, id) WHERE source_id IS NOT NULL;
CREATE INDEX alert_instrument ON alert (instrument_id, id);
CREATE INDEX alert_judge ON alert (judge_name, id);
CREATE INDEX alert_severity ON alert (severity, id);
CREATE INDEX alert_open_newest ON alert (id) WHERE closed_at IS NULL;
CREATE INDEX alert_open_severity ON alert (severity, id) WHERE closed_at IS NULL;
CREATE INDEX alert_open_instrument ON alert (instrument_id) WHERE closed_at IS NULL;
CREATE INDEX alert_unacknowledged ON alert (id) WHERE closed_at IS NULL AND acknowledged_at IS NULL;

CREATE TABLE finding (
    id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    alert_id          bigint REFERENCES alert,
    judge_id          integer NOT NULL REFERENCES judge,
    judge_name        text NOT NULL,
    instrument_id     integer REFERENCES instrument,
    register_id       smallint REFERENCES register,
    onset             timestamptz NOT NULL,
    until             timestamptz,
    noticed_at        timestamptz NOT NULL,
    horizon           timestamptz NOT NULL,
    statement_zh      text NOT NULL,
    statement_en      text NOT NULL,
    magnitude         double precision NOT NULL,
    magnitude_unit    text NOT NULL,
    uncertainty       double precision,
    relative_percent  double precision,
    p_value           double precision,
    loss              double precision,
    severity          text NOT NULL CHECK (severity IN ('critical', 'major', 'minor', 'warning', 'indeterminate')),
    severity_reasons  jsonb NOT NULL DEFAULT '[]',
    mpe_percent       numeric,
    mpe_source_zh     text,
    mpe_source_en     text,
    cost_amount       numeric,
    cost_basis_zh     text,
    cost_basis_en     text,
    evidence          jsonb NOT NULL,
    recorded_at       timestamptz NOT NULL DEFAULT now(),
    withdrawn_at      timestamptz,
    source_id         integer REFERENCES source,
    onset_earliest    timestamptz,
    onset_latest      timestamptz,
    evidence_from     timestamptz,
    evidence_to       timestamptz,
    cost_quantity     numeric,
    cost_price        numeric,
    q_value           double precision,
    stands_out        boolean NOT NULL DEFAULT TRUE,
    CONSTRAINT finding_key UNIQUE NULLS NOT DISTINCT (judge_name, instrument_id, source_id, register_id, onset),
    CONSTRAINT finding_onset_in_its_interval CHECK (onset_earliest <= onset AND onset <= onset_latest),
    CONSTRAINT finding_speaks_of_one CHECK (num_nonnulls(instrument_id, source_id) = 1),
    CONSTRAINT finding_texts_in_both_languages CHECK (
        (mpe_source_zh IS NULL) = (mpe_source_en IS NULL) AND (cost_basis_zh IS NULL) = (cost_basis_en IS NULL))
);
COMMENT ON TABLE finding IS 'A claim of one judge on one instrument or one source, with the evidence that reproduces it.';
COMMENT ON COLUMN finding.id IS 'Number of the finding.';
COMMENT ON COLUMN finding.alert_id IS 'The alert it belongs to.';
COMMENT ON COLUMN finding.judge_id IS 'The judge, in the version and policy in which it last said so.';
COMMENT ON COLUMN finding.judge_name IS 'Name of the judge, part of the key across its versions.';
COMMENT ON COLUMN finding.instrument_id IS 'The instrument; NULL where a source is spoken of.';
COMMENT ON COLUMN finding.register_id IS 'The register; NULL where the instrument or a transaction is meant.';
COMMENT ON COLUMN finding.onset IS 'Since when.';
COMMENT ON COLUMN finding.until IS 'When it ended; NULL while it lasted at the horizon.';
COMMENT ON COLUMN finding.noticed_at IS 'Instant of the last evidence that the claim needs; places the finding in one judged period.';
COMMENT ON COLUMN finding.horizon IS 'End of the evidence that was looked at.';
COMMENT ON COLUMN finding.statement_zh IS 'The claim in Chinese.';
COMMENT ON COLUMN finding.statement_en IS 'The claim in English.';
COMMENT ON COLUMN finding.magnitude IS 'Size of the effect [magnitude_unit].';
COMMENT ON COLUMN finding.magnitude_unit IS 'UCUM code.';
COMMENT ON COLUMN finding.uncertainty IS 'Expanded uncertainty, k = 2 [magnitude_unit]; NULL for an exact claim.';
COMMENT ON COLUMN finding.relative_percent IS 'Effect as a share of what was expected [%].';
COMMENT ON COLUMN finding.p_value IS 'Probability of evidence at least as strong from an honest instrument; NULL for an exact claim.';
COMMENT ON COLUMN finding.loss IS 'Quantity possibly mis-measured to anybody''s cost [magnitude_unit].';
COMMENT ON COLUMN finding.severity IS 'How urgently a person is needed because of it.';
COMMENT ON COLUMN finding.severity_reasons IS 'Why it is that severe.';
COMMENT ON COLUMN finding.mpe_percent IS 'Maximum permissible error it is compared with [%].';
COMMENT ON COLUMN finding.mpe_source_zh IS 'Where that limit stands and what was assumed, in Chinese.';
COMMENT ON COLUMN finding.mpe_source_en IS 'The same in English.';
COMMENT ON COLUMN finding.cost_amount IS 'Estimated cost to the public [CNY].';
COMMENT ON COLUMN finding.cost_basis_zh IS 'How the cost was reckoned, in Chinese: quantity and tariff.';
COMMENT ON COLUMN finding.cost_basis_en IS 'The same in English.';
COMMENT ON COLUMN finding.evidence IS 'Numbers that reproduce the claim.';
COMMENT ON COLUMN finding.recorded_at IS 'When it was first recorded.';
COMMENT ON COLUMN finding.withdrawn_at IS 'When fuller evidence no longer showed it; the row stays readable.';
COMMENT ON COLUMN finding.source_id IS 'The source; NULL where an instrument is spoken of.';
COMMENT ON COLUMN finding.onset_earliest IS 'Earliest that the onset can be; NULL where it is exact.';
COMMENT ON COLUMN finding.onset_latest IS 'Latest that the onset can be; NULL where it is exact.';
COMMENT ON COLUMN finding.evidence_from IS 'Beginning of the data that the claim was made from; NULL of what was recorded before this was kept.';
COMMENT ON COLUMN finding.evidence_to IS 'End of these data.';
COMMENT ON COLUMN finding.cost_quantity IS 'Quantity that the cost was reckoned from, as it is shown [magnitude_unit]; NULL where amounts were compared.';
COMMENT ON COLUMN finding.cost_price IS 'Tariff that the cost was reckoned by [CNY/magnitude_unit].';
COMMENT ON COLUMN finding.q_value IS 'Of the statistical findings of its month at least as strong, the share that chance alone accounts for, at most; NULL for an exact claim, and until it was reckoned.';
COMMENT ON COLUMN finding.stands_out IS 'Whether it may open an alert: an exact claim always, a statistical one where its q-value keeps to the policy.';
CREATE INDEX finding_alert ON finding (alert_id, id);
CREATE INDEX finding_source ON finding (judge_name, source_id, id) WHERE source_id IS NOT NULL;
CREATE INDEX finding_noticed ON finding (judge_name, noticed_at, instrument_id);

CREATE TABLE supervision_case (
    id        integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code      text NOT NULL UNIQUE,
    site_id   integer REFERENCES site,
    opened_at timestamptz NOT NULL DEFAULT now(),
    opened_by text NOT NULL,
    deadline  date,
    closed_at timestamptz,
    result    text CHECK (result IN ('confirmed', 'out_of_tolerance', 'not_confirmed', 'not_verifiable'))
);
COMMENT ON TABLE supervision_case IS 'The inspection that follows alerts, closed with a result that labels the judge''s scorecard (Case; the bare word is reserved in SQL).';
COMMENT ON COLUMN supervision_case.id IS 'Number of the case in this store.';
COMMENT ON COLUMN supervision_case.code IS 'Code by which people call the case.';
COMMENT ON COLUMN supervision_case.site_id IS 'Where the inspection takes place.';
COMMENT ON COLUMN supervision_case.opened_at IS 'When it was opened.';
COMMENT ON COLUMN supervision_case.opened_by IS 'Who opened it.';
COMMENT ON COLUMN supervision_case.deadline IS 'Day by which it must be done.';
COMMENT ON COLUMN supervision_case.closed_at IS 'When it was closed.';
COMMENT ON COLUMN supervision_case.result IS 'Result of the inspection.';

CREATE TABLE case_alert (
    case_id  integer NOT NULL REFERENCES supervision_case,
    alert_id bigint NOT NULL REFERENCES alert,
    PRIMARY KEY (case_id, alert_id)
);
COMMENT ON TABLE case_alert IS 'The alerts that a case follows.';
COMMENT ON COLUMN case_alert.case_id IS 'The case.';
COMMENT ON COLUMN case_alert.alert_id IS 'The alert.';

CREATE TABLE outbox (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at       timestamptz NOT NULL DEFAULT now(),
    topic    text NOT NULL,
    alert_id bigint NOT NULL REFERENCES alert,
    payload  jsonb NOT NULL
);
COMMENT ON TABLE outbox IS 'What happened to alerts, in order of commit: writers hold an advisory lock, so a smaller id never appears after a larger one.';
COMMENT ON COLUMN outbox.id IS 'Order of commit; id of the live feed.';
COMMENT ON COLUMN outbox.at IS 'Start of the writing transaction.';
COMMENT ON COLUMN outbox.topic IS 'alert.opened, alert.updated, alert.acknowledged or alert.closed.';
COMMENT ON COLUMN outbox.alert_id IS 'The alert.';
COMMENT ON COLUMN outbox.payload IS 'Which alert, topic and version; what the alert says is read from the alert when it is sent.';

CREATE TABLE outbox_horizon (
    single         boolean PRIMARY KEY DEFAULT TRUE CHECK (single),
    pruned_through bigint NOT NULL
);
COMMENT ON TABLE outbox_horizon IS 'How far back the live feed can be resumed; one row at most, none while nothing was ever pruned.';
COMMENT ON COLUMN outbox_horizon.single IS 'Keeps the table at one row.';
COMMENT ON COLUMN outbox_horizon.pruned_through IS 'Largest outbox id that was pruned: a listener that stopped before it has missed something.';

CREATE TABLE courier (
    destination text PRIMARY KEY,
    delivered   bigint NOT NULL DEFAULT 0,
    attempts    integer NOT NULL DEFAULT 0,
    next_at     timestamptz NOT NULL DEFAULT now(),
    failure     text,
    stopped_at  timestamptz
);
COMMENT ON TABLE courier IS 'How far each destination of the bridge has been served.';
COMMENT ON COLUMN courier.destination IS 'Address of the receiver.';
COMMENT ON COLUMN courier.delivered IS 'Last outbox id delivered.';
COMMENT ON COLUMN courier.attempts IS 'Failed attempts at the next one.';
COMMENT ON COLUMN courier.next_at IS 'Not before then.';
COMMENT ON COLUMN courier.failure IS 'Why the last attempt failed.';
COMMENT ON COLUMN courier.stopped_at IS 'When the receiver asked for no more (410 Gone); NULL while it is served.';

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

CREATE TABLE api_key (
    id         text PRIMARY KEY,
    name       text NOT NULL,
    role       text NOT NULL CHECK (role IN ('viewer', 'supervisor', 'administrator', 'source')),
    digest     bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    revoked_at timestamptz,
    source_id  integer REFERENCES source,
    CONSTRAINT api_key_of_source CHECK ((role = 'source') = (source_id IS NOT NULL))
);
COMMENT ON TABLE api_key IS 'Keys to the API; the secret itself is shown once and never stored.';
COMMENT ON COLUMN api_key.id IS 'Public part of the key.';
COMMENT ON COLUMN api_key.name IS 'Whose key it is.';
COMMENT ON COLUMN api_key.role IS 'What it may do.';
COMMENT ON COLUMN api_key.digest IS 'SHA-256 of the 256-bit random secret.';
COMMENT ON COLUMN api_key.created_at IS 'When it was made.';
COMMENT ON COLUMN api_key.expires_at IS 'Not valid after.';
COMMENT ON COLUMN api_key.revoked_at IS 'Revoked since.';
COMMENT ON COLUMN api_key.source_id IS 'The one source that it speaks for; of role source alone.';

CREATE TABLE push (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source_id   integer NOT NULL REFERENCES source,
    way         text NOT NULL CHECK (way IN ('http', 'import')),
    name        text NOT NULL,
    began_at    timestamptz NOT NULL DEFAULT now(),
    last_at     timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    digest      bytea,
    CONSTRAINT push_once UNIQUE (source_id, way, name),
    CONSTRAINT push_finished CHECK ((finished_at IS NULL) = (digest IS NULL))
);
COMMENT ON TABLE push IS 'What a source handed over in one piece, by HTTP or as a file: sent again under the same name it counts once.';
COMMENT ON COLUMN push.id IS 'Number of the push in this store.';
COMMENT ON COLUMN push.source_id IS 'Who speaks.';
COMMENT ON COLUMN push.way IS 'http: POST /v1/telemetry; import: hengjian import.';
COMMENT ON COLUMN push.name IS 'Idempotency-Key of the request; SHA-256 of the imported file.';
COMMENT ON COLUMN push.began_at IS 'First attempt.';
COMMENT ON COLUMN push.last_at IS 'Last attempt or last commit; after a while it is forgotten.';
COMMENT ON COLUMN push.finished_at IS 'When the whole of it was committed; NULL while it is not.';
COMMENT ON COLUMN push.digest IS 'SHA-256 chained over all chunks: what was sent, whole; NULL while it is not known.';
CREATE INDEX push_last ON push (last_at);

CREATE TABLE push_chunk (
    push_id  bigint NOT NULL REFERENCES push ON DELETE CASCADE,
    number   integer NOT NULL CHECK (number >= 0),
    digest   bytea NOT NULL,
    tally    jsonb NOT NULL,
    causes   jsonb NOT NULL,
    refusals jsonb NOT NULL,
    PRIMARY KEY (push_id, number)
);
COMMENT ON TABLE push_chunk IS 'What was committed of a push, chunk by chunk, each in the transaction of its readings: an attempt after a crash finds it and goes on behind it.';
COMMENT ON COLUMN push_chunk.push_id IS 'The push.';
COMMENT ON COLUMN push_chunk.number IS 'Which chunk, from 0; where a chunk ends follows from the content alone.';
COMMENT ON COLUMN push_chunk.digest IS 'SHA-256 chained over the content up to the end of this chunk.';
COMMENT ON COLUMN push_chunk.tally IS 'What became of it, named as in table intake; zeros left out.';
COMMENT ON COLUMN push_chunk.causes IS 'Messages put into quarantine, by cause.';
COMMENT ON COLUMN push_chunk.refusals IS 'The first of these: line, cause, detail, number in quarantine.';

CREATE TABLE weather (
    region      text NOT NULL CHECK (region <> ''),
    day         date NOT NULL,
    temperature double precision NOT NULL CHECK (temperature BETWEEN -90 AND 60),
    source      text NOT NULL CHECK (source <> ''),
    imported_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (region, day)
);
COMMENT ON TABLE weather IS 'Outdoor weather of regions by civil day, as somebody imported it; a correction replaces what stood, and the days are judged again.';
COMMENT ON COLUMN weather.region IS 'GB/T 2260 code, six digits: a district, or a city or province (ending in 00 or 0000) for all its districts without their own; or a site''s IANA zone where it has no code.';
COMMENT ON COLUMN weather.day IS 'Civil day of the region.';
COMMENT ON COLUMN weather.temperature IS 'Mean outdoor temperature of the day [°C].';
COMMENT ON COLUMN weather.source IS 'Who measured it: station, service or file, for people.';
COMMENT ON COLUMN weather.imported_at IS 'When it was entered or last corrected.';

CREATE TABLE audit (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      timestamptz NOT NULL DEFAULT now(),
    actor   text NOT NULL,
    action  text NOT NULL,
    subject text NOT NULL,
    detail  jsonb NOT NULL DEFAULT '{}'
);
COMMENT ON TABLE audit IS 'Who did what, when, to which subject; rows are only ever added.';
COMMENT ON COLUMN audit.id IS 'Order of writing.';
COMMENT ON COLUMN audit.at IS 'Start of the writing transaction.';
COMMENT ON COLUMN audit.actor IS 'Name of the key, or of the service.';
COMMENT ON COLUMN audit.action IS 'What was done, a dotted verb: alert.acknowledge.';
COMMENT ON COLUMN audit.subject IS 'To what: alert:12, instrument:7.';
COMMENT ON COLUMN audit.detail IS 'The particulars.';
CREATE INDEX audit_subject ON audit (subject, id);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are evidence: they are only ever added', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END
$$;
COMMENT ON FUNCTION refuse_change() IS 'Keeps evidence append-only.';

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON reading FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON reading_conflict FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON transaction FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON transaction_conflict FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON event FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON intake FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON signed_message FOR EACH ROW EXECUTE FUNCTION refuse_change();
