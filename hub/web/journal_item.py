"""An item of the journal as people see it, and what they can do: try again, and let it go on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy.orm import Session

from hub import journal
from hub.bus import Notice
from hub.clock import now
from hub.db import announce
from hub.journal import Inbound
from hub.processing import OVERSEERS
from hub.web.problems import Problem

KILO, MEGA = 1000, 1_000_000
SHOWN = 64 * 1024  # bytes of a body that a page shows
ICONS = {"form": "form", "mail": "mail", "asterisk": "phone", "telegram": "chat", "webchat": "chat"}


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the list."""

    id: int
    at: datetime
    icon: str
    sender: str
    channel: str
    became: str
    became_href: str
    state: str
    state_words: str
    action: str


class Step(msgspec.Struct, frozen=True):
    """One step on an item's road."""

    words: str
    at: datetime | None
    state: str
    note: str = ""


class Made(msgspec.Struct, frozen=True):
    """Something that was made of an item."""

    icon: str
    words: str
    href: str


class Header(msgspec.Struct, frozen=True):
    """One header as it came."""

    name: str
    value: str


class Whole(Row, frozen=True, kw_only=True):
    """Everything about an item. What was tried when is not kept apart, so `attempts` stays empty."""

    key: str
    stream: str
    road: list[Step]
    became_list: list[Made]
    headers: list[Header]
    body: str
    body_note: str
    body_href: str
    kind: str
    size: str
    error: str
    attempts: tuple[()] = ()


def row(item: Inbound, channel: str, kind: str, zone: ZoneInfo) -> Row:
    """Show one item in the list."""
    state, words = _state(item, zone)
    return Row(
        id=item.id,
        at=item.received_at,
        icon=ICONS.get(kind, "journal"),
        sender=_sender(item.headers),
        channel=channel,
        became=item.became or "",
        became_href=item.became_path or "",
        state=state,
        state_words=words,
        action=_action(item),
    )


def whole(item: Inbound, channel: str, kind: str, zone: ZoneInfo, body: bytes) -> Whole:
    """Show everything about one item; `body` is at least its first SHOWN bytes."""
    made = [Made("right", item.became or "", item.became_path)] if item.became_path else []
    return Whole(
        **msgspec.structs.asdict(row(item, channel, kind, zone)),
        key=item.key,
        stream=item.stream or "",
        road=list(_road(item, zone)),
        became_list=made,
        headers=[Header(name, value) for name, value in item.headers.items() if not name.startswith(":")],
        body=body[:SHOWN].decode("utf-8", "replace"),
        body_href=f"/journal/{item.id}/raw" if item.size else "",
        body_note=f"First {bytes_in_words(SHOWN)} of {bytes_in_words(item.size)}"
        if item.size > SHOWN
        else "",
        kind=item.headers.get("content-type", "").partition(";")[0] or "unknown type",
        size=bytes_in_words(item.size),
        error=(item.error or "") if item.done_at is None else "",
    )


def try_again(session: Session, inbound_id: int) -> Inbound:
    """Have a failed item read and processed once more."""
    item = _find(session, inbound_id)
    if item.failed_at is None:
        raise Problem(409, "Only what failed can be tried again.")
    journal.reopen(session, item)
    announce(session, Notice(kind="journal", id=item.id, audience=OVERSEERS))
    session.flush()
    return item


def let_go(session: Session, inbound_id: int) -> Inbound:
    """Let go on what was set aside: a person says that it was real."""
    item = _find(session, inbound_id)
    if item.set_aside_at is None:
        raise Problem(409, "Only what was set aside can be let go on.")
    journal.release(session, item)
    announce(session, Notice(kind="journal", id=item.id, audience=OVERSEERS))
    session.flush()
    return item


def bytes_in_words(size: int) -> str:
    """Say a size: 812 bytes, 1.2 kB, 3.1 MB."""
    for unit, name in ((MEGA, "MB"), (KILO, "kB")):
        if size >= unit:
            return f"{size / unit:.1f} {name}"
    return f"{size} bytes"


def _find(session: Session, inbound_id: int) -> Inbound:
    item = session.get(Inbound, inbound_id, with_for_update=True)
    if item is None:
        raise Problem(404, "There is no such item in the journal.")
    return item


def _sender(headers: dict[str, str]) -> str:
    """Say who sent it, as far as it says so itself."""
    if ":method" not in headers:
        return headers.get("from", "") or "unknown"
    site = urlsplit(headers.get("origin") or headers.get("referer") or "").hostname
    return f"{headers[':method']} from {site or headers.get(':remote') or 'somewhere'}"


def _state(item: Inbound, zone: ZoneInfo) -> tuple[str, str]:
    if item.due_at is not None:
        return "soon", f"Waiting, {_next_try(item.due_at, zone)}" if item.attempts else "Waiting"
    if item.failed_at is not None:
        return "late", f"Failed, {item.attempts} tries"
    if item.set_aside_at is not None:
        return "off", f"Set aside: {item.set_aside_why}" if item.set_aside_why else "Set aside"
    if item.done_at is not None and item.attempts == 0 and item.released_at is None:
        return "ok", f"Done in {(item.done_at - item.received_at).total_seconds():.2f} s"
    return "ok", "Done"


def _action(item: Inbound) -> str:
    if item.due_at is not None:
        return ""
    return "retry" if item.failed_at is not None else "release" if item.set_aside_at is not None else ""


def _road(item: Inbound, zone: ZoneInfo) -> Iterator[Step]:
    yield Step("Received", item.received_at, "done", bytes_in_words(item.size))
    if item.released_at is not None:
        yield Step("Let go on", item.released_at, "done", item.set_aside_why or "")
    if item.due_at is not None:
        note = f"{_next_try(item.due_at, zone)}: {item.error}" if item.attempts else ""
        yield Step("Waiting", None, "now", note)
        yield Step("Became", None, "wait")
    elif item.failed_at is not None:
        yield Step("Failed", item.failed_at, "failed", f"after {item.attempts} tries")
    elif item.set_aside_at is not None:
        yield Step("Set aside", item.set_aside_at, "now", item.set_aside_why or "")
    else:
        yield Step("Became", item.done_at, "done", item.became or "")


def _next_try(due_at: datetime, zone: ZoneInfo) -> str:
    if due_at <= now():
        return "now in work"
    return f"next try {due_at.astimezone(zone):%H:%M}"
