"""The nouns of legal metrology and the law they obey.

Standard library and numpy only: no I/O, no clock, no environment.
"""
