"""The facts of the marts as one script for one engine and one run: the limit of a full build."""
