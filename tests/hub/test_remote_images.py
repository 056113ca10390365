"""Pictures from outside: fetched from the public network alone, whatever an address, a name or a redirect says."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from hub.image_kinds import kind_of
from hub.public_addresses import is_public
from hub.remote_images import MOST, NotShownError, RemoteImages

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x03\0\0\0\x02 and so on"
BOMB = PNG.replace(b"\0\0\0\x03", b"\0\1\0\0").replace(b"\0\0\0\x02", b"\0\1\0\0")
NOT_PUBLIC = "Its address is not in the public network."
LOOPBACK = "127.0.0.1"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.255.0.1", "0.0.0.0", "0.1.2.3", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254",  # noqa: S104
        "100.64.0.1", "100.127.255.254", "198.18.0.1", "192.0.0.8", "192.0.2.1", "203.0.113.7", "224.0.0.1",
        "239.255.255.250", "240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8",
        "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2001::1", "2001:db8::1", "fc00::1",
        "fd12::1", "fe80::1", "fe80::1%eth0", "2606:4700::1111%eth0", "fec0::1", "ff02::1", "", "localhost", "1.2.3",
    ],
)  # fmt: skip
def test_what_is_ours_or_nobodys_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "100.63.255.255", "172.32.0.1", "2606:4700::1111"])
def test_what_is_anybodys_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", ""),
        (b"<html>", ""),
        (b"", ""),
    ],
    ids=["png", "jpeg", "gif", "webp", "svg", "html", "nothing"],
)
def test_a_picture_is_known_by_its_first_bytes(content: bytes, kind: str) -> None:
    assert kind_of(content) == kind


class World:
    """Servers of others, all on loopback: what each path answers, and who asked."""

    def __init__(self) -> None:
        """Nobody asked yet."""
        self.asked: list[web.Request] = []
        self.server: TestServer
        self.answers: dict[str, Callable[[web.Request], Awaitable[web.StreamResponse]]] = {}

    def at(self, path: str) -> str:
        """Give an address."""
        return str(self.server.make_url(path))

    def says(self, path: str, content: bytes = PNG, **more: object) -> str:
        """Have a path answer so, and give its address."""

        async def answer(_request: web.Request) -> web.StreamResponse:
            return web.Response(body=content, **more)  # type: ignore[arg-type]

        self.answers[path] = answer
        return self.at(path)

    def sends_on(self, path: str, to: str) -> str:
        """Have a path send on to another address."""
        return self.says(path, b"", status=302, headers={"Location": to})

    async def take(self, request: web.Request) -> web.StreamResponse:
        """Answer."""
        self.asked.append(request)
        return await self.answers[request.path](request)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """Give servers of others."""
    made = World()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", made.take)
    async with TestServer(app) as made.server:
        yield made


@pytest.fixture
def images() -> RemoteImages:
    """Give what fetches, to which 127.0.0.1 is public, as if it were somebody else's."""
    return RemoteImages(is_public=lambda address: address == LOOPBACK, seconds=5)


async def refusal(images: RemoteImages, address: str) -> str:
    """Give why a picture is not shown."""
    with pytest.raises(NotShownError) as refused:
        await images.get(address)
    return str(refused.value)


async def test_a_picture_is_fetched_once_and_says_nothing_of_who_reads(
    images: RemoteImages, world: World
) -> None:
    address = world.says("/a.png", headers={"Set-Cookie": "seen=1"})
    first, again = await images.get(address), await images.get(address)
    assert (first.type, first.content, again) == ("image/png", PNG, first)
    [request] = world.asked
    assert set(request.headers) == {"Host", "User-Agent", "Accept", "Accept-Encoding", "Connection"}
    assert request.headers["User-Agent"] == "Mozilla/5.0 (compatible; image-proxy)"


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0x7f.1",
        "017700000001",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "127.1",
    ],
)
async def test_this_machine_is_refused_however_it_is_written(world: World, host: str) -> None:
    address = world.says("/a.png").replace("127.0.0.1", host)
    assert await refusal(RemoteImages(), address) == NOT_PUBLIC
    assert world.asked == []


async def test_a_redirect_to_our_own_network_is_refused(images: RemoteImages, world: World) -> None:
    away = world.sends_on("/a", "http://192.168.1.1/admin")
    assert await refusal(images, away) == NOT_PUBLIC
    there = world.sends_on("/b", world.says("/c.png").replace("127.0.0.1", "[::1]"))
    assert await refusal(images, there) == NOT_PUBLIC


@pytest.mark.parametrize(
    "to", ["file:///etc/passwd", "ftp://a.example/x", "data:image/png;base64,AAAA", "gopher://a.example/"]
)
async def test_a_redirect_leads_to_the_web_alone(images: RemoteImages, world: World, to: str) -> None:
    assert await refusal(images, world.sends_on("/a", to)) == "Its address is none of the web."


async def test_three_redirects_are_followed_and_a_fourth_is_not(images: RemoteImages, world: World) -> None:
    world.says("/0")
    for step in range(1, 5):
        world.sends_on(f"/{step}", f"/{step - 1}")
    assert (await images.get(world.at("/3"))).content == PNG
    assert await refusal(images, world.at("/4")) == "Its server sends one on too often."


async def test_a_name_that_means_another_place_a_moment_later_is_asked_once(world: World) -> None:
    told: list[str] = []

    async def rebinding(host: str, _port: int) -> Sequence[str]:
        told.append(host)
        return [LOOPBACK] if len(told) == 1 else ["10.0.0.1"]

    images = RemoteImages(is_public=lambda address: address == LOOPBACK, resolve=rebinding)
    address = world.says("/a.png").replace("127.0.0.1", "rebinding.example")
    assert (await images.get(address)).content == PNG
    assert told == ["rebinding.example"]
    assert world.asked[0].host.startswith("rebinding.example")


async def test_a_name_with_one_address_of_ours_is_refused(world: World) -> None:
    async def both(_host: str, _port: int) -> Sequence[str]:
        return [LOOPBACK, "10.0.0.1"]

    images = RemoteImages(is_public=lambda address: address == LOOPBACK, resolve=both)
    assert await refusal(images, world.says("/a.png").replace("127.0.0.1", "two.example")) == NOT_PUBLIC
    assert world.asked == []


@pytest.mark.parametrize(
    ("content", "more", "why"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", {"content_type": "image/png"}, "It is no picture."),
        (b"<script>alert(1)</script>", {"content_type": "image/gif"}, "It is no picture."),
        (BOMB, {}, "It has too many pixels."),
        (PNG, {"status": 404}, "Its server answers 404."),
        (PNG + b"x" * MOST, {}, "It is larger than 5 MB."),
    ],
    ids=["svg", "script", "bomb", "missing", "large"],
)
async def test_what_is_no_picture_or_too_large_is_not_shown(
    images: RemoteImages, world: World, content: bytes, more: dict[str, object], why: str
) -> None:
    assert await refusal(images, world.says("/a.png", content, **more)) == why


async def test_a_body_without_an_end_is_given_up(images: RemoteImages, world: World) -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(PNG * 10_000)

    world.answers["/endless.png"] = endless
    assert await refusal(images, world.at("/endless.png")) == "It is larger than 5 MB."


async def test_a_server_that_dawdles_is_given_up(images: RemoteImages, world: World) -> None:
    over = asyncio.Event()

    async def slow(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(PNG)
        await over.wait()
        return response

    world.answers["/slow.png"] = slow
    images.seconds = 0.3
    assert await refusal(images, world.at("/slow.png")) == "Its server is too slow."
    over.set()


async def test_names_that_are_slow_hold_up_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    found = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_asked, **_more: found.wait() and [])
    images = RemoteImages(seconds=0.2)
    asked = [images.get(f"http://slow{number}.example/a.png") for number in range(40)]
    refused = asyncio.gather(*asked, return_exceptions=True)
    async with asyncio.timeout(5):
        assert await asyncio.to_thread(lambda: "done") == "done"
    found.set()
    assert {type(each) for each in await refused} == {NotShownError}


@pytest.mark.parametrize(
    "address",
    ["http://a.example:25/x.png", "file:///etc/passwd", "http:///x.png", "x.png", "http://a.example:99999/x"],
)
async def test_what_is_no_address_of_the_web_is_not_asked(images: RemoteImages, address: str) -> None:
    assert await refusal(images, address) in {
        "Its address is none of the web.",
        "Its server cannot be reached.",
    }


async def test_a_server_that_is_not_there_is_said_so(images: RemoteImages, world: World) -> None:
    address = world.says("/a.png")
    await world.server.close()
    assert await refusal(images, address) == "Its server cannot be reached."
