"""`vitrine provision`: what Vitrine needs on Google Cloud, made once and kept as it should be.

`desired` says what there should be, `pubsub`, `bigquery` and `storage` what there is, `difference`
what differs, `applying` makes it so, and `roles` says who needs which role on it.
"""
