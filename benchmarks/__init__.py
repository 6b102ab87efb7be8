"""`python -m benchmarks`: measures the goals of docs/performance.md, each beside its reference, in one run."""
