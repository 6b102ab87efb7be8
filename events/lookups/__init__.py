"""Asking outside services: side by side, with time-outs, retries, a circuit breaker, and a cache for all workers.

The page about it: docs/enrichment.md.
"""
