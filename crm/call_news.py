"""A call put together from what happened to it, one thing after the other, where its PBX says no more at a time.

What comes twice changes nothing, and a beginning that was missed is made up for as far as the rest tells.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Literal

from msgspec import structs

from hub.events import CallNews, CallState, Talk

NOBODY = "?"  # who answered, where the PBX does not say
BUSY, REJECTED = 17, 21  # Q.850
FAILED = frozenset({1, 3, 28, 34, 38, 41})
AGAIN = timedelta(seconds=3)  # after a call ended: an older word may come late, and nobody dials that fast
Outcome = Literal["answered", "abandoned", "no-answer", "busy", "rejected", "failed"]


def grown(known: CallState | None, news: CallNews) -> CallState | None:
    """Give a call with what happened to it; None where it ended before, so that nothing can happen to it."""
    if known is not None and known.outcome is not None:
        return None
    state = known or _begun(news)
    return _DEEDS[news.what](structs.replace(state, queue=state.queue or news.queue), news)


def is_another(known: CallState, news: CallNews) -> bool:
    """Tell whether a call begins with the key of one that ended: not every PBX has a key for each."""
    begins = news.what == "rings" and bool(news.written or news.withheld)
    return begins and known.ended_at is not None and news.at > known.ended_at + AGAIN


def _begun(news: CallNews) -> CallState:
    started_at = news.at - timedelta(seconds=news.seconds or 0)
    return CallState(
        key=news.key, direction=news.direction, customer=news.customer, written=news.written,
        withheld=news.withheld, dialled=news.dialled, queue=news.queue, started_at=started_at,
    )  # fmt: skip


def _rings(state: CallState, news: CallNews) -> CallState:
    """Have it ring for colleagues who are called; one who calls has it at his telephone."""
    rang = _joined(state.rang, news.extensions)
    if state.direction == "outbound":
        return structs.replace(state, rang=rang, inside=_joined(state.inside, news.extensions))
    ringing = _joined(state.ringing, news.extensions) if state.answered_at is None else state.ringing
    return structs.replace(state, rang=rang, ringing=ringing)


def _quiet(state: CallState, news: CallNews) -> CallState:
    left = tuple(each for each in state.ringing if each not in news.extensions)
    return structs.replace(state, ringing=left)


def _answered(state: CallState, news: CallNews) -> CallState:
    """Have it be with who answered: the one it is said of, or at whose telephone alone it can be."""
    likely = news.extensions or (state.inside if state.direction == "outbound" else state.ringing)
    extension = likely[0] if len(likely) == 1 else NOBODY
    talks = state.talks
    if not talks or talks[-1].extension != extension:
        talks = (*_timed(state, news), Talk(extension, 0.0))
    rang = state.rang if extension == NOBODY else _joined(state.rang, (extension,))
    return structs.replace(
        state, rang=rang, ringing=(), talking=(extension,), inside=(extension,), talks=talks,
        answered_at=state.answered_at or news.at,
    )  # fmt: skip


def _ended(state: CallState, news: CallNews) -> CallState:
    if state.answered_at is None and news.seconds:
        began = max(state.started_at, news.at - timedelta(seconds=news.seconds))
        state = _answered(state, structs.replace(news, at=began))
    return structs.replace(
        state, ringing=(), talking=(), inside=(), on_hold=False, talks=_timed(state, news),
        outcome=_outcome(state, news), cause=news.cause, ended_by=news.ended_by,
        ended_at=max(news.at, state.started_at),
    )  # fmt: skip


def _timed(state: CallState, news: CallNews) -> tuple[Talk, ...]:
    """Give the talks with the last one's length, which is from its beginning until now."""
    if not state.talks or state.answered_at is None:
        return state.talks
    *before, last = state.talks
    lasted = (news.at - state.answered_at).total_seconds() - sum(talk.seconds for talk in before)
    return (*before, Talk(last.extension, max(0.0, lasted)))


def _outcome(state: CallState, news: CallNews) -> Outcome:
    if state.answered_at is not None:
        return "answered"
    if news.cause == BUSY:
        return "busy"
    if state.direction == "inbound":
        return "abandoned" if news.ended_by == "customer" else "no-answer"
    return "rejected" if news.cause == REJECTED else "failed" if news.cause in FAILED else "no-answer"


def _joined(before: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*before, *more]))


_DEEDS: Mapping[str, Callable[[CallState, CallNews], CallState]] = {
    "rings": _rings, "quiet": _quiet, "answered": _answered, "ended": _ended,
}  # fmt: skip
