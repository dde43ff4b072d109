"""Forgetting a person: what identifies them, where it stands, and what is kept in its place."""
