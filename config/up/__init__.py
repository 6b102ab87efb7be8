"""`manage.py up`: the whole product on one machine, as supervised processes (docs/running.md).

Nothing in this package imports Django: the supervisor stays small and starts at once.
"""
