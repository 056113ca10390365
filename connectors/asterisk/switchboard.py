"""All calls and legs that live, and what is remembered of those that ended. Bounded, whatever comes or gets lost."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from connectors.asterisk.call import Call, Outcome
from connectors.asterisk.legs import Leg, Rooms
from connectors.asterisk.memory import Memory
from connectors.asterisk.outcome import outcome
from connectors.asterisk.plan import LISTS, Plan, device
from connectors.asterisk.resync import restore
from connectors.asterisk.telephones import LISTENS
from connectors.asterisk.words import ID, NAME, WRITTEN, Message, clean
from hub.events import CallChanged, CallState

MOST_LEGS = 20_000
MOST_MOVES = 20
REMEMBERED = 50_000

# States of a phone that is called; one that calls begins in "Ring".
_CALLED = {"Down", "Ringing"}


class Expected(NamedTuple):
    """A call that the hub asked for: whom, and when by the hub's clock."""

    customer: str
    at: float


class Switchboard:
    """Who is in which call. Every call here has a leg; `touched` are those that the event at hand is about."""

    def __init__(self, plan: Plan) -> None:
        """Begin with no calls."""
        self.plan = plan
        self.calls: dict[str, Call] = {}
        self.legs: dict[str, Leg] = {}
        self.rooms = Rooms()
        self.gone: Memory[None] = Memory(REMEMBERED)
        self.over: Memory[None] = Memory(REMEMBERED)
        self.in_vain: Memory[float] = Memory(MOST_LEGS)
        self.expected: Memory[Expected] = Memory(MOST_LEGS)
        self.remembered: dict[str, tuple[CallState, int]] = {}
        self.touched: dict[str, Call] = {}
        self._news: dict[str, tuple[Call, float, float]] = {}

    def leg(self, message: Message, at: float, heard: float, side: str = "") -> Leg | None:
        """Give the leg that the message is about, in the call to which it belongs by now.

        `side` is "Dest" for the called one. None: there is no leg, it hung up, or its call is over.
        """
        leg_id = message.get(f"{side}Uniqueid", "")[:ID]
        leg = self.legs.get(leg_id)
        if leg is None and (not leg_id or leg_id in self.gone):
            return None
        key = message.get(f"{side}Linkedid", "")[:ID] or (leg.call.key if leg else leg_id)
        if leg is None:
            leg = self._new_leg(leg_id, key, message, at, side)
        elif leg.call.key != key and key not in leg.before:
            self._move(leg, key, at)
        if leg is None or leg.call.outcome is not None:
            return None
        leg.heard = heard
        self.touched[leg.call.key] = leg.call
        return leg

    def call(self, key: str, at: float) -> Call | None:
        """Give the call of this key, perhaps a new one; None if it is over."""
        if not key or key in self.over or key.startswith(LISTENS):
            return None
        call = self.calls.get(key)
        if call is None:
            call = self.calls[key] = Call(key, self.plan, at)
            expected = self.expected.take(key)
            if expected:
                call.own, call.asked, call.placed = key, expected.customer, True
            if key in self.remembered:
                restore(call, *self.remembered.pop(key))
        self.touched[key] = call
        return call

    def introduce(self, leg: Leg, message: Message, side: str = "") -> None:
        """Take from a leg's first event what later ones may rewrite: numbers, the name, what was dialled."""
        leg.began_down = message.get(f"{side}ChannelStateDesc") in _CALLED
        leg.number = clean(message.get(f"{side}CallerIDNum", ""), WRITTEN)
        call = leg.call
        if leg is not call.root or call.is_restored:
            return
        known = call.dialled, call.caller, call.name
        dialled = clean(message.get(f"{side}Exten", ""), WRITTEN)
        call.dialled = "" if dialled == "s" else dialled
        if leg.is_trunk:
            call.caller, call.name = leg.number, clean(message.get(f"{side}CallerIDName", ""), NAME)
        call.changed = call.changed or known != (call.dialled, call.caller, call.name)

    def meet(self, leg: Leg, bridge: str, at: float) -> None:
        """Let a leg enter a bridge, or leave it for "", and see who talks now."""
        self.listen(self.rooms.enter(leg, bridge), at)

    def hang_up(self, leg: Leg, cause: int | None, at: float) -> None:
        """Take a leg out for good."""
        call, company = leg.call, list(self.rooms.around(leg))
        self._forget(leg)
        self.touched[call.key] = call
        if call.outcome is not None:
            return
        if leg is call.customers_leg or (leg is call.root and call.cause is None):
            call.cause = cause
        call.let_go(leg, at)
        self.listen(company, at)

    def listen(self, company: Iterable[Leg], at: float) -> None:
        """See who talks with whom in the calls of these legs."""
        for call in {id(leg.call): leg.call for leg in company}.values():
            if call.outcome is None:
                call.hear(self._company(call), at)
                self.touched[call.key] = call

    def end(self, call: Call, word: Outcome, at: float, gap: float = 0.0) -> None:
        """Close a call with this outcome; what is left of its legs waits for its hang-up."""
        if call.placed and call.far is None and not call.dialled:
            call.dialled = call.asked
        call.gap = gap
        call.end(word, at)
        self.calls.pop(call.key, None)
        self.over.keep(call.key, None)
        self.touched[call.key] = call

    def settle(self, at: float, heard: float) -> None:
        """End what is over by now, and keep what is to be told.

        Of whom nobody heard with whom he was, as the customer had hung up before, it is not known what it was.
        """
        for call in self.touched.values():
            if call.outcome is None and call.is_over():
                self._note_vain(call, heard)
                is_known = call.is_whole or call.customer is not None
                self.end(call, outcome(call) if is_known else "unknown", at)
            if call.changed:
                self._news[call.key] = call, at, heard
        self.touched.clear()

    def tell(self) -> list[CallChanged]:
        """Give the calls that changed since it was asked last, each once, as they are now."""
        news, self._news = self._news, {}
        return [_told(call, at, heard) for call, at, heard in news.values()]

    def drop(self, call: Call, at: float, gap: float = 0.0) -> None:
        """End a call of which nobody knows how it went on, and forget its legs."""
        for leg in list(call.legs.values()):
            self._forget(leg)
        self.end(call, "unknown", at, gap)

    def _new_leg(self, leg_id: str, key: str, message: Message, at: float, side: str) -> Leg | None:
        channel = message.get(f"{side}Channel", "")[:ID]
        call = self.call(key, at) if channel and f"@{LISTS}" not in channel else None
        if call is None:
            return None
        if len(self.legs) >= MOST_LEGS:
            self._make_room(at)
        pair = channel[:-2] if channel.endswith((";1", ";2")) else ""
        leg = Leg(leg_id, channel, self.plan.who(channel), call, at, pair)
        self.legs[leg_id] = leg
        call.take_in(leg)
        self.introduce(leg, message, side)
        if pair:
            self.rooms.enter(leg, "")
        return leg

    def _move(self, leg: Leg, key: str, at: float) -> None:
        old, new = leg.call, self.call(key, at)
        if new is None or len(leg.before) >= MOST_MOVES:
            return
        leg.before.add(old.key)
        old.let_go(leg, at)
        new.take_in(leg)
        self.touched[old.key] = old
        self.listen(self.rooms.around(leg), at)
        if old.outcome is None:
            old.hear(self._company(old), at)

    def _company(self, call: Call) -> list[Leg]:
        """Give who hears the customer; between colleagues, whoever of them hears another."""
        customer = call.customers_leg
        if customer is not None:
            here = customer.id in call.legs
            return [leg for leg in self.rooms.around(customer) if leg is not customer] if here else []
        heard = {leg.id: leg for own in call.legs.values() if own.bridge for leg in self.rooms.around(own)}
        speakers = [leg for leg in heard.values() if leg.speaker]
        return speakers if len(speakers) > 1 else []

    def _forget(self, leg: Leg) -> None:
        self.rooms.leave(leg)
        self.legs.pop(leg.id, None)
        self.gone.keep(leg.id, None)

    def _make_room(self, at: float) -> None:
        oldest = next(iter(self.legs.values()))
        if oldest.call.outcome is None:
            self.drop(oldest.call, at)
        self._forget(oldest)

    def _note_vain(self, call: Call, heard: float) -> None:
        """Remember that a phone was called for nothing: an OriginateResponse without an id may follow."""
        if call.root and call.root.is_staff and call.root.began_down and not call.root.up:
            self.in_vain.keep(device(call.root.channel), heard)


def _told(call: Call, at: float, heard: float) -> CallChanged:
    """Give a call's state a number by the hub's clock, so that numbers grow over a restart of the hub too."""
    call.number = max(call.number + 1, int(heard * 1000))
    call.changed = False
    return CallChanged(call.state(at), call.number)
