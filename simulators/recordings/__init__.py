"""Recorded data as native messages: what a file holds, which kinds its instruments are, when things happened."""
