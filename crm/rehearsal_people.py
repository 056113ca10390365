"""Who gets the steps of a rehearsal, by the rules of crm/run_tasks.py and crm/distribution.py, and works them off.

Everybody does one thing at a time, in his working hours, the most pressing first; a queue is worked off by whoever of
its department is free.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from crm.process_elements import Node
from crm.rehearsal_scenes import Person, Place, Request, Scene

NEVER = float("inf")


@dataclass(slots=True, eq=False)
class Job:
    """A step that somebody does; moments are seconds, None as long as it has not come so far.

    `place` is its department, `person` who has it, None for the department's queue.
    """

    run: int
    step: int
    node: Node
    at: float
    effort: float
    place: Place | None
    person: Person | None
    due: float = NEVER
    began: float | None = None
    ended: float | None = None
    dropped: bool = False


class Staff:
    """Everybody at work."""

    def __init__(self, scene: Scene) -> None:
        """Begin with nothing to do."""
        self._scene = scene
        self._mine: dict[int, list[Job]] = {each: [] for each in scene.people}
        self._queues: defaultdict[int, list[Job]] = defaultdict(list)
        self._at_work: dict[int, Job] = {}
        self._load: defaultdict[int, int] = defaultdict(int)
        self._turn: dict[int, int] = {}

    def whose(self, who: str, request: Request, at: float) -> tuple[Person | None, Place | None]:
        """Say who gets a step, and in which department."""
        kind, _colon, name = who.partition(":")
        own = self._scene.places.get(request.department_id or 0)
        if kind == "department":
            return self._in_place(self._called(name), at)
        wanted = self._wanted(kind, name, own, request)
        for each in wanted:
            if each.is_here(at):
                return each, self._scene.places.get(each.department_id or 0) or own
        return self._in_place(own or self._called(""), at)

    def give(self, job: Job) -> Sequence[Person]:
        """Put a job to whom it is for, and give who may begin with it."""
        if job.person is not None:
            self._load[job.person.id] += 1
            self._mine[job.person.id].append(job)
            return (job.person,)
        place = job.place.id if job.place else 0
        self._queues[place].append(job)
        return [each for each in self._of(place) if each.id not in self._at_work]

    def take(self, person: Person, at: float) -> Job | None:
        """Have somebody begin with what is most pressing; None if he has nothing, or something already."""
        waiting = [*self._mine[person.id], *self._queues[person.department_id or -1]]
        if person.id in self._at_work or not waiting:
            return None
        job = min(waiting, key=lambda each: (each.due, each.at, each.run))
        if job.person is None:
            self._queues[person.department_id or -1].remove(job)
            self._load[person.id] += 1
            job.person = person
        else:
            self._mine[person.id].remove(job)
        self._at_work[person.id], job.began = job, at
        return job

    def has_work(self, person: Person) -> bool:
        """Tell whether somebody could begin with something."""
        waits = self._mine[person.id] or self._queues[person.department_id or -1]
        return bool(waits) and person.id not in self._at_work

    def release(self, job: Job) -> Person | None:
        """Take a job away that is done or no longer needed; give who is free by that."""
        if job.person is None:
            self._queues[job.place.id if job.place else 0].remove(job)
            return None
        self._load[job.person.id] -= 1
        if self._at_work.get(job.person.id) is job:
            del self._at_work[job.person.id]
            return job.person
        self._mine[job.person.id].remove(job)
        return None

    def _wanted(self, kind: str, name: str, own: Place | None, request: Request) -> list[Person]:
        everybody = self._scene.people
        if kind == "head":
            return [everybody[each] for each in (own.leaders if own else ()) if each in everybody]
        if kind == "role":
            alike = [each for each in everybody.values() if each.role == name]
            return sorted(alike, key=lambda each: (self._load[each.id], each.id))
        if kind == "user":
            return [each for each in everybody.values() if each.email == name]
        responsible = everybody.get(request.responsible_id or 0)
        return [responsible] if responsible else []

    def _in_place(self, place: Place | None, at: float) -> tuple[Person | None, Place | None]:
        if place is None or place.distribution == "take":
            return None, place
        here = [each for each in self._of(place.id) if each.is_here(at)]
        if not here:
            return None, place
        if place.distribution == "turn":
            last = self._turn.get(place.id, 0)
            chosen = next((each for each in here if each.id > last), here[0])
            self._turn[place.id] = chosen.id
        else:
            chosen = min(here, key=lambda each: (self._load[each.id], each.id))
        return chosen, place

    def _called(self, name: str) -> Place | None:
        everywhere = self._scene.places.values()
        return next((each for each in everywhere if each.name == name), next(iter(everywhere), None))

    def _of(self, place_id: int) -> Iterator[Person]:
        return (each for each in self._scene.people.values() if each.department_id == place_id)
