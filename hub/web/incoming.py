"""Intake: `POST /in/{channel}/{token}` keeps what websites and services send, then says so.

Some services are told the beginning of an address and put a path of their own behind it, some ask with GET and some
send with PUT: such a request is kept like any other where the channel's connector understands it.

The raw item is committed before the answer, and so is what is refused since nobody can prove it genuine. Whatever
fails here fails with a clear answer that lets the sender try again; what the item means is found out later.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar, cast

from aiohttp import web

from hub import journal, parting, unproven
from hub.channels import LiveChannel
from hub.clock import now
from hub.connector import Answer, Raw, WebIntake
from hub.languages import _
from hub.processing import AT_HAND
from hub.ulid import ulid
from hub.web import problems
from hub.web.bodies import read_body
from hub.web.keys import ANSWERS, BLOBS, CHANNELS, DB, PROCESSOR, SETTINGS
from hub.web.origin import remote
from hub.web.problems import Problem

T = TypeVar("T")

log = logging.getLogger(__name__)

MOST_HEADERS = 100
HEADER_LENGTH = 8192
ALLOWED = "POST, OPTIONS"
# The body is kept unpacked, and who is signed in here is no business of a form.
LEFT_OUT = frozenset({"content-encoding", "cookie"})


async def incoming(request: web.Request) -> web.StreamResponse:
    """Take an item, or tell a browser which sites may send one by script."""
    channel = request.app[CHANNELS].admit(request.match_info["channel"], request.match_info["token"])
    if channel is None or not hasattr(channel.connector, "answer"):
        words = _("No form or service sends to this address. Check it against the channel's page.")
        return Problem(404, words).response()
    if request.method == "OPTIONS":
        allowed = _intake(channel).preflight(_headers(request))
        return web.Response(status=204, headers={"Allow": ALLOWED, "Vary": "Origin", **allowed})
    if request.method == "GET" and (shown := _shown(request, channel)):
        return shown
    if request.method != "POST" and not _is_asked(request, channel):
        words = _("Things are sent here with POST; there is nothing to see.")
        return Problem(405, words, headers={"Allow": ALLOWED}).response()
    told = await _told(request, channel)
    request.app[ANSWERS].count(channel.id, told.status)
    return told


async def _told(request: web.Request, channel: LiveChannel) -> web.Response:
    try:
        return _spoken(await _take(request, channel))
    except Problem as problem:
        return _refusal(request, channel, problem)
    except Exception as error:  # noqa: BLE001 - the sender must get an answer after which he tries again
        log.error("an item of channel %s could not be kept: %s", channel.name, type(error).__name__)  # noqa: TRY400
        return _refusal(request, channel, problems.outage())


async def _take(request: web.Request, channel: LiveChannel) -> Answer:
    settings = request.app[SETTINGS]
    headers = _headers(request)
    body = await read_body(request, settings.largest_body, settings.body_seconds)
    raw = Raw(body=body, headers=headers, received_at=now(), key=ulid())
    intake = _intake(channel)
    refusal = await _asked(intake.refuse, raw)
    if refusal is not None:
        return refusal
    doubt = await _asked(intake.doubt, raw)
    if doubt is not None:
        is_kept = await _can_become(channel, raw) and await unproven.keep(
            request.app[DB], channel.id, raw, doubt.why, await _said_stream(channel, raw)
        )
        return doubt.answer if is_kept else doubt.unkept or doubt.answer
    own_key = cast("Callable[[Raw], str] | None", getattr(channel.connector, "key", None))
    if own_key is not None:
        raw = Raw(body=body, headers=headers, received_at=raw.received_at, key=await _asked(own_key, raw))
    own_stream = _own_stream(channel)
    stream = await _asked(own_stream, raw) if own_stream is not None else None
    # What has no order as a whole may have parts that do, with each other and with what comes alone.
    if own_stream is not None and not stream and (parts := await _parts(channel, raw)):
        await parting.accept(request.app[DB], request.app[BLOBS], channel.id, raw, parts)
    else:
        await _keep(request, channel, raw, stream or None)
    return await _asked(intake.answer, raw)


async def _keep(request: web.Request, channel: LiveChannel, raw: Raw, stream: str | None) -> None:
    """Keep an item; one of a call or a chat is finished at once where it can be, for somebody looks at that."""
    if stream and not hasattr(channel.connector, "introduce"):
        await request.app[PROCESSOR].accept(channel.id, raw.key, raw, stream)
    else:
        await journal.accept(request.app[DB], request.app[BLOBS], channel.id, raw.key, raw, stream)


def _own_stream(channel: LiveChannel) -> Callable[[Raw], str] | None:
    return cast("Callable[[Raw], str] | None", getattr(channel.connector, "stream", None))


async def _said_stream(channel: LiveChannel, raw: Raw) -> str | None:
    """Give the stream of which an item says that it is, None of one that cannot even be asked."""
    own_stream = _own_stream(channel)
    try:
        return await _asked(own_stream, raw) or None if own_stream is not None else None
    except Exception:  # noqa: BLE001 - what is not proven may be anything
        return None


async def _parts(channel: LiveChannel, raw: Raw) -> Sequence[Raw]:
    """Give the parts of an item; none of what cannot be read, which is kept as it is."""
    try:
        return await _asked(channel.connector.parts, raw)
    except ValueError:
        return ()


async def _can_become(channel: LiveChannel, raw: Raw) -> bool:
    """Tell whether anything would be made of an item; what cannot be read is for a person to see."""
    try:
        return len(raw.body) <= unproven.LARGEST and bool(await _asked(channel.connector.read, raw))
    except Exception:  # noqa: BLE001 - the reader must not cost anybody his post
        return True


async def _asked(say: Callable[[Raw], T], raw: Raw) -> T:
    """Ask a connector something of an item: in a thread where its body is large, since all others would wait."""
    return say(raw) if len(raw.body) <= AT_HAND else await asyncio.to_thread(say, raw)


def _is_asked(request: web.Request, channel: LiveChannel) -> bool:
    """Tell whether the connector understands a request that is no POST."""
    if request.method == "PUT":
        return bool(getattr(channel.connector, "takes_puts", False))
    asks = cast("Callable[[Raw], bool] | None", getattr(channel.connector, "asks", None))
    raw = Raw(body=b"", headers=_headers(request), received_at=now())
    return request.method == "GET" and asks is not None and asks(raw)


def _shown(request: web.Request, channel: LiveChannel) -> web.Response | None:
    """Give what a page asks for below the address before it sends anything, where the connector knows of that."""
    look = cast(
        "Callable[[str, Mapping[str, str]], Answer | None] | None", getattr(channel.connector, "look", None)
    )
    answer = look(request.match_info.get("path", ""), _headers(request)) if look else None
    return _spoken(answer) if answer else None


def _headers(request: web.Request) -> dict[str, str]:
    """Give the headers in lower case, bounded, repeated ones joined, with what a connector may ask."""
    headers: dict[str, str] = {}
    for written, value in request.headers.items():
        name = written.lower()
        if name not in LEFT_OUT and len(headers) < MOST_HEADERS:
            headers[name] = _clean(f"{headers[name]}, {value}" if name in headers else value)
    headers[":method"] = request.method
    if "path" in request.match_info:
        headers[":path"] = _clean(request.match_info["path"])
    headers[":query"] = _clean(request.rel_url.raw_query_string)
    headers[":remote"] = remote(request)
    return headers


def _clean(value: str) -> str:
    """Bound a value; bytes that are no UTF-8 came as lone surrogates, which cannot be kept."""
    value = value[:HEADER_LENGTH]
    return value if value.isascii() else value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _intake(channel: LiveChannel) -> WebIntake:
    return cast("WebIntake", channel.connector)


def _spoken(answer: Answer) -> web.Response:
    return web.Response(status=answer.status, headers=answer.headers, body=answer.body)


def _refusal(request: web.Request, channel: LiveChannel, problem: Problem) -> web.Response:
    """Refuse in a way that a script of an allowed site can read; what was not read is not waited for."""
    allowed: Mapping[str, str] = _intake(channel).preflight(_headers(request))
    for name in ("Access-Control-Allow-Origin", "Vary"):
        if name in allowed:
            problem.headers[name] = allowed[name]
    response = problem.response()
    if not request.content.is_eof():
        response.force_close()
    return response
