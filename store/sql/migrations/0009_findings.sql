-- Since when, as an interval; what a finding was made of; which of them stand out from chance; and who could not be judged.

ALTER TABLE finding
    ADD COLUMN onset_earliest timestamptz,
    ADD COLUMN onset_latest timestamptz,
    ADD COLUMN evidence_from timestamptz,
    ADD COLUMN evidence_to timestamptz,
    ADD COLUMN cost_quantity numeric,
    ADD COLUMN cost_price numeric,
    ADD COLUMN q_value double precision,
    ADD COLUMN stands_out boolean NOT NULL DEFAULT TRUE,
    ADD CONSTRAINT finding_onset_in_its_interval CHECK (onset_earliest <= onset AND onset <= onset_latest);
COMMENT ON COLUMN finding.onset_earliest IS 'Earliest that the onset can be; NULL where it is exact.';
COMMENT ON COLUMN finding.onset_latest IS 'Latest that the onset can be; NULL where it is exact.';
COMMENT ON COLUMN finding.evidence_from IS 'Beginning of the data that the claim was made from; NULL of what was recorded before this was kept.';
COMMENT ON COLUMN finding.evidence_to IS 'End of these data.';
COMMENT ON COLUMN finding.cost_quantity IS 'Quantity that the cost was reckoned from, as it is shown [magnitude_unit]; NULL where amounts were compared.';
COMMENT ON COLUMN finding.cost_price IS 'Tariff that the cost was reckoned by [CNY/magnitude_unit].';
COMMENT ON COLUMN finding.q_value IS 'Of the statistical findings of its month at least as strong, the share that chance alone accounts for, at most; NULL for an exact claim, and until it was reckoned.';
COMMENT ON COLUMN finding.stands_out IS 'Whether it may open an alert: an exact claim always, a statistical one where its q-value keeps to the policy.';

ALTER TABLE alert
    ADD COLUMN since_earliest timestamptz,
    ADD COLUMN since_latest timestamptz,
    ADD COLUMN p_value double precision,
    ADD COLUMN q_value double precision,
    DROP CONSTRAINT alert_closed_reason_check,
    ADD CONSTRAINT alert_closed_reason_check CHECK (closed_reason IN ('withdrawn', 'handled', 'chance'));
COMMENT ON COLUMN alert.since_earliest IS 'Earliest that the onset of the first finding can be; NULL where it is exact.';
COMMENT ON COLUMN alert.since_latest IS 'Latest that it can be.';
COMMENT ON COLUMN alert.p_value IS 'p-value of the gravest finding; NULL for an exact claim.';
COMMENT ON COLUMN alert.q_value IS 'q-value of the gravest finding.';
COMMENT ON COLUMN alert.closed_reason IS 'Why it was closed: handled, withdrawn because fuller evidence no longer shows it, or no longer set apart from chance.';

ALTER TABLE judge ADD COLUMN rates jsonb NOT NULL DEFAULT '{}';
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

ALTER TABLE not_judged
    ADD COLUMN kind text,
    ADD COLUMN members bytea CHECK (octet_length(members) = 512),
    DROP CONSTRAINT not_judged_pkey,
    ADD CONSTRAINT not_judged_key UNIQUE NULLS NOT DISTINCT (block, judge_name, kind, period, reason);
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
