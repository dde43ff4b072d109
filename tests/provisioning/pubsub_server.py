"""Pub/Sub's administration by its public protocol, for what the emulator lacks or never says.

The emulator does not let labels be changed, and refuses nothing.
"""

from collections.abc import Callable, Iterator
from concurrent import futures
from contextlib import contextmanager
from typing import Any

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.pubsub_v1 import types
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status
from grpc_status import rpc_status

Answer = Callable[[str, bytes], Any]


class RefusalError(Exception):
    """What a call is refused with; `reason` is Google's, such as SERVICE_DISABLED."""

    def __init__(self, code: grpc.StatusCode, message: str, reason: str = "") -> None:
        self.status = Status(code=code.value[0], message=message)
        if reason:
            detail = AnyMessage()
            detail.Pack(ErrorInfo(reason=reason, domain="googleapis.com"))
            self.status.details.append(detail)


class Kept:
    """Topics and subscriptions, in memory; answers Get, Create and Update."""

    def __init__(self) -> None:
        self.by_name: dict[str, Any] = {}

    def __call__(self, method: str, request: bytes) -> Any:
        verb, kind = (method[:6], method[6:]) if method[:3] != "Get" else ("Get", method[3:])
        resource = getattr(types, kind)
        if verb == "Create":
            made = resource.pb().FromString(request)
            self.by_name[made.name] = made
            return made
        asked = getattr(types, method + "Request").pb().FromString(request)
        if verb == "Get":
            name = getattr(asked, kind.lower())
            if name not in self.by_name:
                raise RefusalError(grpc.StatusCode.NOT_FOUND, "Resource not found.")
            return self.by_name[name]
        given = getattr(asked, kind.lower())
        for path in asked.update_mask.paths:
            # A map or message is replaced whole.
            self.by_name[given.name].ClearField(path)
        asked.update_mask.MergeMessage(given, self.by_name[given.name])
        return self.by_name[given.name]


@contextmanager
def serving(answer: Answer) -> Iterator[str]:
    """Answer every call at a free port, until the block ends; gives the host."""

    class Handler(grpc.GenericRpcHandler):
        def service(self, asked: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
            method = asked.method.rpartition("/")[2]

            def handle(request: bytes, context: grpc.ServicerContext) -> bytes:
                try:
                    encoded: bytes = answer(method, request).SerializeToString()
                except RefusalError as refusal:
                    context.abort_with_status(rpc_status.to_status(refusal.status))
                    raise
                return encoded

            return grpc.unary_unary_rpc_method_handler(handle)

    server = grpc.server(futures.ThreadPoolExecutor(1), handlers=[Handler()])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(None).wait()
