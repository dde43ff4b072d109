"""Running the gateway until it is told to stop."""

import gc
import logging
import resource
import signal
import socket

import uvicorn
from starlette.types import ASGIApp

from ingestion.errors import LandingError
from ingestion.gateway.config import Limits
from ingestion.gateway.protocol import make_protocol

_KEEP_ALIVE_SECONDS = 30
_BACKLOG = 2_048
_GARBAGE_OBJECTS = 50_000
_OTHER_FILES = 256

_log = logging.getLogger(__name__)


class _Server(uvicorn.Server):
    """uvicorn's server, which says where it listens, and when it stops."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for one in sockets or []:
            host, port = one.getsockname()[:2]
            shown = f"[{host}]" if ":" in host else host
            _log.info("listening on http://%s:%d", shown, port)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        _log.info("stopping: %d requests are under way", len(self.server_state.tasks))
        await super().shutdown(sockets)
        _log.info("stopped; all that was answered with 2xx is kept")


def listen(host: str, port: int) -> socket.socket:
    """Open the port (0: any that is free); raises LandingError if it cannot be had."""
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family, backlog=_BACKLOG)
    except OSError as error:
        reason = error.strerror or str(error)
        raise LandingError(
            f"cannot listen on {host}, port {port}: {reason}; choose others with --host and --port."
        ) from error


def run(app: ASGIApp, limits: Limits, listening: socket.socket) -> None:
    """Serve until SIGTERM or SIGINT; returns when all who were let in have their answer."""
    # uvicorn raises the signal once more when it is done: it has been heeded by then.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: None)
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    server = _Server(
        uvicorn.Config(
            app,
            http=make_protocol(limits),
            loop="uvloop",
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=int(limits.body_seconds + limits.answer_seconds) + 1,
        )
    )
    _allow_files(2 * limits.connections + _OTHER_FILES)
    # What was made until now stays: looking through it for garbage cost a third of every request.
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GARBAGE_OBJECTS)
    server.run([listening])


def _allow_files(count: int) -> None:
    """Let this process have as many files open as its connections may need."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = count if hard == resource.RLIM_INFINITY else min(count, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    if most < count:
        _log.warning("only %d files may be open: raise `ulimit -n` or lower `connections`", most)
