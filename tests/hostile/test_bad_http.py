"""What comes over the wire and is hardly HTTP: answered with a 4xx or cut off, never with a 5xx."""

from __future__ import annotations

import asyncio
import re
import time

import pytest

from tests.eventually import eventually
from tests.hostile.sender import BODY_SECONDS
from tests.hostile.sight import digested
from tests.servers.ringback import Hub

PATIENCE = 10
CHUNK = b"5\r\nhello\r\n"


async def talk(
    hub: Hub, *pieces: bytes, pause: float = 0, answers: int = 1, first_answers: int = 0
) -> list[int]:
    """Send pieces over one connection and give the statuses of so many answers, or until the hub hangs up.

    The second piece is sent once so many answers to the first are there.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", hub.port)

    heard = b""

    async def say() -> None:
        try:
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await eventually(lambda: len(statuses(heard)) >= first_answers)
                await asyncio.sleep(pause)
        except ConnectionError:
            return  # it has hung up, and said why before

    speaking = asyncio.create_task(say())
    try:
        async with asyncio.timeout(PATIENCE):
            while len(statuses(heard)) < answers and (piece := await reader.read(65536)):
                heard += piece
    except ConnectionError:
        pass  # cut off in mid-sentence
    finally:
        speaking.cancel()
        writer.close()
    return statuses(heard)


def statuses(heard: bytes) -> list[int]:
    """Read the statuses of all answers."""
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3}) ", heard)]


def post(path: str, *headers: str, body: bytes = b"") -> bytes:
    """Write a request whose headers are what the test wants them to be."""
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", "Accept: application/json", *headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def form(path: str, *headers: str, body: bytes = b"name=Jonas+Alm") -> bytes:
    """Write a request that is in order, apart from these headers, and hang up after it."""
    return post(path, f"Content-Length: {len(body)}", "Connection: close", *headers, body=body)


async def test_a_body_that_trickles_in_is_waited_for_two_seconds(hub: Hub, intake: str) -> None:
    begun = time.monotonic()
    assert await talk(hub, post(intake, "Content-Length: 1000"), *[b"x"] * 100, pause=0.1) == [408]
    assert time.monotonic() - begun < BODY_SECONDS + 5


async def test_a_body_that_does_not_come_is_waited_for_two_seconds(hub: Hub, intake: str) -> None:
    assert await talk(hub, post(intake, "Content-Length: 1000")) == [408]


async def test_chunks_without_an_end_are_waited_for_two_seconds(hub: Hub, intake: str) -> None:
    assert await talk(hub, post(intake, "Transfer-Encoding: chunked"), *[CHUNK] * 400, pause=0.01) == [408]


@pytest.mark.parametrize(
    ("headers", "body"),
    [(["Content-Length: -5"], b"x"),
     (["Content-Length: 1e3"], b"x"),
     (["Content-Length: 0x10"], b"x" * 16),
     (["Content-Length: \xb2"], b"xx"),
     (["Content-Length: 99999999999999999999999999"], b"x"),
     (["Content-Length: 5", "Content-Length: 6"], b"xxxxxx"),
     (["Content-Length: 5, 5"], b"xxxxx"),
     (["Content-Length: 5", "Transfer-Encoding: chunked"], b"5\r\nhello\r\n0\r\n\r\n"),
     (["Transfer-Encoding: gzip"], b"x"),
     (["Transfer-Encoding: chunked"], b"xyz\r\nhello\r\n0\r\n\r\n"),
     (["Transfer-Encoding: chunked"], b"-5\r\nhello\r\n0\r\n\r\n"),
     (["Transfer-Encoding: chunked"], b"ffffffffffffffffffff\r\nhello\r\n0\r\n\r\n")],
)  # fmt: skip
async def test_a_length_that_cannot_be_is_refused(
    hub: Hub, intake: str, headers: list[str], body: bytes
) -> None:
    assert refused(await talk(hub, post(intake, "Connection: close", *headers, body=body)))


@pytest.mark.parametrize(
    "headers",
    [["A" * 100_000 + ": b"],
     ["X-Long: " + "b" * 100_000],
     [f"X-{number}: b" for number in range(20_000)],
     ["Cookie: " + "a=b; " * 20_000],
     ["no colon"],
     [": no name"],
     ["X-Nul: a\0b"],
     ["X Y: blank in the name"],
     [" folded: line"],
     ["Host: other.example"]],
    ids=["name", "value", "flood", "cookies", "colon", "nameless", "nul", "blank", "folded", "hosts"],
)  # fmt: skip
async def test_headers_that_cannot_be_are_refused_or_passed_over(
    hub: Hub, intake: str, headers: list[str]
) -> None:
    told = await talk(hub, form(intake, *headers))
    assert told == [200] or refused(told)


async def test_headers_in_no_known_charset_are_kept(hub: Hub, intake: str) -> None:
    headers = [f"X-{number}: \xe5\xff" for number in range(95)]
    assert await talk(hub, form(intake, *headers)) == [200]


@pytest.mark.parametrize("verb", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "TRACE", "BREW", "PROPFIND"])
async def test_only_post_sends_a_form(hub: Hub, intake: str, verb: str) -> None:
    assert refused(await talk(hub, form(intake).replace(b"POST", verb.encode(), 1)))


@pytest.mark.parametrize(
    "path",
    ["/in/website/wrong", "/in/website/%00", "/in/%ff/%fe", "/in/../in/website/x", "/in/", "/in/website",
     "/in/website/" + "a" * 9000, "//", "/%", "/%zz", "/in/website/x?" + "&a" * 1000, "*",
     "http://other.example/", "/in/website/\xe5", "/forms/%00", "/forms/" + "x" * 5000,
     "/contacts/" + "9" * 20, "/static/..%2f"],
)  # fmt: skip
async def test_addresses_that_lead_nowhere_say_so(hub: Hub, path: str) -> None:
    assert refused(await talk(hub, form(path)))


@pytest.mark.parametrize(
    "noise",
    [b"\0" * 100_000, b"\r\n" * 50_000, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
     b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n",
     b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"POST " + b"a" * 100_000, b"\xff\xfe\xfd\xfc\r\n\r\n",
     b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n",
     b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: Upgrade, close\r\n\r\n"],
    ids=["0", "lines", "TLS", "short", "version", "host", "HTTP/2", "endless", "bytes", "connect", "h2c"],
)  # fmt: skip
async def test_noise_is_answered_with_nothing_worse_than_a_refusal(hub: Hub, noise: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", hub.port)
    writer.write(noise)
    writer.write_eof()
    async with asyncio.timeout(PATIENCE):
        try:
            heard = await reader.read()
        except ConnectionError:
            heard = b""
    writer.close()
    assert not [status for status in statuses(heard) if status >= 500]


async def test_junk_after_forms_costs_them_nothing(hub: Hub, intake: str) -> None:
    whole = post(intake, "Content-Length: 14", body=b"name=Jonas+Alm")
    told = await talk(hub, whole + whole, b"JUNK\x00\xff\r\n\r\n" + whole, answers=4, first_answers=2)
    assert told == [200, 200, 400]


async def test_junk_in_the_same_breath_as_a_form_is_refused(hub: Hub, intake: str) -> None:
    assert refused(await talk(hub, form(intake).replace(b"close", b"keep-alive") + b"JUNK\x00\r\n\r\n"))


@pytest.mark.parametrize("later", [b"xyz\r\nhello\r\n", b"5\r\nhello world\r\n", b"\x00\xff" * 100])
async def test_chunks_that_break_later_are_refused(hub: Hub, intake: str, later: bytes) -> None:
    assert refused(await talk(hub, post(intake, "Transfer-Encoding: chunked", body=CHUNK), later, pause=0.2))


async def test_a_sender_who_hangs_up_in_mid_body_leaves_nothing(hub: Hub, intake: str) -> None:
    gauges = await digested(hub)
    for _ in range(50):
        _, writer = await asyncio.open_connection("127.0.0.1", hub.port)
        writer.write(post(intake, "Content-Length: 1000", body=b"name=Half"))
        writer.transport.abort()
    assert await digested(hub) == gauges
    assert "could not be kept" not in hub.words()


async def test_two_hundred_silent_connections_are_no_burden(hub: Hub, intake: str) -> None:
    silent = [await asyncio.open_connection("127.0.0.1", hub.port) for _ in range(200)]
    for _, writer in silent:
        writer.write(b"POST /in/website/")
    assert await talk(hub, form(intake)) == [200]
    for _, writer in silent:
        writer.close()


def refused(told: list[int]) -> bool:
    """Tell whether the only answer was a clear refusal."""
    return len(told) == 1 and 400 <= told[0] < 500
