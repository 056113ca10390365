"""Access tokens are asked for when there is none, kept while they are good, and what goes wrong is said."""

from __future__ import annotations

import asyncio
import shlex
import sys
from collections.abc import AsyncIterator, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from connectors.mail import access_tokens
from connectors.mail.access_tokens import Grant, Tokens
from hub.connector import AuthFailed, Unavailable
from tests.connectors.mail.writing import letter, mailbox
from tests.servers.ports import free_port
from tests.servers.sink import sink


class Giver:
    """Where tokens are given out: what it was asked, and what it answers."""

    def __init__(self) -> None:
        """Give tokens for an hour."""
        self.asked: list[dict[str, object]] = []
        self.answer: Callable[[], web.Response] = lambda: web.json_response(
            {"access_token": f"token-{len(self.asked)}", "expires_in": 3600}
        )
        self.url = ""
        self.in_pieces = False

    async def take(self, request: web.Request) -> web.StreamResponse:
        """Answer one, `in_pieces` with a moment between them."""
        self.asked.append(dict(await request.post()))
        answer = self.answer()
        if not self.in_pieces:
            return answer
        stream = web.StreamResponse()
        await stream.prepare(request)
        assert isinstance(answer.body, bytes)
        for piece in (answer.body[:20], answer.body[20:]):
            await stream.write(piece)
            await asyncio.sleep(0.05)
        return stream


@pytest.fixture
async def giver() -> AsyncIterator[Giver]:
    """Give one on this machine."""
    made, app = Giver(), web.Application()
    app.router.add_post("/token", made.take)
    async with TestServer(app) as server:
        made.url = str(server.make_url("/token"))
        yield made


def program(code: str) -> str:
    """Give the command that runs this."""
    return shlex.join([sys.executable, "-c", code])


async def test_a_token_is_used_until_it_ends(giver: Giver) -> None:
    tokens = Tokens(Grant(url=giver.url, client_id="hub", client_secret="quiet", scope="mail"))  # noqa: S106 - made up
    assert [await tokens.current(), await tokens.current()] == [("token-1", True), ("token-1", False)]
    tokens.forget()
    assert await tokens.current() == ("token-2", True)
    assert giver.asked[0] == {
        "grant_type": "client_credentials", "client_id": "hub", "client_secret": "quiet", "scope": "mail",
    }  # fmt: skip


async def test_one_that_is_refused_before_its_time_is_no_reason_to_give_up(giver: Giver) -> None:
    async with sink() as got, mailbox(got.port, token_url=giver.url, client_id="hub") as office:
        got.offers.append("AUTH XOAUTH2")
        got.says["AUTH"] = "235 2.7.0 Welcome"
        await office.send(letter())
        await office.close()
        got.says["AUTH"] = "535 5.7.8 This token is void"
        with pytest.raises(Unavailable, match="void"):
            await office.send(letter())
        with pytest.raises(AuthFailed, match="void"):
            await office.send(letter())
    assert len(giver.asked) == 2


async def test_a_new_refresh_token_is_told_and_used_from_then_on(giver: Giver) -> None:
    giver.answer = lambda: web.json_response(
        {"access_token": "good", "refresh_token": f"r{len(giver.asked)}"}
    )
    kept: list[tuple[str, str, str]] = []

    async def renew(*told: str) -> None:
        kept.append(told)  # type: ignore[arg-type]

    tokens = Tokens(Grant(url=giver.url, client_id="hub", refresh_token="r0"), renew)  # noqa: S106 - made up
    for _time in range(2):
        await tokens.current()
        tokens.forget()
    assert [each["refresh_token"] for each in giver.asked] == ["r0", "r1"]
    assert kept == [("refresh_token", "r0", "r1"), ("refresh_token", "r1", "r2")]


async def test_one_that_ends_soon_is_not_used_again(giver: Giver) -> None:
    giver.answer = lambda: web.json_response({"access_token": f"token-{len(giver.asked)}", "expires_in": 30})
    tokens = Tokens(Grant(url=giver.url, client_id="hub"))
    assert [await tokens.current(), await tokens.current()] == [("token-1", True), ("token-2", True)]


@pytest.mark.parametrize(
    ("answer", "raised", "words"),
    [
        (lambda: web.json_response({"error": "invalid_grant"}, status=400), AuthFailed, "invalid_grant"),
        (lambda: web.Response(text="Bad gateway", status=502), Unavailable, "502 Bad gateway"),
        (lambda: web.json_response({"token": "?"}), Unavailable, "200"),
    ],
    ids=["refused", "broken", "no-token"],
)
async def test_what_is_no_token_is_said(
    giver: Giver, answer: Callable[[], web.Response], raised: type[Exception], words: str
) -> None:
    giver.answer = answer
    with pytest.raises(raised, match=words):
        await Tokens(Grant(url=giver.url, client_id="hub")).current()


async def test_where_nobody_gives_any_that_is_said() -> None:
    nowhere = f"http://127.0.0.1:{free_port()}/token"
    with pytest.raises(Unavailable, match="does not answer"):
        await Tokens(Grant(url=nowhere, client_id="hub")).current()


async def test_a_command_is_asked_each_time() -> None:
    tokens = Tokens(Grant(command=program("import os; print(f' token-{os.getpid()} ')")))
    (first, _), (second, _) = await tokens.current(), await tokens.current()
    assert first.startswith("token-")
    assert first != second


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (program("import sys; sys.exit('the vault is locked')"), "the vault is locked"),
        (program("pass"), "gives none"),
        (program("print('two\\nlines')"), "gives none"),
        ("/nowhere/at-all", "cannot be run"),
        ("'open", "cannot be run"),
    ],
    ids=["fails", "nothing", "lines", "missing", "quotes"],
)
async def test_a_command_that_gives_none_says_why(command: str, words: str) -> None:
    with pytest.raises(Unavailable, match=words):
        await Tokens(Grant(command=command)).current()


async def test_a_command_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access_tokens, "SECONDS", 0.2)
    with pytest.raises(Unavailable, match="does not end"):
        await Tokens(Grant(command=program("import time; time.sleep(60)"))).current()


async def test_a_token_that_comes_in_pieces_is_put_together(giver: Giver) -> None:
    giver.in_pieces = True
    assert await Tokens(Grant(url=giver.url)).current() == ("token-1", True)


async def test_what_was_given_and_cannot_be_read_is_shown_to_nobody(giver: Giver) -> None:
    giver.answer = lambda: web.Response(text='{"access_token": "secret-token", ')
    with pytest.raises(Unavailable) as trouble:
        await Tokens(Grant(url=giver.url)).current()
    assert "secret-token" not in str(trouble.value)
