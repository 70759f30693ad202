-- Where nothing is declared for a source nothing limits it: there is no setting of ingest that would.

COMMENT ON COLUMN source.messages_per_second IS 'Most messages a second that it may send over time; NULL: any number.';
COMMENT ON COLUMN source.bytes_per_second IS 'Most payload a second that it may send over time [bytes/s]; NULL: any amount.';
COMMENT ON COLUMN source.largest_message IS 'Largest payload that it may send [bytes]; NULL: the limit of the format alone holds.';
