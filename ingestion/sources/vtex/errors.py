"""What can go wrong with VTEX, each in a sentence that says what to do."""


class VtexError(Exception):
    """A request has no good answer; the message names the request, never what was in it."""


class NotFoundError(VtexError):
    """VTEX has nothing under this address (404)."""


class UnavailableError(VtexError):
    """VTEX did not give a good answer however often it was asked; it may later."""


class RefusedError(VtexError):
    """VTEX does not let this key in there: asking for more of that is of no use (403)."""


class UnknownKeyError(RefusedError):
    """VTEX does not let this key in at all (401)."""
