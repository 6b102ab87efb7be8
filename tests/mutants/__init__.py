"""Mutants: the product with one change that breaks a promise of its documentation; for each a test has to fail.

They are chosen by hand and listed by area in `*.toml` beside this file (docs/testing.md, "Mutants").
"""
