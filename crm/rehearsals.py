"""A rehearsal: a process played over requests that really came, event by event, without a store and in no time.

    played = Rehearsal(scene, version)
    while played.advance(0.05): …          seconds that a part may take; False once everything was played

The engine is the one that plays runs, under hands that touch nothing (crm/rehearsal_hands.py). The same scene gives
the same figures every time.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import count
from time import monotonic

from crm.process_elements import Node, Work
from crm.process_engine import Play
from crm.process_troubles import Stuck
from crm.rehearsal_hands import RehearsalHands
from crm.rehearsal_people import NEVER, Job, Staff
from crm.rehearsal_scenes import Person, Place, Request, Scene, Version

REAL_NEWS = frozenset({"form submitted", "call answered", "mail received"})
"""Messages of which it is known when they came: they stand on the card."""


@dataclass(slots=True)
class Walk:
    """A run that is played; `ended` and `stuck` say how it came out."""

    number: int
    request: Request
    hands: RehearsalHands
    play: Play
    jobs: dict[int, Job] = field(default_factory=dict)
    expects: set[str] = field(default_factory=set)
    timed: datetime | None = None
    ended: float | None = None
    stuck: str = ""

    @property
    def is_over(self) -> bool:
        """Tell whether nothing moves it any more."""
        return self.ended is not None or bool(self.stuck)


class Rehearsal:
    """One version, played over all requests of a scene."""

    def __init__(self, scene: Scene, version: Version) -> None:
        """Put the requests in the order in which they came."""
        self.scene, self.version = scene, version
        self.walks: list[Walk] = []
        self.jobs: list[Job] = []
        self.now = scene.begin.timestamp()
        self.passed_over = 0
        self._staff = Staff(scene)
        self._numbers = count()
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._going: dict[int, Walk] = {}
        self._waking: set[int] = set()
        self._horizon = scene.horizon.timestamp()
        for request in scene.requests:
            self._at(request.at, partial(self._begin, request))

    def advance(self, seconds: float) -> bool:
        """Play on for so many seconds of the machine's; False when there is nothing left to play."""
        until = monotonic() + seconds
        while self._events and monotonic() < until:
            at, _number, deed = heapq.heappop(self._events)
            if at > self._horizon:
                self._events.clear()
                self.now = self._horizon
                break
            self.now = at
            deed()
        return bool(self._events)

    def _at(self, moment: float, deed: Callable[[], None]) -> None:
        heapq.heappush(self._events, (moment, next(self._numbers), deed))

    def _begin(self, request: Request) -> None:
        """Begin a run, unless one goes on for the same contact that a message would not begin again."""
        before = self._going.get(request.contact_id)
        if not self.scene.by_deals and before is not None and not before.is_over:
            self.passed_over += 1
            return
        number = len(self.walks)
        hands = RehearsalHands(
            self.scene, self.version.diagram, request,
            lambda step, node: self._opened(number, step, node), lambda step: self._closed(number, step),
        )  # fmt: skip
        walk = Walk(number, request, hands, Play(self.version.plan, hands))
        self.walks.append(walk)
        self._going[request.contact_id] = walk
        self._move(walk, lambda: None)

    def _move(self, walk: Walk, deed: Callable[[], object]) -> None:
        """Have a run go on, and wait for what it waits for then."""
        if walk.is_over:
            return
        walk.hands.moment = datetime.fromtimestamp(self.now, UTC)
        try:
            deed()
            walk.play.go()
        except Stuck as error:
            walk.stuck = str(error.args[0])
            for job in walk.jobs.values():
                self._drop(job)
            return
        if walk.play.ended:
            walk.ended = self.now
            return
        due = walk.play.due_at()
        if due is not None and due != walk.timed:
            walk.timed = due
            self._at(max(due.timestamp(), self.now), lambda: self._ring(walk, due))
        for message in sorted(walk.play.waits_for() - walk.expects):
            self._expect(walk, message)

    def _ring(self, walk: Walk, due: datetime) -> None:
        if walk.timed == due:
            walk.timed = None
            self._move(walk, lambda: None)

    def _expect(self, walk: Walk, message: str) -> None:
        """Have a message come when it came, or when it would."""
        walk.expects.add(message)
        if message in REAL_NEWS:
            later = [at for at, what in walk.request.news if what == message and at > self.now]
            comes = min(later, default=NEVER)
        else:
            dice = walk.hands.dice(Node(id=message, name=message, tag="", scope=""))
            comes = self.now + self.scene.wait(message, dice)
        if comes <= self._horizon:
            self._at(comes, lambda: self._hear(walk, message))

    def _hear(self, walk: Walk, message: str) -> None:
        walk.expects.discard(message)
        self._move(walk, lambda: walk.play.hear(message))

    def _opened(self, number: int, step: int, node: Node) -> None:
        """Give somebody a step to do. What is done by itself takes no time that anybody would notice."""
        walk = self.walks[number]
        if node.deed is not None and node.deed.takes_time:
            self._at(self.now, lambda: self._move(walk, lambda: walk.play.finish(step)))
        if node.work is None:
            return
        person, place = self._staff.whose(node.work.who or "responsible", walk.request, self.now)
        job = Job(
            run=number, step=step, node=node, at=self.now, place=place, person=person,
            effort=self.scene.effort(node, walk.hands.dice(node)),
        )  # fmt: skip
        job.due = self._due(node.work, place)
        walk.jobs[step] = job
        self.jobs.append(job)
        for each in self._staff.give(job):
            self._set_to_work(each)

    def _due(self, work: Work, place: Place | None) -> float:
        """Say until when a step is to be done, as crm/run_tasks.py promises it."""
        rota = place.rota if place else self.scene.company
        if work.within is not None and not work.working:
            return self.now + work.within
        promises = place.promises if place else ()
        if work.within is not None:
            promises = ((work.within, work.days),)
        elif work.policy in self.scene.policies:
            promises = (self.scene.policies[work.policy],)
        ends = [rota.after(self.now, seconds, days) for seconds, days in promises]
        return min((each for each in ends if each is not None), default=NEVER)

    def _set_to_work(self, person: Person) -> None:
        """Have somebody begin with what waits for him, now or when his work begins."""
        if not self._staff.has_work(person):
            return
        opens = person.rota.next_open(self.now)
        if opens is None:
            return
        if opens > self.now:
            if person.id not in self._waking:
                self._waking.add(person.id)
                self._at(opens, lambda: self._wake(person))
            return
        job = self._staff.take(person, self.now)
        ends = person.rota.after(self.now, job.effort) if job is not None else None
        if job is not None and ends is not None:
            self._at(ends, lambda: self._done(job))

    def _wake(self, person: Person) -> None:
        self._waking.discard(person.id)
        self._set_to_work(person)

    def _done(self, job: Job) -> None:
        """Have a step be done, with its form filled in, and whoever did it take the next."""
        if job.dropped or job.ended is not None:
            return
        walk, person = self.walks[job.run], job.person
        job.ended = self.now
        walk.jobs.pop(job.step, None)
        self._staff.release(job)

        def finish() -> None:
            walk.hands.answer(job.node)
            walk.play.finish(job.step)

        self._move(walk, finish)
        if person is not None:
            self._set_to_work(person)

    def _closed(self, number: int, step: int) -> None:
        job = self.walks[number].jobs.pop(step, None)
        if job is not None and job.ended is None:
            self._drop(job)

    def _drop(self, job: Job) -> None:
        """Take back what is no longer needed."""
        if job.dropped:
            return
        job.dropped = True
        free = self._staff.release(job)
        if free is not None:
            self._set_to_work(free)
