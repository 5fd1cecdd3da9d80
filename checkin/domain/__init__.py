"""The rules of an event's day, pure: no I/O, no clock, no randomness. Time and seeds come in as arguments."""
