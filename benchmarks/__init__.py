"""What is measured, against whom, in which ratio: `make bench [ONLY=name]`."""
