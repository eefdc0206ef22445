"""Measurements and long drills, run by `make bench` and never by the test suite."""
