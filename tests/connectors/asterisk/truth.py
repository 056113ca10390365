"""What happened in a scenario, as the people with the telephones lived it: what must be derived from Asterisk's events.

Nothing here comes from Asterisk. Times are Unix seconds. `who` is an extension such as "101", "customer", "outside"
(somebody behind the trunk to whom a call was passed on) or "pbx".
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from tests.servers.phone_call import Call

Direction = Literal["inbound", "outbound", "internal"]
LEAVES = {"transfers", "joins", "leaves", "asks", "hangs up"}


@dataclass(frozen=True)
class Moment:
    """Somebody did something: ("101", "transfers", "102")."""

    who: str
    did: str
    to: str = ""
    at: float = field(default_factory=time.time)


@dataclass(frozen=True)
class Talk:
    """A person and the customer heard each other, hold included."""

    who: str
    began_at: float
    ended_at: float

    @property
    def seconds(self) -> float:
        """How long."""
        return self.ended_at - self.began_at


@dataclass
class Story:
    """One call. `customer` is the number as it was sent or dialled, "" where there is none, withheld or internal."""

    direction: Direction
    customer: str
    dialled: str
    name: str = ""
    recording: str = ""  # the file, where it was recorded
    moments: list[Moment] = field(default_factory=list)
    line: Call | None = field(default=None, repr=False)  # the customer's end, or that of who called

    def note(self, who: str, did: str, to: str = "") -> None:
        """Keep what somebody does now."""
        self.moments.append(Moment(who, did, to))

    def at(self, did: str, who: str = "") -> float | None:
        """Give when it was first done, by anybody or by this one."""
        times = (each.at for each in self.moments if each.did == did and who in ("", each.who))
        return next(times, None)

    @property
    def began_at(self) -> float:
        """When it was dialled or clicked."""
        return self.moments[0].at

    @property
    def rang(self) -> set[str]:
        """The extensions whose phones rang."""
        return {each.who for each in self.moments if each.did == "rings" and each.who.isdigit()}

    @property
    def rang_at(self) -> float | None:
        """When the first phone of staff rang."""
        return min(
            (each.at for each in self.moments if each.did == "rings" and each.who.isdigit()), default=None
        )

    @property
    def answered_at(self) -> float | None:
        """When customer and staff first heard each other."""
        return self.talks[0].began_at if self.talks else None

    @property
    def talks(self) -> list[Talk]:
        """Who talked with the customer, one after the other."""
        return [Talk(who, began, self._left_at(who, began)) for who, began in self._met()]

    @property
    def holds(self) -> int:
        """How often the customer was put on hold."""
        return sum(each.did == "holds" for each in self.moments)

    @property
    def transfers(self) -> list[tuple[str, str, str]]:
        """How the customer was passed on: ("blind" or "attended", by whom, to whom)."""
        kinds = {"transfers": "blind", "joins": "attended"}
        return [(kinds[each.did], each.who, each.to) for each in self.moments if each.did in kinds]

    @property
    def ended_at(self) -> float:
        """When the line was free again; of a call that was joined with another, when that one was over."""
        stopped = self.at("stops")
        ended = self.line.ended_at if self.line else None
        return stopped or ended or self.moments[-1].at

    @property
    def ended_by(self) -> str:
        """Who ended it: "customer", "staff" or "pbx"."""
        ends = (
            {"hangs up", "declines", "is busy", "has no phone"}
            if self.direction == "outbound"
            else {"hangs up"}
        )
        who = next((each.who for each in reversed(self.moments) if each.did in ends), "pbx")
        return "staff" if who.isdigit() else who

    @property
    def outcome(self) -> str:
        """How it went, in the words of the call log."""
        if self.talks or (self.direction == "internal" and self.at("answers")):
            return "answered"
        if self.direction == "inbound" and self.ended_by == "customer":
            return "abandoned"
        said = {"is busy": "busy", "declines": "rejected", "has no phone": "failed", "is offline": "failed"}
        return next((said[each.did] for each in self.moments if each.did in said), "no-answer")

    def _met(self) -> list[tuple[str, float]]:
        if self.direction == "internal":
            return []
        if self.direction == "outbound":
            return [(self.moments[0].who, each.at) for each in self.moments if each.did == "answers"
                    and each.who == "customer"]  # fmt: skip
        met = [(each.who, each.at) for each in self.moments if each.did == "answers" and not each.to]
        joined = [(each.to, each.at) for each in self.moments if each.did == "joins"]
        return met + joined

    def _left_at(self, who: str, since: float) -> float:
        left = (
            each.at for each in self.moments if each.who == who and each.did in LEAVES and each.at > since
        )
        return next(left, self.ended_at)


@dataclass(frozen=True)
class Truth:
    """All calls of a scenario in the order in which they began, and what else was done."""

    scenario: str
    stories: tuple[Story, ...]
    moments: tuple[Moment, ...]
