"""What must hold of the conditions of a sequence, so that they can be told: their segments, and what letters count."""

from __future__ import annotations

from sqlalchemy.orm import Session

from crm import run_segments
from crm.campaign_checks import Check
from crm.campaigns import Campaign
from crm.segments import Segment
from crm.sequences import LetterSequence, Step, steps_of
from hub.said import said


def checks(session: Session, sequence: LetterSequence) -> dict[int, Check]:
    """Give by its place, the first being 1, what must hold of each condition."""
    found, before = dict[int, Check](), 0
    for place, step in enumerate(steps_of(sequence), 1):
        before = step.letter or before
        if step.segment:
            found[place] = _segment_check(session, sequence, step.segment)
        elif step.kind == "if" and before:
            found[place] = _letter_check(session.get_one(Campaign, before), step)
    return found


def _letter_check(letter: Campaign, step: Step) -> Check:
    """Tell whether the letter before counts what is asked: of one that does not, nobody would have done it."""
    opens = step.holds.endswith("opened")
    words = ""
    if not (letter.counts_opens if opens else letter.counts_clicks):
        words = said("“%(campaign)s” does not count this, so nobody can tell who did", campaign=letter.name)
    return Check(
        name=said("The letter before counts it"), holds=not words, words=words, href=f"/campaigns/{letter.id}/content"
    )  # fmt: skip


def _segment_check(session: Session, sequence: LetterSequence, segment_id: int) -> Check:
    """Tell whether a segment can be asked and is in use; one that was changed meanwhile is asked as it is now."""
    segment, wrong = session.get(Segment, segment_id), run_segments.fault(session, segment_id)
    href, note = f"/segments/{segment_id}", ""
    if segment is not None and segment.retired_at is not None and not wrong:
        wrong = said(
            "“%(segment)s” is in use no more: bring it back, or ask for another.", segment=segment.name
        )
    if segment is not None and sequence.on_at is not None and segment.changed_at > sequence.on_at:
        note = said("“%(segment)s” was changed since the sequence was turned on: it is asked as it is now.",
                    segment=segment.name)  # fmt: skip
    return Check(name=said("Its segment can be asked"), holds=not wrong, words=wrong, href=href, note=note)
