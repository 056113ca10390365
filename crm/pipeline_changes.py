"""Setting up the sale: pipelines and their stages, in which order, and the reasons for which deals are lost.

Nothing is deleted: what is retired is offered no more, and deals that ended there still say so. A stage in which deals
still stand is not retired, or they would stand nowhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import deal_fields
from crm.chats import rules_of
from crm.deals import Deal
from crm.desk import Refusal
from crm.pipelines import LOST, OPEN, WON, LostReason, Pipeline, Stage
from hub import audit
from hub.channels import Channel
from hub.clock import now
from hub.languages import _, ngettext
from hub.users import Viewer

LONGEST = 60
MOST_STAGES, MOST_PIPELINES, MOST_REASONS = 30, 30, 50
CERTAIN, MOST_DAYS = 100, 3_650
KINDS = {Pipeline: "pipeline", Stage: "stage", LostReason: "lost_reason"}

Ordered = TypeVar("Ordered", Pipeline, Stage, LostReason)
Named = TypeVar("Named", Pipeline, LostReason)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """A stage as it is wanted, see crm/pipelines.py."""

    name: str
    probability: int = 0
    ends: str = OPEN
    required: Sequence[str] = ()
    stale_days: int = 0


def add_pipeline(session: Session, viewer: Viewer, name: str) -> Pipeline:
    """Make a pipeline, with a first stage and the two in which deals end."""
    made = _add(session, viewer, Pipeline(name=_free(session, Pipeline, name)), MOST_PIPELINES)
    for stage in (
        Settings(name=_("Request"), probability=10),
        Settings(name=_("Won"), probability=CERTAIN, ends=WON),
        Settings(name=_("Lost"), ends=LOST),
    ):
        add_stage(session, viewer, made, stage)
    return made


def add_stage(session: Session, viewer: Viewer, pipeline: Pipeline, wanted: Settings) -> Stage:
    """Make a stage: one in which deals go on stands before those in which they end."""
    _check(session, wanted)
    stage = Stage(
        pipeline_id=pipeline.id, name=_named(wanted.name), probability=wanted.probability, ends=wanted.ends,
        required=list(wanted.required), stale_days=wanted.stale_days,
    )  # fmt: skip
    _add(session, viewer, stage, MOST_STAGES)
    ends = [each for each in _siblings(session, stage) if each.ends and each.id != stage.id]
    if not stage.ends and ends:
        _put(session, stage, min(each.position for each in ends))
    return stage


def change_stage(session: Session, viewer: Viewer, stage: Stage, wanted: Settings) -> None:
    """Change a stage. How it ends deals stays while deals stand in it."""
    _check(session, wanted)
    if wanted.ends != stage.ends:
        _refuse_while_used(session, stage)
        _refuse_without_open(session, stage, leaves=bool(wanted.ends))
    before = msgspec.to_builtins(_settings(stage))
    stage.name, stage.probability, stage.ends = _named(wanted.name), wanted.probability, wanted.ends
    stage.required, stage.stale_days = list(wanted.required), wanted.stale_days
    changes = audit.differences(before, msgspec.to_builtins(_settings(stage)))
    if changes:
        audit.record(
            session, viewer, audit.CHANGED, KINDS[Stage], stage.id, words=stage.name, changes=changes
        )


def open_by(session: Session, viewer: Viewer, pipeline: Pipeline, channels: Sequence[str]) -> None:
    """Have requests by these channels open a deal in a pipeline, and by no others; see crm/deal_openings.py."""
    known = {each.name for each in openers(session)}
    before, after = sorted(pipeline.opened_by), sorted(known.intersection(channels))
    pipeline.opened_by = after
    if changes := audit.differences({"opened_by": before}, {"opened_by": after}):
        words = pipeline.name
        audit.record(
            session, viewer, audit.CHANGED, KINDS[Pipeline], pipeline.id, words=words, changes=changes
        )


def openers(session: Session) -> Sequence[Channel]:
    """Give the channels whose requests may open deals: all but messengers, where people talk before they ask."""
    every = session.scalars(select(Channel).order_by(Channel.title, Channel.id))
    return [each for each in every if rules_of(each.kind) is None]


def add_reason(session: Session, viewer: Viewer, name: str) -> LostReason:
    """Make a reason for which deals are lost."""
    return _add(session, viewer, LostReason(name=_free(session, LostReason, name)), MOST_REASONS)


def rename(session: Session, viewer: Viewer, row: Named, name: str) -> None:
    """Call a pipeline or a reason otherwise."""
    wanted = _free(session, type(row), name, row.id)
    changes = audit.differences({"name": row.name}, {"name": wanted})
    row.name = wanted
    if changes:
        audit.record(session, viewer, audit.CHANGED, KINDS[type(row)], row.id, words=wanted, changes=changes)


def move(session: Session, viewer: Viewer, row: Ordered, to: str) -> None:
    """Put it one place `up` or `down`, or at a place counted from 0."""
    listed = [each for each in _siblings(session, row) if each.retired_at is None]
    at = next((place for place, each in enumerate(listed) if each.id == row.id), 0)
    places = {"up": at - 1, "down": at + 1}
    place = places.get(to, int(to) if to.isascii() and to.isdigit() and len(to) < 4 else at)  # noqa: PLR2004 - digits
    place = max(0, min(len(listed) - 1, place))
    if place != at:
        listed.insert(place, listed.pop(at))
        for position, each in enumerate(listed, 1):
            each.position = position
        changes = {"position": (at + 1, place + 1)}
        audit.record(
            session, viewer, audit.CHANGED, KINDS[type(row)], row.id, words=row.name, changes=changes
        )


def retire(session: Session, viewer: Viewer, row: Ordered, *, retired: bool) -> None:
    """Offer it no more, or again."""
    if retired and isinstance(row, Stage):
        _refuse_while_used(session, row)
        _refuse_without_open(session, row, leaves=True)
    if retired and isinstance(row, Pipeline):
        _refuse_while_going_on(session, row)
    was = row.retired_at is not None
    row.retired_at = now() if retired else None
    if was != retired:
        changes = audit.differences({"retired": was}, {"retired": retired})
        audit.record(
            session, viewer, audit.CHANGED, KINDS[type(row)], row.id, words=row.name, changes=changes
        )


def _add(session: Session, viewer: Viewer, row: Ordered, most: int) -> Ordered:
    listed = _siblings(session, row)
    if len([each for each in listed if each.retired_at is None]) >= most:
        raise Refusal(_("There are as many as anybody can choose from"))
    row.position = max((each.position for each in listed), default=0) + 1
    session.add(row)
    session.flush()
    audit.record(session, viewer, audit.MADE, KINDS[type(row)], row.id, words=row.name)
    return row


def _siblings(session: Session, row: Ordered) -> Sequence[Ordered]:
    """Give all of its kind that stand in one order, itself included."""
    kind = type(row)
    wanted = select(kind).order_by(kind.position, kind.id)
    if isinstance(row, Stage):
        wanted = wanted.where(Stage.pipeline_id == row.pipeline_id)
    with session.no_autoflush:
        return session.scalars(wanted).all()


def _put(session: Session, stage: Stage, position: int) -> None:
    """Make room at a position."""
    for each in _siblings(session, stage):
        if each.position >= position and each.id != stage.id:
            each.position += 1
    stage.position = position


def _settings(stage: Stage) -> Settings:
    return Settings(
        name=stage.name, probability=stage.probability, ends=stage.ends, required=list(stage.required),
        stale_days=stage.stale_days,
    )  # fmt: skip


def _check(session: Session, wanted: Settings) -> None:
    if not 0 <= wanted.probability <= CERTAIN:
        raise Refusal(_("A probability is between 0 and 100 percent"))
    if not 0 <= wanted.stale_days <= MOST_DAYS:
        raise Refusal(_("Say the days as a number up to %(most)s", most=MOST_DAYS))
    if wanted.ends not in {OPEN, WON, LOST}:
        raise Refusal(_("A deal goes on, is won, or is lost"))
    known = {field.key for field in deal_fields.choosable(session)}
    if any(key not in known and not key.startswith(deal_fields.OF_DEAL) for key in wanted.required):
        raise Refusal(_("One of the fields is there no more: open the page again"))


def _named(name: str) -> str:
    wanted = " ".join(name.split())[:LONGEST].rstrip()
    if not wanted:
        raise Refusal(_("It needs a name"))
    return wanted


def _free(session: Session, kind: type[Named], name: str, own: int = 0) -> str:
    """Give a name that no other has, retired ones included: the names are unique."""
    wanted = _named(name)
    other = session.scalar(select(kind).where(kind.name == wanted, kind.id != own))
    if other is not None and other.retired_at is not None:
        raise Refusal(_("There was one of that name: bring it back instead"))
    if other is not None:
        raise Refusal(_("There is one of that name already"))
    return wanted


def _refuse_while_used(session: Session, stage: Stage) -> None:
    inside = select(func.count()).where(Deal.stage_id == stage.id)
    if not stage.ends:
        inside = inside.where(Deal.won_at.is_(None), Deal.lost_at.is_(None))
    if count := session.scalar(inside) or 0:
        words = ngettext(
            "%(num)s deal is in %(stage)s: move it first", "%(num)s deals are in %(stage)s: move them first",
            count, num=count, stage=stage.name,
        )  # fmt: skip
        raise Refusal(words)


def _refuse_without_open(session: Session, stage: Stage, *, leaves: bool) -> None:
    others = [
        each
        for each in _siblings(session, stage)
        if not each.ends and each.retired_at is None and each.id != stage.id
    ]
    if leaves and not stage.ends and not others:
        raise Refusal(_("A pipeline needs a stage in which deals go on"))


def _refuse_while_going_on(session: Session, pipeline: Pipeline) -> None:
    going = select(func.count()).where(
        Deal.pipeline_id == pipeline.id, Deal.won_at.is_(None), Deal.lost_at.is_(None)
    )
    if count := session.scalar(going) or 0:
        words = ngettext(
            "%(num)s deal goes on in %(pipeline)s: end it or move it first",
            "%(num)s deals go on in %(pipeline)s: end or move them first", count, num=count, pipeline=pipeline.name,
        )  # fmt: skip
        raise Refusal(words)
