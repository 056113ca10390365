"""One call while it lives: its legs, what of it is known for good, and the state that the hub is told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from connectors.asterisk.legs import OUTSIDE, Leg
from connectors.asterisk.plan import Plan, is_withheld
from connectors.asterisk.words import NAME, WRITTEN, clean, day
from hub.events import CallState, Talk, Transfer

MOST_RANG = 200
MOST_TRANSFERS = 50

Direction = Literal["inbound", "outbound", "internal"]
Side = Literal["customer", "staff"]
Outcome = Literal["answered", "abandoned", "no-answer", "busy", "rejected", "failed", "unknown"]


@dataclass(slots=True, eq=False)
class Call:
    """The legs that share a Linkedid, and what is left of those that hung up.

    `root` is the leg whose own id is the call's, or else the first real one; `is_whole` says that the leg with that id
    was seen, with which the call began. `far` is the customer's leg of a call that goes out. `talks` are seconds by
    speaker, `talking` when each of those who talk now began.
    """

    key: str
    plan: Plan
    started: float
    legs: dict[str, Leg] = field(default_factory=dict)
    root: Leg | None = None
    root_gone: bool = False
    is_whole: bool = False
    is_inbound: bool = False
    far: Leg | None = None
    far_gone: float | None = None
    has_trunk: bool = False
    colleagues: bool = False
    caller: str = ""
    asked: str = ""
    placed: bool = False
    is_restored: bool = False
    name: str = ""
    dialled: str = ""
    queue: str = ""
    own: str = ""
    rang: dict[str, None] = field(default_factory=dict)
    statuses: dict[str, str] = field(default_factory=dict)
    talks: dict[str, float] = field(default_factory=dict)
    talking: dict[str, float] = field(default_factory=dict)
    met: bool = False
    holds: int = 0
    transfers: list[Transfer] = field(default_factory=list)
    hung_up: Side | None = None
    cause: int | None = None
    recorded: bool = False
    recording: str = ""
    recorder: str = ""
    silenced: bool = False
    parked: str = ""
    answered: float | None = None
    ended: float | None = None
    outcome: Outcome | None = None
    gap: float = 0.0
    number: int = 0
    changed: bool = True

    @property
    def customers_leg(self) -> Leg | None:
        """Give the leg behind which the customer is; None between colleagues."""
        return self.root if self.is_inbound else self.far

    @property
    def direction(self) -> Direction:
        """Say which way it goes, as far as is known."""
        if self._is_inside():
            return "internal"
        if self.is_inbound:
            return "inbound"
        placed = self.placed or (self.root is not None and self.root.began_down)
        return "outbound" if self.has_trunk or (placed and not self.colleagues) else "internal"

    @property
    def written(self) -> str:
        """Give the customer's number as the PBX has it: the caller's, or what we or the trunk dialled."""
        if self.is_inbound:
            return "" if is_withheld(self.caller) else self.caller
        if self.own:
            return self.asked
        return (self.far and (self.far.dialled or self.far.number)) or self.asked

    @property
    def customer(self) -> str | None:
        """Give the customer's number in E.164."""
        leg = self.customers_leg
        return self.plan.read(self.written, leg.who.name if leg else "") if self.written else None

    def _is_inside(self) -> bool:
        return bool(self.plan.inside) and self.plan.is_inside(self.written, self.customer)

    def take_in(self, leg: Leg) -> None:
        """Add a leg, and see what it is for the call."""
        self.legs[leg.id] = leg
        leg.call = self
        was = self.direction
        self.is_whole = self.is_whole or leg.id == self.key
        if leg.who.kind != "nobody" and (leg.id == self.key or self._lacks_root()):
            self.root, self.root_gone, self.is_inbound = leg, False, leg.is_trunk
        elif leg.is_staff:
            self.colleagues = True
        elif leg.is_trunk:
            self._lead_out(leg)
        self.changed = self.changed or self.direction != was

    def _lacks_root(self) -> bool:
        """Say whether the next leg will do; of a call of an earlier life of the hub it may be any of them."""
        return self.root is None and not self.root_gone and (self.is_whole or not self.is_restored)

    def _lead_out(self, leg: Leg) -> None:
        self.has_trunk = True
        if not self.is_inbound and (self.far is None or (self.far_gone is not None and not self.far.talked)):
            self.far, self.far_gone = leg, None

    def let_go(self, leg: Leg, at: float) -> None:
        """Take a leg out that hung up or moved on."""
        self.legs.pop(leg.id, None)
        leaves_others = leg.is_staff and leg.up and any(other.is_staff for other in self.legs.values())
        if leg.ringing or leg.held or leaves_others:
            self.changed = True
        if leg is self.far and self.far_gone is None:
            self.far_gone = at
        if leg is self.root:
            self.root_gone = True

    def is_over(self) -> bool:
        """Say whether nobody is left who could go on with it."""
        if not self.legs:
            return True
        if self.is_inbound:
            return self.root_gone
        return self.root_gone and self.far_gone is not None

    def ring(self, leg: Leg) -> None:
        """Note that a phone of ours rings."""
        leg.ringing = self.changed = True
        if len(self.rang) < MOST_RANG:
            self.rang.setdefault(leg.who.name)

    def stop_ringing(self, legs: Iterable[Leg]) -> None:
        """Note that phones ring no longer."""
        for leg in legs:
            if leg.ringing:
                leg.ringing = False
                self.changed = True

    def hear(self, company: Iterable[Leg], at: float) -> None:
        """Note who hears the customer now: talks begin and end."""
        now = {leg.speaker: leg for leg in company if leg.speaker}
        for speaker in [speaker for speaker in self.talking if speaker not in now]:
            self._count(speaker, self.talking.pop(speaker), at)
            self.changed = True
        if now and self.parked:
            self.parked, self.changed = "", True
        for speaker, leg in now.items():
            leg.talked = True
            if speaker not in self.talking:
                self._begin(speaker, at)
        if now and self.far is not None:
            self.far.talked = True

    def _begin(self, speaker: str, at: float) -> None:
        self.talking[speaker] = at
        self.met = self.changed = True
        self.hung_up = None
        if self.customers_leg is not None:
            self.talks.setdefault(speaker, 0.0)
            self.answered = at if self.answered is None else self.answered

    def _count(self, speaker: str, since: float, at: float) -> None:
        if speaker in self.talks:
            self.talks[speaker] += max(0.0, at - since)

    def hand_on(self, transfer: Transfer) -> None:
        """Note a transfer; who hangs up from here on is asked anew."""
        if transfer not in self.transfers[-1:] and len(self.transfers) < MOST_TRANSFERS:
            self.transfers.append(transfer)
            self.hung_up = None
            self.changed = True

    def end(self, outcome: Outcome, at: float) -> None:
        """Close it, once and for all."""
        self.hear((), at)
        self.stop_ringing(self.legs.values())
        self.outcome = outcome
        self.ended = at if self.far_gone is None else min(at, self.far_gone)
        self.changed = True

    def state(self, at: float) -> CallState:
        """Tell it as it is; talks that go on are counted up to `at`."""
        is_over = self.outcome is not None
        inbound = self.is_inbound
        return CallState(
            key=self.key,
            direction=self.direction,
            customer=None if self._is_inside() else self.customer,
            written=clean(self.written, WRITTEN),
            name="" if not inbound or is_withheld(self.name) else clean(self.name, NAME),
            withheld=inbound and is_withheld(self.caller),
            dialled=self.dialled,
            queue=self.queue,
            rang=tuple(self.rang),
            ringing=tuple(dict.fromkeys(leg.who.name for leg in self.legs.values() if leg.ringing)),
            talking=tuple(speaker for speaker in self.talking if speaker != OUTSIDE),
            inside=() if is_over else self._inside(),
            on_hold=not is_over and any(leg.held for leg in self.legs.values()),
            talks=tuple(Talk(speaker, round(total + self._running(speaker, at), 3))
                        for speaker, total in self.talks.items()),
            holds=self.holds,
            transfers=tuple(self.transfers),
            outcome=self.outcome,
            ended_by=self._ended_by(),
            cause=self.cause if is_over else None,
            recorded=self.recorded,
            recording=self.recording,
            silenced=self.silenced,
            parked="" if is_over else self.parked,
            own=self.own,
            picked_up=self._is_picked_up(),
            started_at=day(self.started),
            answered_at=None if self.answered is None else day(self.answered),
            ended_at=None if self.ended is None else day(self.ended),
            gap=self.gap,
        )  # fmt: skip

    def _inside(self) -> tuple[str, ...]:
        return tuple(
            dict.fromkeys(
                leg.who.name for leg in self.legs.values() if leg.is_staff and (leg.up or leg.talked)
            )
        )

    def _is_picked_up(self) -> bool:
        """Say whether who placed it took his own telephone."""
        root = self.root
        return root is not None and root.is_staff and (root.up or self.far is not None)

    def _running(self, speaker: str, at: float) -> float:
        return max(0.0, at - self.talking[speaker]) if speaker in self.talking else 0.0

    def _ended_by(self) -> Literal["customer", "staff", "pbx"] | None:
        if self.outcome is None or self.outcome == "unknown":
            return None
        return self.hung_up or "pbx"
