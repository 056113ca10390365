"""What holds for all letters of a sequence: what it is called, its mailbox, its hours; and which of them goes on.

A letter that stopped by itself holds back everybody who comes to it, until somebody has it go on.
"""

from __future__ import annotations

import msgspec
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crm import campaign_changes, campaign_plans, letter_boxes, sequence_changes, sequence_turns
from crm.campaigns import RUNNING, SENDING, Campaign
from crm.deliveries import WAITING, Delivery
from crm.desk import Refusal
from crm.sequences import LetterSequence
from hub.clock import now
from hub.db import announce
from hub.languages import _
from hub.said import said
from hub.timers import Due
from hub.users import Viewer


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What can be settled; hours as 08:00, the same twice being day and night."""

    name: str
    channel_id: int | None = None
    since: str = "00:00"
    until: str = "00:00"


def settle(session: Session, viewer: Viewer, sequence: LetterSequence, wanted: Settings) -> None:
    """Have all of it be as wanted; what waits for the hours of before leaves within the new ones."""
    campaign_plans.require_hours(wanted.since, wanted.until)
    gone = wanted.channel_id is not None and letter_boxes.box(session, wanted.channel_id) is None
    if gone and wanted.channel_id != sequence.channel_id:
        raise Refusal(_("There is no such mailbox."))
    sequence_changes.rename(session, sequence, wanted.name)
    sequence.channel_id = wanted.channel_id
    sequence.hours_from, sequence.hours_until = wanted.since, wanted.until
    for letter in sequence_changes.letters_of(session, sequence.id):
        before = dict(letter.pace)
        sequence_changes.take_settings(sequence, letter)
        if letter.pace != before:
            _look_anew(session, letter)
    sequence_turns.changed(session, viewer, sequence, said("settled"))


def go_on(session: Session, viewer: Viewer, sequence: LetterSequence, letter_id: int) -> None:
    """Have a letter go on that stopped."""
    letter = session.get(Campaign, letter_id)
    if letter is None or letter.sequence_id != sequence.id:
        raise Refusal(_("There is no such letter in it."))
    campaign_changes.resume(session, viewer, letter)


def _look_anew(session: Session, letter: Campaign) -> None:
    """Have copies look at the hours again that were put off; what a mail server put off was tried before."""
    put_off = (Delivery.campaign_id == letter.id, Delivery.state == WAITING, Delivery.tries == 0)
    changed = update(Delivery).where(*put_off, Delivery.due_at > now()).values(due_at=now())
    waits = select(Delivery.id).where(*put_off).limit(1)
    session.execute(changed)
    if letter.state == RUNNING and session.scalar(waits) is not None:
        letter.next_at = now()
        announce(session, Due(SENDING, now()))
