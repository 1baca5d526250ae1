"""Tests of the SMS door."""
