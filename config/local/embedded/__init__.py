"""PostgreSQL and Valkey out of wheels, run while somebody uses them (docs/running.md). Django is not imported."""
