"""After a connection began: what the PBX lists is set against what is known, so that no call lives for ever.

A call that is no longer listed ended while nobody listened: as "unknown", with the gap. One that is listed is taken
up, and goes on as if nothing had been missed. What was heard since the lists were asked for is newer than they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from msgspec import structs

from connectors.asterisk.legs import Leg
from connectors.asterisk.words import ID, NAME, WRITTEN, Message, clean, day, seconds
from hub.events import CallChanged, CallState

if TYPE_CHECKING:
    from connectors.asterisk.call import Call
    from connectors.asterisk.switchboard import Switchboard

LONGEST = 30 * 86_400.0
"""Seconds that a call is believed to last."""


class Snapshot(NamedTuple):
    """What a PBX says lives, asked for at `at` (seconds since 1970, the hub's clock).

    `items` are those of CoreShowChannels, Status and QueueStatus in any order; None: it would not say. `uptime` are
    the seconds since it started, `silent_since` is when the connection before this one was last heard.
    """

    items: Sequence[Message] | None
    at: float
    uptime: float | None = None
    silent_since: float | None = None

    @property
    def is_restarted(self) -> bool:
        """Say whether the PBX was started while nobody listened, so that everything from before is over."""
        if self.uptime is None or self.silent_since is None:
            return self.uptime == 0
        return self.uptime < self.at - self.silent_since


def resync(board: Switchboard, snapshot: Snapshot) -> list[CallChanged]:
    """Make the calls what the PBX says, and give those that changed."""
    if snapshot.items is None and not snapshot.is_restarted:
        return []
    listed = _channels(snapshot.items or ())
    for row in listed.values():
        _take_up(board, row, snapshot.at)
    _end_what_ended(board, listed, snapshot)
    _end_what_never_began(board, snapshot)
    board.settle(snapshot.at, snapshot.at)
    return [*board.tell(), *_forgotten(board, snapshot)]


def restore(call: Call, state: CallState, number: int) -> None:
    """Give a call what was known of it before the hub was stopped."""
    call.caller = call.asked = state.written
    call.name, call.dialled, call.queue, call.own = state.name, state.dialled, state.queue, state.own
    call.placed = call.has_trunk = state.direction == "outbound"
    call.is_inbound = state.direction == "inbound"
    call.rang = dict.fromkeys(state.rang)
    call.talks = {talk.extension: talk.seconds for talk in state.talks}
    call.talking = dict.fromkeys(state.talking, number / 1000)
    call.met = bool(state.talks or state.talking)
    call.holds, call.transfers = state.holds, list(state.transfers)
    call.recorded, call.recording = state.recorded, state.recording
    call.started, call.number, call.is_restored = state.started_at.timestamp(), number, True
    call.answered = state.answered_at.timestamp() if state.answered_at else None


def _channels(items: Sequence[Message]) -> Mapping[str, dict[str, str]]:
    """Give what is listed of each channel, put together; those with which calls began come first."""
    found: dict[str, dict[str, str]] = {}
    for item in items:
        found.setdefault(item.get("Uniqueid", "")[:ID], {}).update(item)
    rows = {leg_id: row for leg_id, row in found.items() if leg_id and row.get("Channel")}
    return dict(sorted(rows.items(), key=lambda pair: pair[0] != pair[1].get("Linkedid")))


def _take_up(board: Switchboard, row: Message, at: float) -> None:
    known = board.legs.get(row["Uniqueid"][:ID])
    if known is not None and known.heard > at:
        return
    age = seconds(row.get("Duration") or row.get("Seconds", "")) or 0.0
    leg = board.leg(row, at - min(max(age, 0.0), LONGEST), at)
    if leg is None:
        return
    _set_state(leg, row.get("ChannelStateDesc", ""))
    call = leg.call
    if known is None and leg is call.root and not call.is_restored:
        call.dialled = clean(row.get("DNID", ""), WRITTEN) or call.dialled
    queue = _queue(row)
    if queue and queue != call.queue:
        call.queue, call.changed = queue, True
    bridge = (row.get("BridgeId") or row.get("BridgeID", ""))[:ID]
    if bridge != leg.bridge:
        board.meet(leg, bridge, at)


def _set_state(leg: Leg, state: str) -> None:
    leg.up = leg.up or state == "Up"
    rings = state == "Ringing" and leg.is_staff
    if rings and not leg.ringing:
        leg.call.ring(leg)
    elif not rings:
        leg.call.stop_ringing([leg])


def _queue(row: Message) -> str:
    """Give the queue in which a channel waits or was answered: a `QueueEntry`'s, or that of its application."""
    waiting = row.get("Application") == "Queue" and row.get("ApplicationData", row.get("Data", ""))
    return clean(row.get("Queue", "") or (waiting or "").partition(",")[0], NAME)


def _end_what_ended(board: Switchboard, listed: Mapping[str, object], snapshot: Snapshot) -> None:
    for call in list(board.calls.values()):
        since = _silence(call.number, snapshot)
        for leg in list(call.legs.values()):
            if leg.id not in listed and leg.heard <= snapshot.at:
                board.hang_up(leg, None, since)
        call.root_gone = call.root_gone or (call.is_restored and not call.is_whole)
        if call.is_over():
            board.drop(call, snapshot.at, snapshot.at - since)


def _end_what_never_began(board: Switchboard, snapshot: Snapshot) -> None:
    """End the calls that were asked for before the silence: whether a phone rang nobody knows."""
    for own, expected in board.expected.items():
        if snapshot.silent_since is not None and expected.at <= snapshot.silent_since:
            call = board.call(own, expected.at)
            if call is not None:
                board.end(call, "unknown", snapshot.at, snapshot.at - expected.at)


def _forgotten(board: Switchboard, snapshot: Snapshot) -> list[CallChanged]:
    """End the calls of an earlier life of the hub that are not listed."""
    ended = [_lost(state, number, snapshot) for state, number in board.remembered.values()]
    for change in ended:
        board.over.keep(change.call.key, None)
    board.remembered.clear()
    return ended


def _lost(state: CallState, number: int, snapshot: Snapshot) -> CallChanged:
    over = structs.replace(
        state, outcome="unknown", ended_by=None, ringing=(), talking=(), on_hold=False,
        ended_at=day(snapshot.at), gap=snapshot.at - _silence(number, snapshot),
    )  # fmt: skip
    return CallChanged(over, max(number + 1, int(snapshot.at * 1000)))


def _silence(number: int, snapshot: Snapshot) -> float:
    """Say since when nothing is known; a call's number tells when it was last told of."""
    since = number / 1000 if snapshot.silent_since is None else snapshot.silent_since
    return min(since, snapshot.at)
