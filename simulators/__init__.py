"""The world: a seeded city of instruments with labelled tampering, and the replay of recorded data.

Encodes the native format on its own (imports neither store nor ingest), so that a mistake of the decoder cannot cancel
out against the same mistake here.
"""
