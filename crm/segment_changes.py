"""Segments are made, changed, retired and brought back; and which campaigns and sequences use one."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.campaigns import Campaign
from crm.desk import Refusal
from crm.segment_rules import faults, kept, parse
from crm.segment_sql import asking
from crm.segment_words import words
from crm.segments import Segment
from crm.sequences import LetterSequence, steps_of
from hub import audit
from hub.clock import now
from hub.languages import _
from hub.rows_unless_there import insert_unless_there
from hub.users import Viewer

KIND = "segment"
ANYBODY = Viewer(None, "agent", None, "")
LONGEST = 80  # letters of a name
MOST = 500  # segments that are shown


def segments(session: Session, *, retired: bool = False) -> Sequence[Segment]:
    """Give those that are in use, by name; with `retired` those that are not."""
    gone = Segment.retired_at.is_not(None) if retired else Segment.retired_at.is_(None)
    return session.scalars(select(Segment).where(gone).order_by(Segment.name, Segment.id).limit(MOST)).all()


def make(session: Session, viewer: Viewer, name: str, rule: object) -> Segment:
    """Make one. Refusal has words for what is wrong with its name or its rule."""
    name, wanted = _name(name), checked(session, viewer, rule)
    # Two may make it at once: the unique name decides who was first.
    made = insert_unless_there(
        session, Segment, name=name, rule=wanted, department_id=None, changed_at=now(),
        changed_by=viewer.user_id, retired_at=None,
    )  # fmt: skip
    if made is None:
        raise Refusal(_taken(name), field="name")
    changes = audit.differences({}, _told(session, name, wanted))
    audit.record(session, viewer, audit.MADE, KIND, made, changes=changes)
    return session.get_one(Segment, made)


def change(session: Session, viewer: Viewer, segment: Segment, name: str, rule: object) -> None:
    """Change one, from now on: campaigns that froze theirs keep it."""
    name, wanted = _name(name), checked(session, viewer, rule)
    others = select(Segment.id).where(Segment.name == name, Segment.id != segment.id)
    if session.scalar(others) is not None:
        raise Refusal(_taken(name), field="name")
    before, after = (segment.name, segment.rule), (name, wanted)
    if before != after:
        segment.name, segment.rule = after
        segment.changed_at, segment.changed_by = now(), viewer.user_id
        changes = audit.differences(_told(session, *before), _told(session, *after))
        audit.record(session, viewer, audit.CHANGED, KIND, segment.id, changes=changes)


def retire(session: Session, viewer: Viewer, segment: Segment, *, retired: bool) -> None:
    """Offer it no more, or again. Campaigns that use it go on."""
    if (segment.retired_at is not None) == retired:
        return
    segment.retired_at = now() if retired else None
    audit.record(session, viewer, audit.REMOVED if retired else audit.CHANGED, KIND, segment.id)


def used_by(session: Session, segment_ids: Sequence[int]) -> dict[int, list[Campaign]]:
    """Give the campaigns that go to segments, or leave them out, the newest first."""
    found: dict[int, list[Campaign]] = {each: [] for each in segment_ids}
    for campaign in session.scalars(select(Campaign).order_by(Campaign.id.desc()).limit(MOST)):
        for number in {*campaign.segments, *campaign.without} & found.keys():
            found[number].append(campaign)
    return found


def asked_by(session: Session, segment_ids: Sequence[int]) -> dict[int, list[LetterSequence]]:
    """Give the sequences with a condition that asks for a segment, by name."""
    found: dict[int, list[LetterSequence]] = {each: [] for each in segment_ids}
    for sequence in session.scalars(select(LetterSequence).order_by(LetterSequence.name).limit(MOST)):
        for number in {each.segment for each in steps_of(sequence)} & found.keys():
            found[number].append(sequence)
    return found


def checked(session: Session, viewer: Viewer, rule: object) -> dict[str, object]:
    """Give a rule as it is kept; Refusal where it makes no sense to this viewer."""
    try:
        group = parse(rule)
    except ValueError as error:
        raise Refusal(str(error)) from None
    for fault in faults(session, asking(session, viewer), group).values():
        raise Refusal(fault, field="rule")
    return kept(group)


def _told(session: Session, name: str, rule: dict[str, object]) -> dict[str, object]:
    """Give a segment as its history says it; what not everybody may see of a rule is left unsaid there."""
    return {"name": name, "rule": words(session, ANYBODY, parse(rule))}


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > LONGEST or not name.isprintable():
        raise Refusal(_("A segment has a name of 1 to %(most)s letters", most=LONGEST), field="name")
    return name


def _taken(name: str) -> str:
    return _("Another segment is called “%(name)s”", name=name)
