"""The gateway's endpoints, and what they say of themselves (`/openapi.json`)."""

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any, cast

from fastapi import FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse, Response

from ingestion.contracts import Contracts
from ingestion.gateway import callbacks, descriptions, problems
from ingestion.gateway.config import Config
from ingestion.gateway.descriptions import refusals
from ingestion.gateway.gateway import Gateway
from ingestion.gateway.metrics import CONTENT_TYPE, Counted
from ingestion.sinks import Sink

_HOOK = "vtex.order_event"
_PREFLIGHT_SECONDS = 86_400


class _PlainRoute(APIRoute):
    """An endpoint that takes the request as it is: FastAPI describes it, and does no more."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        return cast(Callable[[Request], Coroutine[Any, Any, Response]], self.endpoint)


def create_app(
    config: Config, contracts: Contracts, sink: Sink, *, commit_seconds: float, is_open: bool
) -> FastAPI:
    """Make the application; the sink is closed when it ends. `is_open`: anybody may post."""
    gateway = Gateway(config, contracts, sink, is_open=is_open)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await gateway.start(commit_seconds)
        yield
        await gateway.stop()

    app = FastAPI(
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.router.route_class = _PlainRoute
    app.add_exception_handler(HTTPException, problems.answer_problem)  # type: ignore[arg-type]
    app.add_exception_handler(Exception, problems.answer_failure)
    if config.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=config.origins,
            allow_methods=["POST"],
            allow_headers=["authorization", "content-type", "idempotency-key", "x-vitrine-token"],
            allow_credentials=True,
            max_age=_PREFLIGHT_SECONDS,
        )
    app.add_middleware(Counted, metrics=gateway.metrics)
    _add_doors(app, gateway, contracts, config)
    _add_callbacks(app, gateway)
    _add_windows(app, gateway)
    return app


def _add_doors(app: FastAPI, gateway: Gateway, contracts: Contracts, config: Config) -> None:
    """Add the endpoints that take messages."""
    responses: dict[int | str, dict[str, Any]] = {
        200: descriptions.ACCEPTED,
        **refusals(400, 401, 403, 408, 413, 415, 429, 503),
    }
    described = {
        "requestBody": descriptions.messages(config.limits),
        "parameters": [descriptions.IDEMPOTENCY_KEY],
        "security": descriptions.ANY_WAY,
    }

    @app.post("/hooks/vtex", tags=["messages"], responses=responses, openapi_extra=described)
    async def post_hook(request: Request) -> Response:
        """Take a notification of VTEX's order hook, or its ping: kept as `vtex.order_event`."""
        return await gateway.take(request, _HOOK)

    @app.post("/events", tags=["messages"], responses=responses, openapi_extra=described)
    async def post_events(request: Request) -> Response:
        """Take messages that tell by themselves, or by their source, of which contract they are.

        One that does not is kept all the same, with the dead letters.
        """
        return await gateway.take(request)

    @app.post(
        "/events/{contract}",
        tags=["messages"],
        responses=responses | refusals(404),
        openapi_extra={
            **described,
            "parameters": [descriptions.contract(contracts), descriptions.IDEMPOTENCY_KEY],
        },
    )
    async def post_events_of_contract(request: Request) -> Response:
        """Take messages of one contract."""
        return await gateway.take(request, request.path_params["contract"])

    @app.post(
        "/push",
        tags=["messages"],
        status_code=204,
        responses=refusals(400, 401, 403, 408, 413, 415, 429, 503),
        openapi_extra={
            "requestBody": descriptions.envelope(),
            "security": descriptions.HEADERS_ONLY,
        },
    )
    async def post_push(request: Request) -> Response:
        """Take what a Pub/Sub push subscription sends; id and publish time stay."""
        return await gateway.take_push(request)


def _add_callbacks(app: FastAPI, gateway: Gateway) -> None:
    """Add the endpoints that Twilio calls."""
    responses = refusals(400, 403, 408, 413, 415, 503)

    def described(contract: str) -> dict[str, Any]:
        return {
            "requestBody": descriptions.form(contract),
            "parameters": [descriptions.DELIVERY] if contract == callbacks.STATUS else [],
            "security": [{"twilio": []}],
        }

    @app.post(
        "/twilio/status",
        tags=["callbacks"],
        status_code=204,
        responses=responses,
        openapi_extra=described(callbacks.STATUS),
    )
    async def post_status(request: Request) -> Response:
        """Take what became of a message to a customer: kept as `delivery.status`, with no phone."""
        return await gateway.take_callback(request, callbacks.STATUS)

    @app.post(
        "/twilio/reply",
        tags=["callbacks"],
        status_code=204,
        responses=responses,
        openapi_extra=described(callbacks.REPLY),
    )
    async def post_reply(request: Request) -> Response:
        """Take what a customer answered: kept as `delivery.reply`."""
        return await gateway.take_callback(request, callbacks.REPLY)


def _add_windows(app: FastAPI, gateway: Gateway) -> None:
    """Add the endpoints that say how the gateway is."""

    @app.get("/health", tags=["state"], response_model=dict[str, str])
    async def get_health(_request: Request) -> Response:
        """Say that the process answers."""
        return JSONResponse({"status": "alive"})

    @app.get("/ready", tags=["state"], response_model=dict[str, str], responses=refusals(503))
    async def get_ready(_request: Request) -> Response:
        """Say whether messages could be kept now."""
        await gateway.check()
        return JSONResponse({"status": "ready"})

    @app.get(
        "/metrics",
        tags=["state"],
        response_class=Response,
        responses={
            200: {"content": {"text/plain": {"schema": {"type": "string"}}}},
            **refusals(401, 403),
        },
        openapi_extra={"security": descriptions.HEADERS_ONLY},
    )
    async def get_metrics(request: Request) -> Response:
        """Give the gateway's figures in Prometheus's format."""
        text = await gateway.read_metrics(request)
        return Response(text, headers={"content-type": CONTENT_TYPE})

    @app.get("/openapi.json", include_in_schema=False)
    async def get_openapi_json(_request: Request) -> Response:
        return JSONResponse(app.openapi())

    def describe() -> dict[str, Any]:
        if not app.openapi_schema:
            described = get_openapi(
                title="Vitrine gateway",
                version=version("vitrine"),
                description=descriptions.DESCRIPTION,
                routes=app.routes,
            )
            described["components"] = {"securitySchemes": descriptions.SECURITY_SCHEMES}
            app.openapi_schema = described
        return app.openapi_schema

    app.openapi = describe  # type: ignore[method-assign] # FastAPI's own way of extending it
