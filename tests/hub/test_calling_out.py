"""What is posted to programs of others: signed, once to each address that may be called, and led nowhere else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from hub.calling_out import Caller, NotTakenError, Parcel, signature


class Program:
    """A program of somebody's that listens, and answers what it is told to."""

    def __init__(self) -> None:
        """Listen to nothing yet."""
        self.status, self.headers, self.url = 200, dict[str, str](), ""
        self.heard: list[tuple[dict[str, str], bytes]] = []

    async def take(self, request: web.Request) -> web.Response:
        """Take a message."""
        self.heard.append((dict(request.headers), await request.read()))
        return web.Response(status=self.status, headers=self.headers)


@pytest.fixture
async def program() -> AsyncIterator[Program]:
    """Give one that listens on this machine."""
    made, app = Program(), web.Application()
    app.router.add_post("/hook", made.take)
    async with TestServer(app) as server:
        made.url = str(server.make_url("/hook"))
        yield made


def parcel(url: str, *, inside: bool = True) -> Parcel:
    """Give one."""
    return Parcel(url=url, body=b'{"deal": 1}', secret="geheim", key="run:1:2", inside=inside)  # noqa: S106 - a test's


async def test_it_is_signed_and_says_which_delivery_it_is(program: Program) -> None:
    await Caller().post(parcel(program.url))
    [(headers, body)] = program.heard
    seconds, _comma, signed = headers["Ringback-Signature"].partition(",")
    assert (headers["Ringback-Delivery"], body) == ("run:1:2", b'{"deal": 1}')
    assert signed == f"v1={signature('geheim', int(seconds.removeprefix('t=')), body)}"


async def test_our_own_network_is_called_only_where_an_admin_said_so(program: Program) -> None:
    with pytest.raises(NotTakenError, match="no network that may be called") as refused:
        await Caller().post(parcel(program.url, inside=False))
    assert (refused.value.for_good, program.heard) == (True, [])


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "::ffff:169.254.169.254", "fe80::1", "::", "224.0.0.1"]
)
async def test_what_providers_answer_themselves_at_is_never_called(address: str) -> None:
    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return [address]

    with pytest.raises(NotTakenError, match="no network that may be called"):
        await Caller(resolve=resolve).post(parcel("http://metadata.example/hook"))


@pytest.mark.parametrize(("status", "for_good"), [(500, False), (429, False), (404, True), (302, True)])
async def test_what_is_not_taken_is_told_and_nobody_leads_elsewhere(
    program: Program, status: int, *, for_good: bool
) -> None:
    program.status = status
    program.headers = {"Location": program.url}
    with pytest.raises(NotTakenError) as refused:
        await Caller().post(parcel(program.url))
    assert (refused.value.for_good, len(program.heard)) == (for_good, 1)


async def test_one_that_nobody_answers_at_is_tried_later() -> None:
    with pytest.raises(NotTakenError, match="cannot be reached") as refused:
        await Caller().post(parcel("http://127.0.0.1:1025/hook"))
    assert not refused.value.for_good
