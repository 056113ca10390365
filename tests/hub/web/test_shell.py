"""Around every request: errors in words, foreign pages kept out, careful headers, compression."""

from __future__ import annotations

import re

import pytest
from aiohttp import web
from sqlalchemy.exc import OperationalError

from hub.web.shell import EMBEDDABLE
from tests.hub.web.conftest import Program, RefusalError, SignIn, Visitor


@pytest.fixture
def failing() -> list[Exception]:
    """Give where a test puts what /fails raises."""
    return []


@pytest.fixture
def app(app: web.Application, failing: list[Exception]) -> web.Application:
    """Give the web side with a page that fails, one that may be framed, and a long text."""

    async def fail(_request: web.Request) -> web.StreamResponse:
        raise failing[0]

    async def framed(_request: web.Request) -> web.StreamResponse:
        return web.Response(text="x", headers={"Content-Security-Policy": EMBEDDABLE})

    async def long(_request: web.Request) -> web.StreamResponse:
        return web.Response(text="ring back " * 1000)

    app.router.add_get("/fails", fail)
    app.router.add_get("/framed", framed)
    app.router.add_get("/long", long)
    return app


async def test_an_unknown_address_is_a_page_in_words(visitor: Visitor) -> None:
    answer = await visitor.get("/nowhere")
    assert (answer.status, answer.content_type) == (404, "text/html")
    assert "Ringback" in await answer.text()


async def test_a_signed_in_person_sees_the_error_in_the_frame(visitor: Visitor, sign_in: SignIn) -> None:
    await sign_in("agent")
    assert "Elin Sandgren" in await (await visitor.get("/nowhere")).text()


async def test_a_script_gets_a_toast(visitor: Visitor) -> None:
    answer = await visitor.get("/nowhere", headers={"HX-Request": "true"})
    assert answer.status == 404
    assert 'class="toast refused"' in await answer.text()


@pytest.mark.parametrize(("path", "accept"), [("/api/v1/nowhere", "*/*"), ("/nowhere", "application/json")])
async def test_a_program_gets_a_problem_document(visitor: Visitor, path: str, accept: str) -> None:
    answer = await visitor.get(path, headers={"Accept": accept})
    assert answer.content_type == "application/problem+json"
    assert (await answer.json(content_type=None))["title"] == "Not Found"


async def test_a_wrong_method_names_the_right_ones(visitor: Visitor) -> None:
    answer = await visitor.delete("/signout")
    assert (answer.status, answer.headers["Allow"]) == (405, "POST")


async def test_a_fault_has_a_code_that_stands_in_the_log_and_no_traceback(
    visitor: Visitor, failing: list[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    failing.append(RuntimeError("secret"))
    answer = await visitor.get("/fails")
    page = await answer.text()
    code = re.search(r"\b[A-Z2-7]{6}\b", page)
    assert answer.status == 500
    assert code is not None
    assert code[0] in caplog.text
    assert "secret" not in page
    assert "Traceback" not in page


async def test_a_refusal_of_the_business_is_said_in_its_words(
    visitor: Visitor, failing: list[Exception]
) -> None:
    failing.append(RefusalError("This task is done already."))
    answer = await visitor.get("/fails")
    assert answer.status == 409
    assert "This task is done already." in await answer.text()


async def test_a_store_that_is_away_means_try_again(
    visitor: Visitor, sign_in: SignIn, failing: list[Exception]
) -> None:
    await sign_in("agent")
    failing.append(OperationalError("SELECT", {}, Exception("gone")))
    answer = await visitor.get("/fails")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    assert "SELECT" not in await answer.text()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "none"}, 303),
        ({}, 303),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
async def test_a_foreign_page_changes_nothing(
    visitor: Visitor, sign_in: SignIn, headers: dict[str, str], status: int
) -> None:
    await sign_in("agent")
    answer = await visitor.post("/signout", headers=headers, allow_redirects=False)
    assert answer.status == status


async def test_a_page_of_ours_is_known_by_its_origin(visitor: Visitor) -> None:
    own = str(visitor.make_url("")).rstrip("/")
    answer = await visitor.post("/signout", headers={"Origin": own}, allow_redirects=False)
    assert answer.status == 303


async def test_a_program_may_come_from_anywhere(visitor: Visitor, program: Program) -> None:
    headers = await program("all") | {"Origin": "https://elsewhere.example"}
    assert (await visitor.post("/api/v1/journal/1/retry", headers=headers)).status == 404


async def test_every_answer_tells_browsers_to_be_careful(visitor: Visitor) -> None:
    for path in ("/signin", "/nowhere", "/healthz"):
        headers = (await visitor.get(path)).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert "aiohttp" not in headers["Server"]


async def test_a_page_that_may_be_framed_says_so_itself(visitor: Visitor) -> None:
    assert "frame-ancestors *" in (await visitor.get("/framed")).headers["Content-Security-Policy"]


async def test_long_texts_are_compressed_for_who_understands_it(visitor: Visitor) -> None:
    packed = await visitor.get("/long", headers={"Accept-Encoding": "gzip"})
    plain = await visitor.get("/long", headers={"Accept-Encoding": "identity"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
    assert await packed.text() == await plain.text()


async def test_a_token_that_is_none_is_refused_and_a_wrong_scheme_too(visitor: Visitor) -> None:
    for authorization in ("Bearer rb_wrong", "Basic abc", "Bearer"):
        answer = await visitor.get("/api/v1/users", headers={"Authorization": authorization})
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
