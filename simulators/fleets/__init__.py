"""One fleet of one kind (or of one sort of station), one file: instruments, true physics, and a day's book."""
