"""Why a deadline is due when it is due, for the eye: a bar of its pieces, and lines that add up to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from crm.derivation import Derivation, Piece
from hub.clock import now

MOST_LINES = 9
AT_THE_START, AT_THE_END = 4, 3  # lines that stay when there are more
NEAR = timedelta(days=6)
SHORTEST = 0.5  # minutes, so that a piece of seconds still shows


class Part(msgspec.Struct, frozen=True):
    """A part of the bar."""

    kind: str
    minutes: float


class Line(msgspec.Struct, frozen=True):
    """A line under it."""

    kind: str
    text: str
    value: str


class DerivationView(msgspec.Struct, frozen=True, kw_only=True):
    """A derivation, drawn and told."""

    pieces: Sequence[Part]
    lines: Sequence[Line]
    starts: str
    due: str
    now: str
    total: str
    sum: str
    spoken: str


def derivation_view(
    found: Derivation, policy: str, zone: ZoneInfo, moment: datetime, *, spoken: str
) -> DerivationView:
    """Show a derivation as it stands at a moment, which for a promise that was kept is when it was."""
    end = _stamp(found.due, zone) if found.due else ""
    late = found.due is not None and moment > found.due
    return DerivationView(
        pieces=[_part(kind, real, found.promise) for kind, real in _drawn(found, moment) if real],
        lines=_short(list(_lines(found, zone, moment))),
        starts=_stamp(found.start, zone),
        due=f"due {end}" if end else "held",
        now=_stamp(moment, zone) if late else "",
        total=f"{length(found.promise)} of working time, rule “{policy}”",
        sum=f"= {end}" if end else f"{length(found.left)} left",
        spoken=spoken.replace(" · ", ", "),
    )


def length(whole: timedelta) -> str:
    """Say a length as it is counted: "10 min", "1 h 5 min", "2 d 15 h"."""
    minutes = round(whole.total_seconds() / 60)
    if not minutes:
        return f"{round(whole.total_seconds())} s"
    days, rest = divmod(minutes, 24 * 60)
    parts = [(days, "d"), (rest // 60, "h"), (rest % 60 if not days else 0, "min")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number)


def _drawn(found: Derivation, moment: datetime) -> Iterator[tuple[str, timedelta]]:
    """Give kind and length up to the end of the bar; work that is still to come is what is left."""
    for piece in found.pieces:
        if piece.kind != "worked":
            yield _kind(piece), piece.length
            continue
        done = min(max(moment, piece.from_), piece.to)
        yield "worked", done - piece.from_
        yield "left", piece.to - done
    if found.held and found.due is None:
        yield "held", max(timedelta(), moment - max(found.held.from_, found.start))
        yield "left", found.left
    elif found.due and moment > found.due:
        yield "late", moment - found.due


def _part(kind: str, real: timedelta, promise: timedelta) -> Part:
    """Give a piece its share; what is no work is at most as long as it, or a weekend would hide the work."""
    shown = real if kind in {"worked", "left"} else min(real, promise)
    return Part(kind, max(SHORTEST, shown.total_seconds() / 60))


def _lines(found: Derivation, zone: ZoneInfo, moment: datetime) -> Iterator[Line]:
    began = False
    if not found.pieces or found.pieces[0].kind != "worked":
        yield Line("closed", f"Request {_stamp(found.start, zone)}", "")
    for piece in found.pieces:
        if piece.kind == "worked":
            again = "Clock runs again" if began else "Clock starts"
            first = f"Request {_stamp(found.start, zone)}, clock starts"
            yield Line("worked", first if piece.from_ == found.start else again, length(piece.length))
            began = True
        else:
            yield Line(_kind(piece), *_pause(piece, zone))
    if found.held and found.due is None:
        yield Line("held", _because("Held", found.held.why), f"since {_stamp(found.held.from_, zone)}")
    elif found.due and moment > found.due:
        yield Line("late", "Late", length(moment - found.due))


def _pause(piece: Piece, zone: ZoneInfo) -> tuple[str, str]:
    """Tell what stood between, and how long."""
    if piece.kind == "held":
        return _because("Held", piece.why), _range(piece, zone)
    until = _stamp(piece.to, zone)
    if piece.kind == "closed":
        ordinary = piece.why in {"night", "weekend", "closed", ""}
        return f"{'Closed' if ordinary else piece.why.capitalize()} until {until}", length(piece.length)
    return f"{piece.why}, until {until}", length(piece.length)


def _short(lines: list[Line]) -> list[Line]:
    """Leave out the middle of a long way."""
    if len(lines) <= MOST_LINES:
        return lines
    hidden = len(lines) - AT_THE_START - AT_THE_END
    told = Line("closed", f"… {hidden} more steps of work and closing", "")
    return [*lines[:AT_THE_START], told, *lines[-AT_THE_END:]]


def _kind(piece: Piece) -> str:
    return "closed" if piece.kind in {"holiday", "away"} else piece.kind


def _because(what: str, why: str) -> str:
    return f"{what}: {why}" if why else what


def _range(piece: Piece, zone: ZoneInfo) -> str:
    first, last = piece.from_.astimezone(zone), piece.to.astimezone(zone)
    end = f"{last:%H:%M}" if first.date() == last.date() else _stamp(piece.to, zone)
    return f"{_stamp(piece.from_, zone)} – {end}"  # noqa: RUF001 - a dash between times


def _stamp(at: datetime, zone: ZoneInfo) -> str:
    """Write a weekday and time, with the date when it is not near."""
    local = at.astimezone(zone)
    if abs(at - now()) < NEAR:
        return f"{local:%a %H:%M}"
    return f"{local:%a} {local.day} {local:%b %H:%M}"
