"""`manage.py up`: the whole product on one machine (docs/running.md). Django is not imported: `up` stays small."""
