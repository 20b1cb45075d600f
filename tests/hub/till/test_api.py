"""The till's interface over real HTTP: a uvicorn server on a free port, an httpx client."""

import json
import statistics
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hardware.host.errors import UnavailableError
from hub.till.api import create_app
from hub.till.limits import MAX_BODY_BYTES, BodyLimit
from hub.till.server import TillServer
from tests.hub.till.kit import Shop, packs

KEY = {"Idempotency-Key": "key-00000001"}
BASKET = {"till": "t1", "revision": 1, "card": "4000", "lines": [{"line": 1} | packs(5)]}


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


@pytest.fixture
async def client(shop: Shop) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        TillServer(create_app(shop.service), "127.0.0.1", 0) as server,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", trust_env=False) as http,
    ):
        yield http


def problem(response: httpx.Response) -> dict[str, Any]:
    assert response.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = response.json()
    assert {"type", "title", "status", "code", "detail", "fix"} <= document.keys()
    assert document["status"] == response.status_code
    return document


async def test_the_whole_way_of_a_sale(client: httpx.AsyncClient) -> None:
    quote = (await client.put("/v1/baskets/b1", json=BASKET)).json()
    assert (quote["discount_minor"], quote["customer"]) == (300, "bound")
    assert quote["effects"][0]["ticket"]["fr"] == "Couches x1 -3,00 € 100 pts"
    held = await client.post("/v1/baskets/b1/hold", json={"revision": 1, "quote_id": quote["quote_id"]})
    assert held.json()["to_pay_minor"] == 4700
    commit = {"hold_id": held.json()["hold_id"]}
    sold = await client.post("/v1/baskets/b1/commit", json=commit, headers=KEY)
    again = await client.post("/v1/baskets/b1/commit", json=commit, headers=KEY)
    assert sold.json() == again.json()
    standing = {"fr": "Couches : 0 sur 5", "en": "Nappies: 0 of 5"}
    assert sold.json()["programs"] == [
        {"program": "couches-5", "counter": 0, "every": 5, "open_rights": 0, "ticket": standing}
    ]
    left = sold.json()["points_balance"]
    assert left > 0
    assert sold.json()["ticket"] == [{"fr": f"Reste {left} points", "en": f"{left} points left"}, standing]
    told = (await client.get(f"/v1/decisions/{sold.json()['decision_id']}")).json()
    assert told["content"]["effects"][0]["units"] == 1
    back = {"till": "t1", "basket_id": "b1", "lines": [{"line": 1, "quantity": 5}]}
    refund = await client.post("/v1/returns", json=back, headers={"Idempotency-Key": "key-00000002"})
    assert refund.json()["refund_minor"] == 4700


async def test_a_late_sale_a_void_and_health(client: httpx.AsyncClient) -> None:
    late = {
        "till": "t1",
        "basket_id": "b2",
        "card": "4000",
        "lines": [{"line": 1} | packs(5)],
        "hold_id": None,
    }
    posted = (await client.post("/v1/sales", json=late, headers=KEY)).json()
    assert (posted["status"], posted["programs"][0]["open_rights"]) == ("posted", 1)
    await client.put("/v1/baskets/b3", json=BASKET)
    assert (await client.get("/v1/health")).json() == {
        "status": "ok",
        "store": "demo",
        "programs": 1,
        "open_baskets": 1,
        "other_versions": {},
        "suspected": 0,
    }
    assert (await client.post("/v1/baskets/b3/void")).json() == {"basket_id": "b3", "status": "voided"}


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("PUT", "/v1/baskets/b1", {**BASKET, "till": "t9"}, 404, "unknown_till"),
        ("PUT", "/v1/baskets/b1", {**BASKET, "revision": "1"}, 422, "invalid_request"),
        ("PUT", "/v1/baskets/b1", {**BASKET, "colour": "red"}, 422, "invalid_request"),
        (
            "PUT",
            "/v1/baskets/b1",
            {**BASKET, "lines": [{"line": 1} | packs(), {"line": 1} | packs()]},
            422,
            "invalid_request",
        ),
        ("PUT", "/v1/baskets/b1", {**BASKET, "lines": [{"line": 1} | packs(-1)]}, 422, "invalid_request"),
        (
            "PUT",
            "/v1/baskets/b1",
            {**BASKET, "lines": [{"line": 1} | packs(10**7, 10**9)]},
            422,
            "invalid_request",
        ),
        (
            "PUT",
            "/v1/baskets/b1",
            {**BASKET, "lines": [{"line": 1} | packs(1, 5, till_discount_minor=6)]},
            422,
            "invalid_request",
        ),
        ("PUT", "/v1/baskets/.b", BASKET, 422, "invalid_request"),
        ("POST", "/v1/baskets/b1/hold", {"revision": 1, "quote_id": "0" * 16}, 404, "unknown_basket"),
        ("POST", "/v1/baskets/b1/confirm", None, 404, "unknown_basket"),
        ("POST", "/v1/baskets/b1/commit", {}, 404, "unknown_basket"),
        (
            "POST",
            "/v1/returns",
            {"till": "t1", "basket_id": "b", "lines": [{"line": 1, "quantity": 1}]},
            404,
            "unknown_sale",
        ),
        (
            "POST",
            "/v1/returns",
            {"till": "t1", "basket_id": "b", "lines": [{"line": 1, "quantity": 1}] * 2},
            422,
            "invalid_request",
        ),
        ("GET", "/v1/decisions/0000000000000000", None, 404, "unknown_decision"),
        ("GET", "/v1/decisions/x", None, 422, "invalid_request"),
        ("GET", "/v2", None, 404, "no_such_route"),
        ("DELETE", "/v1/health", None, 405, "method_not_allowed"),
    ],
)
async def test_what_is_wrong_is_a_problem_with_a_code(
    client: httpx.AsyncClient, method: str, path: str, body: Any, status: int, code: str
) -> None:
    response = await client.request(method, path, json=body, headers=KEY)
    assert (response.status_code, problem(response)["code"]) == (status, code)


async def test_a_card_number_never_comes_back_in_a_problem(client: httpx.AsyncClient) -> None:
    response = await client.put("/v1/baskets/b1", json={**BASKET, "card": "canary card"})
    assert "canary" not in response.text
    assert problem(response)["detail"].startswith("body.card:")


@pytest.mark.parametrize("key", [{}, {"Idempotency-Key": "short"}, {"Idempotency-Key": "k" * 129}])
async def test_posting_needs_an_idempotency_key(client: httpx.AsyncClient, key: dict[str, str]) -> None:
    response = await client.post("/v1/baskets/b1/commit", json={}, headers=key)
    assert problem(response)["code"] == "idempotency_key_missing"


async def test_a_refusal_carries_reasons_and_a_ticket_line(client: httpx.AsyncClient) -> None:
    quotes = [(await client.put(f"/v1/baskets/{name}", json=BASKET)).json() for name in ("b1", "b2")]
    for name, quote in zip(("b1", "b2"), quotes, strict=True):
        held = await client.post(
            f"/v1/baskets/{name}/hold", json={"revision": 1, "quote_id": quote["quote_id"]}
        )
    told = problem(held)
    assert (told["status"], told["code"]) == (409, "quote_worse")
    assert told["refusals"][0]["code"] == "held_elsewhere"
    assert told["ticket"]["fr"] == "Remise changée : relire le panier"


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_too_large_is_refused_before_it_is_read(
    client: httpx.AsyncClient, *, chunked: bool
) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for _ in range(MAX_BODY_BYTES // 1024 + 1):
            yield b" " * 1024

    content: Any = parts() if chunked else b" " * (MAX_BODY_BYTES + 1)
    response = await client.put(
        "/v1/baskets/b1", content=content, headers={"Content-Type": "application/json"}
    )
    assert (response.status_code, problem(response)["code"]) == (413, "body_too_large")


ROUTES = [
    ("PUT", "/v1/baskets/b1"),
    ("POST", "/v1/baskets/b1/confirm"),
    ("POST", "/v1/baskets/b1/hold"),
    ("POST", "/v1/baskets/b1/commit"),
    ("POST", "/v1/baskets/b1/void"),
    ("POST", "/v1/returns"),
    ("POST", "/v1/sales"),
    ("GET", "/v1/decisions/%00"),
]

GARBAGE = [
    b"",
    b"\x00\xff\xfe",
    b"[" * 100_000,
    b'{"a":' * 20_000,
    b'{"till": "t1"',
    b'{"till": "\\ud800", "revision": 1, "lines": []}',
    b'{"till": "t1", "revision": NaN, "lines": []}',
    b'{"till": "t1", "revision": 1' + b"0" * 5_000 + b', "lines": []}',
    json.dumps({**BASKET, "lines": [{"line": 1} | packs() | {"description": "\u202e\x1b[2J\x00"}]}).encode(),
    "{'quoted': 'wrongly é'}".encode("latin-1"),
    b"null",
    b"[]",
    b"5",
    b'"text"',
]


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_garbage_on_every_route_is_answered_never_failed(
    client: httpx.AsyncClient, method: str, path: str
) -> None:
    for content in GARBAGE:
        for kind in ("application/json", "text/plain", "\xe9/\xff"):
            response = await client.request(
                method,
                path,
                content=content,
                headers=[(b"Content-Type", kind.encode("latin-1")), (b"Idempotency-Key", b"key-12345678")],
            )
            assert response.status_code < 500, (path, content[:40], response.text)
            if response.status_code >= 400:
                problem(response)
            assert "Traceback" not in response.text
    assert (await client.get("/v1/health")).status_code == 200


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
keys = st.sampled_from(
    ["till", "revision", "card", "lines", "basket_id", "hold_id", "quote_id", "sold_at", "channel"]
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.dictionaries(keys, json_values, max_size=6), route=st.sampled_from(ROUTES))
async def test_any_json_is_answered_never_failed(
    shop: Shop, body: dict[str, Any], route: tuple[str, str]
) -> None:
    transport = httpx.ASGITransport(create_app(shop.service), raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url="http://till") as http:
        content = json.dumps(BASKET | body)
        response = await http.request(
            route[0], route[1], content=content, headers=KEY | {"Content-Type": "application/json"}
        )
        assert response.status_code < 500


async def test_a_bug_of_ours_is_one_sentence_and_no_traceback(shop: Shop, client: httpx.AsyncClient) -> None:
    shop.service.health = lambda: 1 / 0  # type: ignore[method-assign,assignment,return-value]
    response = await client.get("/v1/health")
    assert (response.status_code, problem(response)["code"]) == (500, "internal_error")
    assert "division" not in response.text


async def test_the_description_has_an_example_for_every_body(client: httpx.AsyncClient) -> None:
    described = (await client.get("/openapi.json")).json()
    assert set(described["paths"]) == {
        "/v1/baskets/{basket_id}",
        "/v1/baskets/{basket_id}/confirm",
        "/v1/baskets/{basket_id}/hold",
        "/v1/baskets/{basket_id}/commit",
        "/v1/baskets/{basket_id}/void",
        "/v1/returns",
        "/v1/sales",
        "/v1/decisions/{decision_id}",
        "/v1/health",
    }
    for name in ("BasketIn", "HoldIn", "CommitIn", "ReturnIn", "LateSaleIn"):
        assert described["components"]["schemas"][name]["examples"]


async def test_an_answer_comes_far_below_the_trades_500_ms(shop: Shop, client: httpx.AsyncClient) -> None:
    for n in range(40):
        shop.late(f"old-{n}", packs(3))
    taken_ms = []
    for revision in range(1, 41):
        lines = [{"line": line} | packs(1, product=f"q{line}") for line in range(1, 60)] + [
            {"line": 60} | packs()
        ]
        began_s = time.perf_counter()
        await client.put("/v1/baskets/b1", json={**BASKET, "revision": revision, "lines": lines})
        taken_ms.append((time.perf_counter() - began_s) * 1000)
    assert statistics.median(taken_ms) < 250


async def test_the_body_limit_leaves_what_is_no_request_alone() -> None:
    seen = []

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["type"])

    await BodyLimit(inner)({"type": "lifespan"}, None, None)  # type: ignore[arg-type]
    assert seen == ["lifespan"]


async def test_a_taken_port_is_said_with_what_to_do(shop: Shop) -> None:
    app = create_app(shop.service)
    async with TillServer(app, "127.0.0.1", 0) as first:
        with pytest.raises(UnavailableError, match=f"port {first.port} is taken"):
            await TillServer(app, "127.0.0.1", first.port).__aenter__()
