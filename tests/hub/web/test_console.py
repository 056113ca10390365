"""The road to the live consoles."""

from __future__ import annotations

import pytest
from aiohttp import WSServerHandshakeError

from tests.hub.web.conftest import SignIn, Visitor


async def test_a_foreign_page_gets_no_console(visitor: Visitor, sign_in: SignIn) -> None:
    await sign_in("agent")
    with pytest.raises(WSServerHandshakeError) as refused:
        await visitor.ws_connect("/live", origin="https://evil.example")
    assert refused.value.status == 403


async def test_a_page_of_ours_does(visitor: Visitor, sign_in: SignIn) -> None:
    await sign_in("agent")
    socket = await visitor.ws_connect("/live", origin=str(visitor.make_url("")).rstrip("/"))
    assert await socket.receive_json() == {"kind": "hello"}


async def test_a_plain_request_is_told_what_is_spoken_here(visitor: Visitor) -> None:
    assert (await visitor.get("/live")).status == 426
