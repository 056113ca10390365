"""Calls out of AMI events: a pure machine without a clock or a wire; how a call is derived, docs/adr/0030 tells.

It is total: any text in any order, doubled or lost, gives calls that each end in one outcome. Moments are seconds
since 1970.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from connectors.asterisk.hearing import HEARD
from connectors.asterisk.plan import Plan
from connectors.asterisk.resync import Snapshot, resync
from connectors.asterisk.switchboard import Expected, Switchboard
from connectors.asterisk.words import FILE, ID, Message, clean, moment
from hub.events import CallChanged, CallState

WANTED = frozenset(HEARD)
"""The kinds of events that make calls."""


class Channels(NamedTuple):
    """The channels of an extension and of the customer in one call."""

    own: str
    customer: str


class Calls:
    """The calls of one PBX."""

    def __init__(self, plan: Plan) -> None:
        """Begin with no calls."""
        self._board = Switchboard(plan)

    @property
    def living(self) -> int:
        """Say how many calls live."""
        return len(self._board.calls)

    @property
    def keys(self) -> tuple[str, ...]:
        """Give the keys of the calls that live."""
        return tuple(call.key for call in self._board.calls.values())

    def hear(self, events: Iterable[tuple[Message, float]]) -> list[CallChanged]:
        """Take events, each with the moment of the hub's clock at which it was heard.

        Gives the calls that changed in what matters, each once, as it is after all of them.
        """
        for message, heard in events:
            hearing = HEARD.get(message.get("Event", ""))
            if hearing is not None:
                at = moment(message, heard)
                hearing(self._board, message, at, heard)
                self._board.settle(at, heard)
        return self._board.tell()

    def expect(self, own: str, customer: str, at: float) -> None:
        """Know a call before it exists: `own` is the ChannelId and the ActionID of the Originate to come."""
        self._board.expected.keep(own[:ID], Expected(customer, at))

    def forget(self, own: str) -> None:
        """Expect it no longer: the PBX refused the Originate."""
        self._board.expected.take(own[:ID])

    def channels(self, key: str, extension: str) -> Channels:
        """Give by whose channels an extension is in a call; "" where there is none."""
        call = self._board.calls.get(key)
        legs = call.legs.values() if call else ()
        own = [leg for leg in legs if leg.is_staff and leg.who.name == extension]
        other = call.customers_leg if call else None
        return Channels(
            max(own, key=lambda leg: bool(leg.bridge)).channel if own else "",
            other.channel if other and call and other.id in call.legs else "",
        )

    def recorder(self, key: str) -> str:
        """Give the channel by which a call is recorded; "" where it is not, or nobody told by which."""
        call = self._board.calls.get(key)
        leg = self._board.legs.get(call.recorder) if call else None
        return leg.channel if leg else ""

    def is_rung(self, key: str, extension: str) -> bool:
        """Tell whether an extension's telephone is in a call, ringing or up."""
        return bool(self.channels(key, extension).own)

    def end_by_staff(self, key: str) -> None:
        """Know that one of ours ends a call: the PBX tells only that it ends."""
        call = self._board.calls.get(key)
        if call is not None and call.hung_up is None:
            call.hung_up = "staff"

    def record(self, leg_id: str, file: str, at: float) -> list[CallChanged]:
        """Say where a leg's call is recorded; nothing if it is over."""
        leg = self._board.legs.get(leg_id[:ID])
        if leg is None or leg.call.outcome is not None:
            return []
        leg.call.recorded, leg.call.recording, leg.call.changed = True, clean(file, FILE), True
        self._board.touched[leg.call.key] = leg.call
        self._board.settle(at, at)
        return self._board.tell()

    def remember(self, state: CallState, number: int) -> None:
        """Take over a call that lived when the hub was stopped; the next `resync` says whether it still does."""
        self._board.remembered[state.key] = (state, number)

    def resync(self, snapshot: Snapshot) -> list[CallChanged]:
        """Come to terms with what the PBX lists after a connection began: end what ended, take up what lives."""
        return resync(self._board, snapshot)
