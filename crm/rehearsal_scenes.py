"""What a rehearsal is played with: requests as they came, people, promises, and what is known of earlier runs.

Plain values that are read once. Nothing here knows the store, so that whatever is played with them cannot change it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from crm.expressions import Result
from crm.process_elements import Diagram, Node, Work
from crm.process_specs import Blueprint
from crm.rehearsal_rotas import Rota

USUAL_MINUTES = 30.0  # of a step that nobody has done yet
USUAL_DAYS = 3.0  # until something comes in of which nothing is known
LEAST_KNOWN = 3  # earlier ones from which anything follows


Promise = tuple[int, int]
"""Seconds of working time, and how many working days they are where it was said in days."""


class Guess(msgspec.Struct, frozen=True, kw_only=True):
    """What whoever asks says of the future.

    `minutes` are for a step by its name, `days` until a message comes, `shares` how often each choice of an answer is
    made; `attention` is the share of their working time, in percent, that people have for this.
    """

    weeks: int = 6
    minutes: Mapping[str, float] = {}
    days: Mapping[str, float] = {}
    shares: Mapping[str, Mapping[str, float]] = {}
    attention: int = 100


class Person(NamedTuple):
    """Somebody who does steps. `gone` are the times at which he is away."""

    id: int
    name: str
    email: str
    role: str
    department_id: int | None
    rota: Rota
    gone: tuple[tuple[float, float], ...] = ()

    def is_here(self, at: float) -> bool:
        """Tell whether he is not away."""
        return not any(since <= at < until for since, until in self.gone)


class Place(NamedTuple):
    """A department: whose turn it is by `distribution`, who leads it, and its promises for steps."""

    id: int
    name: str
    distribution: str
    leaders: tuple[int, ...]
    rota: Rota
    promises: tuple[Promise, ...] = ()


class Request(NamedTuple):
    """What began a run: a deal, or a touch. `answers` are what forms found out by now, `news` what came in later."""

    key: str
    at: float
    contact_id: int
    department_id: int | None
    responsible_id: int | None
    has_deal: bool
    values: Mapping[str, Result]
    answers: Mapping[str, Result]
    news: Sequence[tuple[float, str]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What is played: a version, or with number None the draft."""

    number: int | None
    plan: Blueprint

    @property
    def diagram(self) -> Diagram:
        """Its diagram."""
        return self.plan.diagram


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Everything that is played.

    `efforts` are seconds of work by a step's name, `waits` seconds until a message came, `known` what was answered in
    all deals; `begin` and `end` bound the requests, `horizon` what is played. `cut`: there were more than these.
    """

    begin: datetime
    end: datetime
    horizon: datetime
    zone: ZoneInfo
    guess: Guess
    requests: Sequence[Request]
    cut: bool
    by_deals: bool
    people: Mapping[int, Person]
    places: Mapping[int, Place]
    company: Rota
    policies: Mapping[str, Promise]
    versions: Sequence[Version]
    fields: Sequence[str] = ()
    efforts: Mapping[str, Sequence[float]] = field(default_factory=dict)
    waits: Mapping[str, Sequence[float]] = field(default_factory=dict)
    known: Mapping[str, Sequence[Result]] = field(default_factory=dict)

    def effort(self, node: Node, dice: Random) -> float:
        """Give how many seconds of his working time somebody spends on a step."""
        said = self.guess.minutes.get(node.called)
        usual = self.usual(node.called) * 60
        seconds = said * 60 if said is not None else _drawn(self.efforts.get(node.called), dice, usual)
        return max(1.0, seconds * 100 / self.guess.attention)

    def usual(self, step: str) -> float:
        """Give the minutes of a step that nobody has done yet: never so many that its promise breaks by that alone."""
        works = [
            node.work for version in self.versions for node in version.diagram.nodes.values()
            if node.called == step and node.work is not None
        ]  # fmt: skip
        promised = [seconds for work in works for seconds in self._promised(work)]
        return min([USUAL_MINUTES, *(round(each / 120, 1) for each in promised)])

    def _promised(self, work: Work) -> list[int]:
        """Give within how many seconds a step is to be done: its own time, or what is promised."""
        if work.within is not None:
            return [work.within]
        if work.policy in self.policies:
            return [self.policies[work.policy][0]]
        return [seconds for place in self.places.values() for seconds, _days in place.promises]

    def wait(self, message: str, dice: Random) -> float:
        """Give how many seconds it takes until a message comes."""
        said = self.guess.days.get(message)
        return (
            said * 86_400 if said is not None else _drawn(self.waits.get(message), dice, USUAL_DAYS * 86_400)
        )

    def weights(self, name: str, choices: Sequence[str]) -> list[float]:
        """Give how often each choice of an answer is made: as was said, as it was known, or each alike."""
        said = self.guess.shares.get(name)
        if said and sum(said.get(each, 0) for each in choices) > 0:
            return [max(0.0, said.get(each, 0)) for each in choices]
        known = list(self.known.get(name, ()))
        counts = [float(known.count(each)) for each in choices]
        return counts if sum(counts) >= LEAST_KNOWN else [1.0] * len(choices)


def _drawn(seen: Sequence[float] | None, dice: Random, usual: float) -> float:
    return dice.choice(seen) if seen and len(seen) >= LEAST_KNOWN else usual
