"""Ad files: cells, line ends, the validator."""
