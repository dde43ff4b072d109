"""A bucket of Amazon S3, or of a store that speaks its protocol (`AWS_ENDPOINT_URL`)."""

from collections.abc import Iterator

from aiohttp import ClientError as ConnectionFailed
from botocore.exceptions import (  # type: ignore[import-untyped]
    ClientError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
    TokenRetrievalError,
)
from fsspec.exceptions import FSTimeoutError
from s3fs import S3FileSystem

from ingestion.buckets.bucket import (
    ATTEMPT,
    CONNECT_SECONDS,
    READ_AHEAD_BYTES,
    READ_SECONDS,
    ImmutableFiles,
    Object,
)


class _Files(ImmutableFiles, S3FileSystem):  # type: ignore[misc] # s3fs is not typed
    """S3 as DuckDB reads it."""


class S3Bucket:
    """See `ingestion.buckets.bucket.Bucket`. Raises OSError if it cannot be made."""

    unanswered: tuple[type[Exception], ...] = (HTTPClientError, ConnectionFailed, FSTimeoutError)
    credentials_advice = (
        "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
        "or give this machine a role"
    )
    permissions = "s3:PutObject, s3:GetObject, s3:DeleteObject and s3:ListBucket"

    def __init__(self, name: str) -> None:
        self._name = name
        self.files = _Files(
            use_listings_cache=False,
            default_block_size=READ_AHEAD_BYTES,
            config_kwargs={
                "connect_timeout": CONNECT_SECONDS,
                "read_timeout": READ_SECONDS,
                "retries": {"mode": "standard", "total_max_attempts": 3},
            },
        )

    def upload(self, key: str, content: bytes, attempt: str) -> None:
        """Create an object. One request whatever its size: s3fs would put large ones in parts."""
        self.files.call_s3(
            "put_object",
            Bucket=self._name,
            Key=key,
            # Bytes, not a file: the library repeats calls, and a file it has read is at its end.
            Body=content,
            Metadata={ATTEMPT: attempt},
            IfNoneMatch="*",
        )

    def find_attempt(self, key: str) -> str | None:
        """Say which attempt made an object."""
        head = self.files.call_s3("head_object", Bucket=self._name, Key=key)
        found: str | None = head["Metadata"].get(ATTEMPT)
        return found

    def copy(self, source: str, key: str) -> None:
        """Copy an object, if there is none at `key`."""
        self.files.call_s3(
            "copy_object",
            Bucket=self._name,
            Key=key,
            CopySource={"Bucket": self._name, "Key": source},
            IfNoneMatch="*",
        )

    def list(self, prefix: str) -> Iterator[Object]:
        """List objects."""
        more: dict[str, str] = {}
        while True:
            page = self.files.call_s3("list_objects_v2", more, Bucket=self._name, Prefix=prefix)
            for one in page.get("Contents", []):
                yield Object(one["Key"], one["Size"], one["LastModified"].timestamp())
            if not page.get("IsTruncated"):
                return
            more = {"ContinuationToken": page["NextContinuationToken"]}

    def remove(self, key: str) -> None:
        """Remove an object."""
        self.files.call_s3("delete_object", Bucket=self._name, Key=key)

    def status(self, error: BaseException) -> int | None:
        """Give the HTTP status of an answer."""
        if isinstance(error, NoCredentialsError | PartialCredentialsError | TokenRetrievalError):
            return 401
        # s3fs makes an OSError of it; what S3 said is its cause.
        answer = error if isinstance(error, ClientError) else error.__cause__
        if not isinstance(answer, ClientError):
            return None
        if answer.response.get("Error", {}).get("Code") in _WRONG_CREDENTIALS:
            return 401
        status: int | None = answer.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        return status


# Answered with 400 or 403.
_WRONG_CREDENTIALS = {
    "ExpiredToken",
    "InvalidAccessKeyId",
    "InvalidToken",
    "SignatureDoesNotMatch",
    "TokenRefreshRequired",
}
