"""How a messenger's server is asked."""

from __future__ import annotations

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from connectors.chat_server import ask


async def test_a_server_is_asked_through_the_proxy_that_the_hub_is_told_of(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []

    async def proxy(request: web.Request) -> web.Response:
        asked.append(request.raw_path)
        return web.json_response({"status": 0})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", proxy)
    async with TestServer(app) as server:
        monkeypatch.setenv("http_proxy", str(server.make_url("")).rstrip("/"))
        answer = await ask("POST", "http://chatapi.example/pa/send_message", repeats=False, json={})
    assert answer.said.whole("status") == 0
    assert asked == ["http://chatapi.example/pa/send_message"]
