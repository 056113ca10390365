"""What a rehearsal assumed, in words: how long each step takes, what is answered, when messages come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from statistics import median

import msgspec

from crm.process_elements import Answer, Node
from crm.rehearsal_figures import Figures
from crm.rehearsal_scenes import LEAST_KNOWN, USUAL_DAYS, Scene
from crm.rehearsals import REAL_NEWS
from hub.languages import _, ngettext


class Effort(msgspec.Struct, frozen=True, kw_only=True):
    """How many minutes of work a step takes: half of the time at most `half`, nine times of ten `nine`.

    `known` are the earlier ones that this was taken from, 0 where it was `said`, or nobody knows.
    """

    name: str
    half: float
    nine: float
    known: int
    said: bool


class Choices(msgspec.Struct, frozen=True, kw_only=True):
    """How often each choice of an answer is made, in percent, where the request itself does not tell."""

    name: str
    label: str
    shares: Sequence[tuple[str, int]]
    known: int
    said: bool


class Coming(msgspec.Struct, frozen=True, kw_only=True):
    """After how many days a message comes."""

    message: str
    days: float
    known: int
    said: bool


class Rehearsed(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a rehearsal: the newest version, if there is one, then the draft, and what was assumed in words."""

    weeks: int
    requests: int
    played: Sequence[Figures]
    efforts: Sequence[Effort]
    choices: Sequence[Choices]
    comings: Sequence[Coming]
    assumed: Sequence[str]


def rehearsed(scene: Scene, played: Sequence[Figures]) -> Rehearsed:
    """Put together what is shown."""
    nodes = {node.called: node for version in scene.versions for node in version.diagram.nodes.values()}
    answers = {
        each.name: each for node in nodes.values() for each in (node.work.answers if node.work else ())
        if each.kind == "choice"
    }  # fmt: skip
    steps = {name: None for name, node in nodes.items() if node.work is not None}
    efforts = [_effort(scene, name) for name in steps]
    return Rehearsed(
        weeks=scene.guess.weeks, requests=len(scene.requests), played=played,
        efforts=efforts,
        choices=[_choices(scene, each) for each in answers.values()],
        comings=[_coming(scene, each) for each in dict.fromkeys(_messages(nodes.values()))],
        assumed=list(_assumed(scene, efforts)),
    )  # fmt: skip


def _effort(scene: Scene, name: str) -> Effort:
    minutes = scene.guess.minutes.get(name)
    seen = scene.efforts.get(name, ())
    if minutes is not None or len(seen) < LEAST_KNOWN:
        usual = scene.usual(name) if minutes is None else minutes
        return Effort(name=name, half=usual, nine=usual, known=0, said=minutes is not None)
    nine = seen[min(len(seen) - 1, len(seen) * 9 // 10)]
    return Effort(
        name=name, half=round(median(seen) / 60, 1), nine=round(nine / 60, 1), known=len(seen), said=False
    )


def _choices(scene: Scene, field: Answer) -> Choices:
    weights = scene.weights(field.name, field.choices)
    said = scene.guess.shares.get(field.name)
    known = sum(each in field.choices for each in scene.known.get(field.name, ()))
    return Choices(
        name=field.name, label=field.label, said=bool(said), known=0 if said or known < LEAST_KNOWN else known,
        shares=[
            (choice, round(100 * each / sum(weights)))
            for choice, each in zip(field.choices, weights, strict=True)
        ],
    )  # fmt: skip


def _messages(nodes: Iterable[Node]) -> Iterator[str]:
    for node in nodes:
        what = node.happening if node.tag != "startEvent" else None
        if what is not None and what.kind == "message" and what.name not in REAL_NEWS:
            yield what.name


def _coming(scene: Scene, message: str) -> Coming:
    days = scene.guess.days.get(message)
    seen = scene.waits.get(message, ())
    if days is not None or len(seen) < LEAST_KNOWN:
        return Coming(
            message=message, days=USUAL_DAYS if days is None else days, known=0, said=days is not None
        )
    return Coming(message=message, days=round(median(seen) / 86_400, 1), known=len(seen), said=False)


def _assumed(scene: Scene, efforts: Sequence[Effort]) -> Iterator[str]:
    """Say what was taken for granted."""
    if scene.by_deals:
        yield ngettext(
            "Played with %(num)s deal that was opened in this time.",
            "Played with the %(num)s deals that were opened in this time.", len(scene.requests),
        )  # fmt: skip
    else:
        yield ngettext(
            "Played with %(num)s request that came in in this time.",
            "Played with the %(num)s requests that came in in this time.", len(scene.requests),
        )  # fmt: skip
    if scene.cut:
        yield _("There were more: the newest are played.")
    yield _(
        "What a deal's forms found out is answered as it was; what is not known, as it was in other deals."
    )
    yield _(
        "A form that comes round a second time is answered as others were, since only the last answer is kept."
    )
    guessed = [each.name for each in efforts if not (each.known or each.said)]
    if guessed:
        yield _(
            "Nobody knows how long these take: %(steps)s. It is guessed, and breaks no promise by itself.",
            steps=", ".join(guessed),
        )
    yield _(
        "Everybody works in the hours that are set for him, one thing at a time, the most pressing first."
    )
    yield (
        _("People have %(percent)s %% of their working time for this.", percent=scene.guess.attention)
        if scene.guess.attention < 100  # noqa: PLR2004 - percent
        else _("Nothing else takes their time: say below how much of it they have for this.")
    )
