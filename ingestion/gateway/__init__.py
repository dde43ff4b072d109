"""The HTTP door: hooks, pixels, tills and Pub/Sub push, answered once what they say is kept."""
