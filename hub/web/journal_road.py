"""The road of one item, from its bytes to the card: received, read, became, with the times between."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from hub.channels import Channel
from hub.checks import RULES
from hub.connector import Taken
from hub.journal import Inbound
from hub.languages import _, ngettext
from hub.web.journal_item import Row, bytes_in_words, next_try, row
from hub.web.masking import mask, mask_header, secrets_in
from hub.web.moments import hundredths, written
from hub.web.tracing import Made

SHOWN = 64 * 1024  # bytes of a body that a page shows
MOST_HEADERS = 100
MOST_TAKEN = 100


class Step(msgspec.Struct, frozen=True):
    """One step on an item's road; `after` is how long after the one before."""

    words: str
    at: datetime | None
    state: str
    note: str = ""
    after: str = ""
    clock: str = ""


class Header(msgspec.Struct, frozen=True):
    """One header as it came."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What an item says when it is read now: each part with its rule, or why it cannot be read."""

    taken: Sequence[Taken] = ()
    events: int = 0
    problem: str = ""


class Said(msgspec.Struct, frozen=True):
    """What a rule against spam said, "" where it had nothing to say."""

    title: str
    words: str
    against: bool
    href: str


class Whole(Row, frozen=True, kw_only=True):
    """Everything about an item."""

    key: str
    stream: str
    channel_href: str
    road: list[Step]
    made: Sequence[Made]
    duplicate_of: int | None
    duplicates: Sequence[int]
    taken: Sequence[Taken]
    taken_more: int
    checks: Sequence[Said]
    problem: str
    headers: list[Header]
    body: str
    body_note: str
    body_href: str
    kind: str
    size: str
    error: str
    attempts: int


def whole(
    item: Inbound, channel: Channel, zone: ZoneInfo, body: bytes, reading: Reading, made: Sequence[Made],
    duplicates: Sequence[int],
) -> Whole:  # fmt: skip
    """Show everything about one item; `body` is at least its first SHOWN bytes."""
    secrets = secrets_in(channel)
    headers = [
        Header(name, mask_header(name, value, secrets))
        for name, value in item.headers.items()
        if not name.startswith(":")
    ]
    note = _("First %(shown)s of %(size)s", shown=bytes_in_words(SHOWN), size=bytes_in_words(item.size))
    return Whole(
        **msgspec.structs.asdict(row(item, channel, zone)),
        key=item.key,
        stream=item.stream or "",
        channel_href=f"/channels/{channel.id}",
        road=list(_timed(_road(item, channel, zone, reading), zone)),
        made=made,
        duplicate_of=item.duplicate_of,
        duplicates=duplicates,
        taken=reading.taken[:MOST_TAKEN],
        taken_more=max(0, len(reading.taken) - MOST_TAKEN),
        checks=list(_checks(item)),
        problem=reading.problem,
        headers=headers[:MOST_HEADERS],
        body=mask(body[:SHOWN].decode("utf-8", "replace"), secrets),
        body_href=f"/journal/{item.id}/raw" if item.size and item.forgotten_at is None else "",
        body_note=note if item.size > SHOWN else "",
        kind=item.headers.get("content-type", "").partition(";")[0] or _("unknown type"),
        size=bytes_in_words(item.size),
        error=(item.error or "") if item.done_at is None else "",
        attempts=item.attempts if item.done_at is None else 0,
    )


def _checks(item: Inbound) -> Iterator[Said]:
    """Give what every rule said, once one of them spoke."""
    for rule, title in RULES.items() if item.checks else ():
        spoke = [each for each in item.checks or () if each.rule == rule]
        yield from [Said(_(title), each.words, each.against, each.href) for each in spoke]
        if not spoke:
            yield Said(_(title), "", against=False, href="")


def _road(item: Inbound, channel: Channel, zone: ZoneInfo, reading: Reading) -> Iterator[Step]:
    yield Step(_("Received"), item.received_at, "done", bytes_in_words(item.size))
    yield _read(item, reading)
    if item.released_at is not None:
        yield Step(_("Let go on"), item.released_at, "done", item.set_aside_why or "")
    if item.due_at is not None:
        words = next_try(item, channel, zone)
        note = _("%(when)s: %(error)s", when=words, error=item.error) if item.error else words
        yield Step(_("Waiting"), None, "now", note)
        yield Step(_("Became"), None, "wait")
    elif item.failed_at is not None:
        tries = ngettext("after %(num)s try", "after %(num)s tries", item.attempts)
        yield Step(_("Failed"), item.failed_at, "failed", tries)
    elif item.spam_at is not None:
        yield Step(_("Taken away as spam"), item.spam_at, "done", item.set_aside_why or "")
    elif item.set_aside_at is not None:
        yield Step(_("Set aside"), item.set_aside_at, "now", item.set_aside_why or "")
    else:
        yield Step(_("Became"), item.done_at, "done", item.became or "")


def _read(item: Inbound, reading: Reading) -> Step:
    """Say how it is read. When it was first read is not kept apart: reading takes milliseconds of the whole."""
    if reading.problem:
        return Step(_("Read"), None, "failed" if item.done_at is None else "wait", reading.problem)
    parts = ngettext("%(num)s answer", "%(num)s answers", len(reading.taken))
    known = sum(bool(each.meaning) for each in reading.taken)
    if not reading.taken:
        return Step(_("Read"), None, "done", ngettext("%(num)s event", "%(num)s events", reading.events))
    return Step(_("Read"), None, "done", _("%(parts)s, %(known)s recognised", parts=parts, known=known))


def _timed(steps: Iterator[Step], zone: ZoneInfo) -> Iterator[Step]:
    """Say when each step was, to the second, and how long after the one before of which a time is known."""
    before: datetime | None = None
    for step in steps:
        after = (
            _("%(n)s s later", n=hundredths((step.at - before).total_seconds())) if step.at and before else ""
        )
        before = step.at or before
        local = step.at.astimezone(zone) if step.at else None
        clock = f"{written(local, 'd MMM')} {local:%H:%M:%S}" if local else ""
        yield msgspec.structs.replace(step, after=after, clock=clock)
