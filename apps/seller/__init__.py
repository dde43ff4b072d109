"""The sellers' page: who is at the counter, and what they did online minutes ago."""
