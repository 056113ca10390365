"""Files of strangers: fetched from the public network alone, whatever an address, a name or a redirect says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from hub.connector import Refused, Unavailable
from hub.public_files import PublicFiles

LOOPBACK = "127.0.0.1"
CONTENT = b"a photo of two windows" * 1000


class World:
    """A server of the public network, named cdn.example, and our own, named hub.example."""

    def __init__(self, server: TestServer) -> None:
        """Have it stand on a port of ours."""
        self.port = server.port
        self.asked: list[str] = []

    def at(self, path: str, host: str = "cdn.example") -> str:
        """Give an address there."""
        return f"http://{host}:{self.port}{path}"

    async def resolve(self, host: str, _port: int) -> Sequence[str]:
        """Know both names, and one that has a public address beside one of ours."""
        self.asked.append(host)
        if host.endswith(".invalid"):
            raise OSError("no such name")
        return {"hub.example": ["10.0.0.1"], "two.example": [LOOPBACK, "10.0.0.1"]}.get(host, [LOOPBACK])

    def files(self, seconds: float = 5) -> PublicFiles:
        """Give who fetches; only this world's public server is public."""
        return PublicFiles(
            is_public=lambda address: address == LOOPBACK,
            resolve=self.resolve,
            schemes=("http",),
            seconds=seconds,
        )


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async def there(request: web.Request) -> web.StreamResponse:
        path = request.path
        if path.startswith("/to/"):
            raise web.HTTPFound(f"http://{path.removeprefix('/to/')}:{server.port}/photo")
        if path == "/round":
            raise web.HTTPFound("/round")
        if path.startswith("/status/"):
            return web.Response(status=int(path.rpartition("/")[2]))
        if path == "/slow":
            answer = web.StreamResponse()
            await answer.prepare(request)
            await request.wait_for_disconnection()
        return web.Response(body=CONTENT)

    app = web.Application()
    app.router.add_get("/{path:.*}", there)
    server = TestServer(app)
    await server.start_server()
    yield World(server)
    await server.close()


async def test_a_file_is_written_down_also_from_where_it_was_moved(world: World, tmp_path: Path) -> None:
    for path in ("/photo", "/to/other.example"):
        await world.files().fetch(world.at(path), tmp_path / "file", 1_000_000)
        assert (tmp_path / "file").read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("path", "host"),
    [("/photo", "hub.example"), ("/photo", "two.example"), ("/to/hub.example", "cdn.example"),
     ("/round", "cdn.example"),
     ("/status/404", "cdn.example"), ("/status/403", "cdn.example"), ("/status/410", "cdn.example")],
)  # fmt: skip
async def test_what_is_ours_or_gone_is_never_had(world: World, tmp_path: Path, path: str, host: str) -> None:
    with pytest.raises(Refused):
        await world.files().fetch(world.at(path, host), tmp_path / "file", 1_000_000)
    assert not (tmp_path / "file").exists()


@pytest.mark.parametrize("address", ["https://cdn.example/x", "ftp://cdn.example/x", "", "http://", "x"])
async def test_what_is_no_address_of_the_web_is_never_had(world: World, tmp_path: Path, address: str) -> None:
    with pytest.raises(Refused):
        await world.files().fetch(address, tmp_path / "file", 1_000_000)
    assert world.asked == []


@pytest.mark.parametrize("path", ["/status/500", "/status/503", "/status/429"])
async def test_what_is_in_trouble_is_had_later(world: World, tmp_path: Path, path: str) -> None:
    with pytest.raises(Unavailable):
        await world.files().fetch(world.at(path), tmp_path / "file", 1_000_000)


async def test_what_is_slow_or_has_no_name_is_had_later(world: World, tmp_path: Path) -> None:
    for files, address in (
        (world.files(seconds=0.2), world.at("/slow")),
        (world.files(), world.at("/photo", "cdn.invalid")),
    ):
        with pytest.raises(Unavailable):
            await files.fetch(address, tmp_path / "file", 1_000_000)


async def test_what_is_larger_than_allowed_is_given_up(world: World, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="larger"):
        await world.files().fetch(world.at("/photo"), tmp_path / "file", len(CONTENT) - 1)
