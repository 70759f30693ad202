"""Consumption made comparable, one file for each thing it is held against.

`common_factor` takes off the own share of the peers' common day, `degree_days` the weather, `reference` what is known
to have passed, which nobody hands in yet. `scale` turns what is left over into multiples of its own scatter;
`rank_scores` does so by rank among peers, where no normal law is to be trusted.
"""
