"""Stand-ins for the four outside services, for demonstrations and tests (docs/running.md).

Nothing in this package imports Django.
"""
