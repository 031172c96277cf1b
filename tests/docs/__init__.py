"""The documentation can fail: its examples run, and everything has its place in it."""
