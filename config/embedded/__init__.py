"""PostgreSQL and Valkey out of wheels, run for as long as somebody uses them (docs/running.md).

Nothing in this package imports Django: it has to be light, and it runs before settings are read.
"""
