"""A store that does not exist: its messages in VTEX shapes, of any size, by seed."""
