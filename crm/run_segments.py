"""What a condition of a run may ask of segments: whether its contact is in one, as that is now."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import cast

from sqlalchemy import Select
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


def those_in(session: Session, contact_ids: Collection[int], segment_id: int) -> set[int]:
    """Give those of a few contacts that are in a segment; ValueError says why it cannot be asked."""
    session.flush()
    return set(session.scalars(_meant(session, segment_id).where(Contact.id.in_(contact_ids))))


def fault(session: Session, segment_id: int) -> str:
    """Say why a segment cannot be asked, "" where it can be."""
    try:
        _meant(session, segment_id)
    except ValueError as error:
        return cast("str", error.args[0])
    return ""


def _is_in(session: Session, contact_id: int, segment_id: int) -> bool:
    return session.scalar(_meant(session, segment_id).where(Contact.id == contact_id)) is not None


def _meant(session: Session, segment_id: int) -> Select[int]:
    segment = session.get(Segment, segment_id)
    if segment is None:
        raise ValueError(said("There is no such segment."))
    try:
        return segment_rules.contacts(session, None, segment.rule)
    except (Refusal, ValueError) as error:
        words = said("“%(segment)s” cannot be asked: %(why)s", segment=segment.name, why=error.args[0])
        raise ValueError(words) from None
