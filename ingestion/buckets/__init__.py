"""Raw roots in object stores: `gs://bucket/prefix` and `s3://bucket/prefix`."""
