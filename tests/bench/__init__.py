"""The ingest benchmark, `make bench`: what a durable message costs, beside the obvious design in the same run.

It listens on the loopback only, makes a private PostGIS of its own, and stops by itself within a few minutes.
"""
