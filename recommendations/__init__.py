"""Recommendations measured on past days, and a shop's own models beside them."""
