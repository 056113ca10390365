"""What a rehearsal shows, counted: who would have had how much, what would have been late, and where it jams."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from statistics import median

import msgspec

from crm.rehearsal_people import NEVER, Job
from crm.rehearsal_rotas import Rota
from crm.rehearsals import Rehearsal

HOUR, DAY = 3600.0, 86_400.0
JAMS_FROM = 4 * HOUR  # of working time that a step waits


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody, or with `queue` what nobody in a department, would have had.

    `peak` are the most tasks of one week, which began on `peak_week`; `busy` is how much of his working time they
    took in the fullest week, in percent, None for a queue.
    """

    name: str
    queue: bool
    tasks: int
    peak: int
    peak_week: date | None
    late: int
    busy: int | None


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A step: `waits` and `waits_longest` are hours of working time until somebody began, `queue` the most at once."""

    name: str
    tasks: int
    late: int
    undone: int
    waits: float
    waits_longest: float
    queue: int


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one version; `version` is None for the draft.

    `days` and `days_nine` are how long half and nine of ten runs took, None where none ended. `jam` is the step that
    everything waits for, "" where nothing does. `played_until` is a day where the time for playing was not enough.
    """

    version: int | None
    runs: int
    ended: int
    going: int
    stuck: int
    why_stuck: Sequence[str]
    passed_over: int
    tasks: int
    late: int
    days: float | None
    days_nine: float | None
    people: Sequence[Share]
    steps: Sequence[Step]
    jam: str
    played_until: date | None


def figures_of(played: Rehearsal, *, whole: bool) -> Figures:
    """Count; `whole` tells that everything was played."""
    walks, jobs = played.walks, [each for each in played.jobs if not each.dropped]
    took = sorted((walk.ended - walk.request.at) / DAY for walk in walks if walk.ended is not None)
    steps = _steps(played, jobs)
    stuck = Counter(walk.stuck for walk in walks if walk.stuck)
    until = None if whole else datetime.fromtimestamp(played.now, UTC).astimezone(played.scene.zone).date()
    return Figures(
        version=played.version.number, runs=len(walks), ended=len(took), stuck=sum(stuck.values()),
        going=sum(not walk.is_over for walk in walks), why_stuck=[why for why, _count in stuck.most_common(3)],
        passed_over=played.passed_over, tasks=len(jobs), late=sum(_is_late(played, each) for each in jobs),
        days=round(median(took), 1) if took else None,
        days_nine=round(took[min(len(took) - 1, len(took) * 9 // 10)], 1) if took else None,
        people=_people(played, jobs), steps=steps, jam=_jam(steps), played_until=until,
    )  # fmt: skip


def _jam(steps: Sequence[Step]) -> str:
    """Name the step for which most time is waited in all; none where that is little."""
    worst = max(steps, key=lambda step: step.waits * step.tasks, default=None)
    jams = worst is not None and (worst.waits * HOUR >= JAMS_FROM or worst.undone > worst.tasks / 2)
    return worst.name if worst is not None and jams else ""


def _steps(played: Rehearsal, jobs: Sequence[Job]) -> list[Step]:
    by_name: defaultdict[str, list[Job]] = defaultdict(list)
    for node in played.version.diagram.nodes.values():
        if node.work is not None:
            by_name[node.called] = []
    for job in jobs:
        by_name[job.node.called].append(job)
    return [_step(played, name, mine) for name, mine in by_name.items()]


def _step(played: Rehearsal, name: str, jobs: Sequence[Job]) -> Step:
    waits = sorted(_waited(played, job) / HOUR for job in jobs)
    return Step(
        name=name, tasks=len(jobs), late=sum(_is_late(played, each) for each in jobs),
        undone=sum(each.ended is None for each in jobs), waits=round(median(waits), 1) if waits else 0.0,
        waits_longest=round(waits[-1], 1) if waits else 0.0, queue=_queue(jobs),
    )  # fmt: skip


def _queue(jobs: Sequence[Job]) -> int:
    """Count how many waited at once, at most."""
    changes = sorted(
        [(job.at, 1) for job in jobs] + [(job.began, -1) for job in jobs if job.began is not None]
    )
    most = now = 0
    for _at, change in changes:
        now += change
        most = max(most, now)
    return most


def _waited(played: Rehearsal, job: Job) -> float:
    rota = _rota(played, job)
    return rota.worked(job.at, played.now if job.began is None else job.began)


def _rota(played: Rehearsal, job: Job) -> Rota:
    if job.person is not None:
        return job.person.rota
    return job.place.rota if job.place else played.scene.company


def _is_late(played: Rehearsal, job: Job) -> bool:
    return job.due != NEVER and (played.now if job.ended is None else job.ended) > job.due


def _people(played: Rehearsal, jobs: Sequence[Job]) -> list[Share]:
    whose: defaultdict[tuple[bool, str], list[Job]] = defaultdict(list)
    for job in jobs:
        name = job.person.name if job.person else job.place.name if job.place else ""
        whose[job.person is None, name].append(job)
    return [_share(played, queue, name, mine) for (queue, name), mine in sorted(whose.items())]


def _share(played: Rehearsal, queue: bool, name: str, jobs: Sequence[Job]) -> Share:  # noqa: FBT001 - of a pair
    weeks = Counter(_week(played, job.at) for job in jobs)
    week, most = max(weeks.items(), key=lambda each: (each[1], -each[0].toordinal()))
    return Share(
        name=name, queue=queue, tasks=len(jobs), peak=most, peak_week=week,
        late=sum(_is_late(played, each) for each in jobs), busy=None if queue else _busy(played, jobs),
    )  # fmt: skip


def _busy(played: Rehearsal, jobs: Sequence[Job]) -> int:
    """Give how much of somebody's working time his fullest week took, by the weeks in which he began with things."""
    person = jobs[0].person
    spent: defaultdict[date, float] = defaultdict(float)
    for job in jobs:
        if job.began is not None:
            end = played.now if job.ended is None else job.ended
            for week in _weeks(played, job.began, end):
                start = datetime.combine(week, datetime.min.time(), played.scene.zone).timestamp()
                if person is not None:
                    spent[week] += person.rota.worked(max(job.began, start), min(end, start + 7 * DAY))
    shares = [spent[week] / worked for week in spent if (worked := _works(played, jobs[0], week)) > HOUR]
    return round(100 * min(1.0, max(shares, default=0.0)))


def _works(played: Rehearsal, job: Job, week: date) -> float:
    start = datetime.combine(week, datetime.min.time(), played.scene.zone).timestamp()
    return _rota(played, job).worked(start, start + 7 * DAY)


def _weeks(played: Rehearsal, start: float, end: float) -> list[date]:
    week, last = _week(played, start), _week(played, end)
    return [week + timedelta(days=days) for days in range(0, (last - week).days + 1, 7)]


def _week(played: Rehearsal, at: float) -> date:
    """Give the Monday of a moment's week."""
    day = datetime.fromtimestamp(at, UTC).astimezone(played.scene.zone).date()
    return day - timedelta(days=day.weekday())
