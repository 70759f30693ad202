"""Consumption made comparable, one file for each thing it is held against.

`anomaly/fleet_adjustment.py` holds it against the own history and the peers' common day; here are the own loading on
that common day, the weather, and a reference that is known. `scale` turns what is left over into multiples of its own
scatter; `rank_scores` does so by rank among peers, where no normal law is to be trusted.
"""
