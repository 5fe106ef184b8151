"""Probing: servers that are probed, and whoever probes them, each round in a process of its own."""
