-- What is said of single days short of an alert, and what was estimated where nothing was measured.

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
