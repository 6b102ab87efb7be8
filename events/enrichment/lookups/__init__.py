"""Looking up what outside services know: side by side, with time-outs, retries, a circuit breaker and a cache.

It knows nothing of events and enrichers. The page about it: docs/enrichment.md.
"""
