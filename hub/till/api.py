"""The till's interface over HTTP/JSON, with its OpenAPI description at `/openapi.json`.

Handlers call the service in the event loop's own thread: there is one writer, every call is over in
milliseconds, and a thread pool would only let two requests wait for the same database lock.
"""

import traceback
from collections.abc import Callable
from typing import Annotated, Any

import structlog
from fastapi import Depends, FastAPI, Header, Path, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.exceptions import HTTPException

from hub.till import refuse
from hub.till.answers import (
    CommitOut,
    DecisionOut,
    HealthOut,
    HoldOut,
    LateOut,
    QuoteOut,
    RefusalOut,
    ReturnOut,
    VoidOut,
    refusals_out,
)
from hub.till.limits import BodyLimit
from hub.till.ports import Noticed
from hub.till.problem import TillProblem
from hub.till.requests import (
    BasketId,
    BasketIn,
    CommitIn,
    HoldIn,
    IdempotencyKey,
    LateSaleIn,
    OurId,
    ReturnIn,
)
from hub.till.service import TillService
from hub.wire.base import LocalText

log = structlog.get_logger()

_KEY: TypeAdapter[str] = TypeAdapter(IdempotencyKey)


class Problem(BaseModel):
    """Problem details (RFC 9457): `code` is stable, `detail` says what, `fix` what to do."""

    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str
    fix: str
    ticket: LocalText | None = None
    refusals: tuple[RefusalOut, ...] = ()


_TITLES = {
    400: "Bad request",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    413: "Content too large",
    422: "Unprocessable content",
    500: "Internal error",
}

_CODES = {404: "no_such_route", 405: "method_not_allowed", 413: "body_too_large"}

_PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": _TITLES[status]} for status in (400, 404, 409, 413, 422)
}


def _key(idempotency_key: Annotated[str | None, Header()] = None) -> str:
    """The Idempotency-Key header of a request that posts."""
    try:
        return _KEY.validate_python(idempotency_key)
    except ValidationError:
        raise refuse.key_missing() from None


Key = Annotated[str, Depends(_key)]
Basket = Annotated[BasketId, Path(examples=["t1-0042"])]


def _nothing_noticed() -> Noticed:
    return Noticed({}, 0)


def create_app(service: TillService, noticed: Callable[[], Noticed] = _nothing_noticed) -> FastAPI:
    """The application of one store.

    Args:
        service: answers the tills.
        noticed: what the rest of the hub noticed.
    """
    app = FastAPI(
        title="Comptoir: the till's interface",
        version="1",
        description="Full basket snapshots in; discounts, refusals and near misses out.",
        docs_url=None,
        redoc_url=None,
        responses=_PROBLEMS,
    )
    app.add_middleware(BodyLimit)
    _add_basket_routes(app, service)
    _add_other_routes(app, service)
    _add_health(app, service, noticed)
    _add_problems(app)
    return app


def _add_basket_routes(app: FastAPI, service: TillService) -> None:
    @app.put("/v1/baskets/{basket_id}")
    async def put_basket(basket_id: Basket, body: BasketIn) -> QuoteOut:
        """Send the whole basket; a change comes with a higher revision."""
        return service.put_basket(basket_id, body)

    @app.post("/v1/baskets/{basket_id}/confirm")
    async def confirm(basket_id: Basket) -> QuoteOut:
        """Let the person who acted at the kiosk into this open basket."""
        return service.confirm(basket_id)

    @app.post("/v1/baskets/{basket_id}/hold")
    async def hold(basket_id: Basket, body: HoldIn) -> HoldOut:
        """Settle the quote before payment; refusals happen here."""
        return service.hold(basket_id, body)

    @app.post("/v1/baskets/{basket_id}/commit")
    async def commit(basket_id: Basket, body: CommitIn, key: Key) -> CommitOut:
        """Post the paid basket; under a live hold this never refuses."""
        return service.commit(basket_id, body, key)

    @app.post("/v1/baskets/{basket_id}/void")
    async def void(basket_id: Basket) -> VoidOut:
        """Give the basket up."""
        return service.void(basket_id)


def _add_other_routes(app: FastAPI, service: TillService) -> None:
    @app.post("/v1/returns")
    async def take_back(body: ReturnIn, key: Key) -> ReturnOut:
        """Post products that come back."""
        return service.take_back(body, key)

    @app.post("/v1/sales")
    async def late_sale(body: LateSaleIn, key: Key) -> LateOut:
        """Upload a sale made without the hub."""
        return service.late_sale(body, key)

    @app.get("/v1/decisions/{decision_id}")
    async def decision(decision_id: Annotated[OurId, Path()]) -> DecisionOut:
        """Why something was given or refused."""
        return service.decision(decision_id)


def _add_health(app: FastAPI, service: TillService, noticed: Callable[[], Noticed]) -> None:
    @app.get("/v1/health")
    async def health() -> HealthOut:
        """Whether the hub answers, which nodes and kiosks it does not understand, and what it does not believe."""
        now = noticed()
        seen = {"other_versions": dict(now.other_versions), "suspected": now.suspected}
        return service.health().model_copy(update=seen)


def _add_problems(app: FastAPI) -> None:
    @app.exception_handler(TillProblem)
    async def refused(_request: Request, problem: TillProblem) -> JSONResponse:
        return _answer(
            Problem(
                title=_TITLES[problem.status],
                status=problem.status,
                code=problem.code,
                detail=problem.what,
                fix=problem.fix,
                ticket=problem.ticket,
                refusals=refusals_out(problem.refusals),
            )
        )

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        # The values are left out of the answer: they may be a card number, and answers end up in logs.
        faults = "; ".join(
            f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}" for fault in error.errors()[:5]
        )
        return _plain(422, "invalid_request", faults, "compare the request with /openapi.json")

    @app.exception_handler(HTTPException)
    async def http(_request: Request, error: HTTPException) -> JSONResponse:
        code = _CODES.get(error.status_code, "bad_request")
        return _plain(error.status_code, code, str(error.detail), "compare the request with /openapi.json")

    @app.exception_handler(Exception)
    async def failed(_request: Request, error: Exception) -> JSONResponse:
        frames = traceback.extract_tb(error.__traceback__)
        at = f"{frames[-1].name}:{frames[-1].lineno}" if frames else "unknown"
        log.error("till_request_failed", kind=type(error).__name__, at=at)
        return _plain(500, "internal_error", "the hub failed on this request", "sell without, upload later")


def _plain(status: int, code: str, detail: str, fix: str) -> JSONResponse:
    title = _TITLES.get(status, "Bad request")
    return _answer(Problem(title=title, status=status, code=code, detail=detail, fix=fix))


def _answer(problem: Problem) -> JSONResponse:
    return JSONResponse(
        problem.model_dump(mode="json"), status_code=problem.status, media_type="application/problem+json"
    )
