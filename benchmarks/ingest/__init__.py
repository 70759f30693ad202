"""How fast the way in is, held against what the same broker and the same database could do without it."""
