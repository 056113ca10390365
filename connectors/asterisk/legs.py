"""The legs of calls, and who hears whom: legs meet in bridges, and through the two halves of a Local channel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from connectors.asterisk.plan import Who

if TYPE_CHECKING:
    from connectors.asterisk.call import Call

OUTSIDE = "outside"
"""Who talks with the customer over a trunk instead of an extension."""


@dataclass(slots=True, eq=False)
class Leg:
    """One channel of a call, from its first event to its hang-up.

    `heard` is when the hub last heard of it, by the hub's own clock. `before` are the calls that it was in; an
    event that still names one of them does not bring it back. `pair` is what both halves of a Local channel share.
    """

    id: str
    channel: str
    who: Who
    call: Call
    heard: float
    pair: str = ""
    began_down: bool = False
    up: bool = False
    ringing: bool = False
    held: bool = False
    bridge: str = ""
    number: str = ""
    dialled: str = ""
    status: str = ""
    cause: int | None = None
    talked: bool = False
    before: set[str] = field(default_factory=set)

    @property
    def is_staff(self) -> bool:
        """Say whether it is a staff phone's."""
        return self.who.kind == "staff"

    @property
    def is_trunk(self) -> bool:
        """Say whether it leads outside."""
        return self.who.kind == "trunk"

    @property
    def speaker(self) -> str:
        """Give the name under which it talks: an extension, or `OUTSIDE`; "" for nobody."""
        return self.who.name if self.is_staff else OUTSIDE if self.is_trunk else ""

    def places(self) -> tuple[str, ...]:
        """Give where it can be met."""
        if self.pair:
            return (self.pair, self.bridge) if self.bridge else (self.pair,)
        return (self.bridge,) if self.bridge else ()


class Rooms:
    """Which legs are in which place."""

    def __init__(self) -> None:
        """Begin with nobody anywhere."""
        self._legs: dict[str, dict[str, Leg]] = {}

    def enter(self, leg: Leg, bridge: str) -> list[Leg]:
        """Put a leg into a bridge, "" for none, and give all whose company that may change."""
        near = list(self.around(leg))
        self.leave(leg)
        leg.bridge = bridge
        for place in leg.places():
            self._legs.setdefault(place, {})[leg.id] = leg
        return [*near, *self.around(leg)]

    def leave(self, leg: Leg) -> None:
        """Take a leg out of wherever it is."""
        for place in leg.places():
            there = self._legs.get(place, {})
            there.pop(leg.id, None)
            if not there:
                self._legs.pop(place, None)

    def inside(self, bridge: str) -> list[Leg]:
        """Give the legs in a bridge."""
        return list(self._legs.get(bridge, {}).values())

    def around(self, leg: Leg) -> Iterator[Leg]:
        """Give the leg and all who hear it."""
        seen, reached = {leg.id}, [leg]
        for one in reached:
            yield one
            for place in one.places():
                for other in self._legs.get(place, {}).values():
                    if other.id not in seen:
                        seen.add(other.id)
                        reached.append(other)
