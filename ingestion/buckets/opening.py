"""Opening a bucket: the one place that knows which store has which library."""

from ingestion.buckets.bucket import Bucket
from ingestion.buckets.storage import BucketStorage
from ingestion.errors import LandingError


def open_bucket(scheme: str, name: str, prefix: str) -> BucketStorage:
    """Open `scheme://name/prefix`; raises LandingError without its library or credentials."""
    url = f"{scheme}://{name}/{prefix}".rstrip("/")
    extra = "gcs" if scheme == "gs" else "s3"
    try:
        bucket = _connect(scheme, name)
    except ImportError as error:
        raise LandingError(
            f"{url}: the library for {scheme}:// is missing ({error.name}); "
            f"run: pip install 'vitrine[{extra}]'"
        ) from error
    return BucketStorage(url, bucket, f"{prefix}/" if prefix else "")


def _connect(scheme: str, name: str) -> Bucket:
    if scheme == "s3":
        from ingestion.buckets.s3 import S3Bucket  # noqa: PLC0415 (an extra)

        return S3Bucket(name)
    from google.auth.exceptions import GoogleAuthError  # noqa: PLC0415 (an extra)

    from ingestion.buckets.gcs import GcsBucket  # noqa: PLC0415 (an extra)

    try:
        return GcsBucket(name)
    except GoogleAuthError as error:
        raise LandingError(
            f"gs://{name}: no credentials: {GcsBucket.credentials_advice}."
        ) from error
