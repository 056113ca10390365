"""What a condition of a run may ask of segments: whether its contact is in one, as that is now."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from crm import segment_rules
from crm.contacts import Contact
from crm.refusals import Refusal
from crm.segments import Segment
from hub.said import said


def among(session: Session, contact_id: int, asked: Mapping[str, int]) -> dict[str, bool]:
    """Tell by its name of each segment whether a contact is in it; ValueError says which cannot be asked, and why."""
    session.flush()
    return {name: _is_in(session, contact_id, segment_id) for name, segment_id in asked.items()}


def fault(session: Session, segment_id: int) -> str:
    """Say why a segment cannot be asked, "" where it can be."""
    segment = session.get(Segment, segment_id)
    if segment is None:
        return said("There is no such segment.")
    try:
        segment_rules.contacts(session, None, segment.rule)
    except (Refusal, ValueError) as error:
        return said("“%(segment)s” cannot be asked: %(why)s", segment=segment.name, why=error.args[0])
    return ""


def _is_in(session: Session, contact_id: int, segment_id: int) -> bool:
    if wrong := fault(session, segment_id):
        raise ValueError(wrong)
    meant = segment_rules.contacts(session, None, session.get_one(Segment, segment_id).rule)
    return session.scalar(meant.where(Contact.id == contact_id)) is not None
