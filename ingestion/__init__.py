"""Landing: every message kept as it came, in the raw layer, and accounted for."""
