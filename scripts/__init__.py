"""Measurements, each beside what it is compared with. Nothing here is a test."""
