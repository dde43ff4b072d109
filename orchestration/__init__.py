"""What runs Vitrine every night, and what makes the place it runs in."""
