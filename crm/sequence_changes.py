"""Making sequences: their steps, and whether they are on."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from crm import (
    campaign_checks,
    campaign_contents,
    campaign_stops,
    processes,
    run_segments,
    runs,
    sequence_conditions,
    sequence_drawing,
    sequence_turns,
)
from crm.campaign_checks import Check, Outside
from crm.campaign_starts import Start
from crm.campaigns import DRAFT, PAUSED, RUNNING, SENDING, Campaign
from crm.deliveries import WAITING, Delivery
from crm.desk import Refusal
from crm.mailing_lists import MailingList
from crm.processes import Faulty, Process
from crm.segments import Segment
from crm.sequences import KIND, TIMER, LetterSequence, SequenceArrival, Step, steps_of
from hub import audit
from hub.bulk_mail import Stopped
from hub.clock import now
from hub.db import announce
from hub.languages import _
from hub.said import said
from hub.timers import Due
from hub.users import Viewer

NAME = 100  # letters
MOST = 40  # steps


def make(session: Session, viewer: Viewer, name: str, list_id: int) -> LetterSequence:
    """Make one for a list, without steps."""
    name = _name(session, name)
    of = session.get(MailingList, list_id)
    if of is None or of.retired_at is not None:
        raise Refusal(_("There is no such list."), field="list")
    row = LetterSequence(name=name, list_id=list_id, steps=[], made_by=viewer.user_id)
    session.add(row)
    session.flush()
    audit.record(session, viewer, audit.MADE, KIND, row.id)
    sequence_turns.tell(session, row)
    return row


def rename(session: Session, sequence: LetterSequence, name: str) -> None:
    """Call it otherwise."""
    if sequence.name != " ".join(name.split()):
        sequence.name = _name(session, name)


def take_settings(sequence: LetterSequence, letter: Campaign) -> None:
    """Have a letter leave from the mailbox of its sequence, and within its hours."""
    letter.channel_id = sequence.channel_id
    letter.pace = {**letter.pace, "from": sequence.hours_from, "until": sequence.hours_until}


def add(
    session: Session,
    viewer: Viewer,
    sequence: LetterSequence,
    step: Step,
    start: Start | None = None,
    base: str = "",
) -> None:
    """Put a step at the end; a letter begins with `start`, and `base` is under which address the hub is reached."""
    if len(sequence.steps) >= MOST:
        raise Refusal(_("A sequence has at most %(most)s steps.", most=MOST))
    if step.kind == "letter":
        made = campaign_contents.begin(
            session, viewer, start.subject if start and start.subject else sequence.name, sequence.list_id,
            start or Start(name="", subject="", preheader="", blocks=()), base,
        )  # fmt: skip
        made.sequence_id = sequence.id
        take_settings(sequence, made)
        step = msgspec.structs.replace(step, letter=made.id)
    session.flush()
    if step.kind == "if" and step.holds not in sequence_drawing.CONDITIONS:
        _known(session, step.segment)
    _set(session, viewer, sequence, [*steps_of(sequence), step])


def move(session: Session, viewer: Viewer, sequence: LetterSequence, place: int, by: int) -> None:
    """Move the step at a place, the first one being 1, up (-1) or down (1)."""
    steps, other = _at(sequence, place), place + by
    if not 1 <= other <= len(steps):
        raise Refusal(_("It stands at the end already."))
    steps[place - 1], steps[other - 1] = steps[other - 1], steps[place - 1]
    _set(session, viewer, sequence, steps)


def take_away(session: Session, viewer: Viewer, sequence: LetterSequence, place: int) -> None:
    """Take the step at a place away; copies of a letter that wait are left out by nobody: they leave still."""
    steps = _at(sequence, place)
    del steps[place - 1]
    _set(session, viewer, sequence, steps)


def checks(
    session: Session, sequence: LetterSequence, outside: Outside
) -> list[tuple[Campaign, list[Check]]]:
    """Give for each letter what must hold before it may be sent; where it comes to nobody yet, that is no matter."""
    return [
        (
            letter,
            campaign_checks.of_letter(session, letter, campaign_contents.newest(session, letter.id), outside),
        )
        for letter in letters_of(session, sequence.id)
    ]


def turn_on(session: Session, viewer: Viewer, sequence: LetterSequence, outside: Outside) -> None:
    """Have people begin from now on. It is refused, with all that is wrong, where something does not hold."""
    if not any(each.kind == "letter" for each in steps_of(sequence)):
        raise Refusal(_("It has no letter yet."))
    wrong = [
        f"{letter.name}: {each.name}. {each.words}".strip()
        for letter, found in checks(session, sequence, outside) for each in found if not each.holds
    ]  # fmt: skip
    wrong += [
        said("Step %(num)s: %(why)s", num=place, why=each.words)
        for place, each in sequence_conditions.checks(session, sequence).items() if not each.holds
    ]  # fmt: skip
    if wrong:
        raise Refusal(said("It cannot begin yet. %(why)s", why=" ".join(wrong)))
    _publish(session, viewer, sequence)
    moment = now()
    sequence.on_at, sequence.look_at, sequence.leave_at = sequence.on_at or moment, moment, moment
    sequence.since = sequence.since or moment
    for letter in letters_of(session, sequence.id):
        _let_go(session, viewer, letter)
    for timer in (TIMER, runs.IN_LOTS):
        announce(session, Due(timer, moment))
    sequence_turns.changed(session, viewer, sequence, said("turned on"))


def turn_off(session: Session, viewer: Viewer, sequence: LetterSequence) -> None:
    """Have nobody begin any more and nothing leave; who is under way goes on once it is on again."""
    sequence.since = None
    session.execute(delete(SequenceArrival).where(SequenceArrival.sequence_id == sequence.id))
    _rest(session, viewer, sequence)
    sequence_turns.changed(session, viewer, sequence, said("turned off"))


def letters_of(session: Session, sequence_id: int) -> Sequence[Campaign]:
    """Give the letters of a sequence, also those that stand in no step any more."""
    return session.scalars(
        select(Campaign).where(Campaign.sequence_id == sequence_id).order_by(Campaign.id)
    ).all()


def segments_of(session: Session, steps: Sequence[Step]) -> dict[int, str]:
    """Give what the segments are called that conditions ask for."""
    ids = {each.segment for each in steps if each.segment}
    rows = session.execute(select(Segment.id, Segment.name).where(Segment.id.in_(ids))).all() if ids else ()
    return dict(iter(rows))


def _known(session: Session, segment_id: int) -> None:
    segment = session.get(Segment, segment_id)
    if segment is None or segment.retired_at is not None:
        raise Refusal(_("There is no such segment."))
    if wrong := run_segments.fault(session, segment_id):
        raise Refusal(wrong)


def _set(session: Session, viewer: Viewer, sequence: LetterSequence, steps: Sequence[Step]) -> None:
    _drawn(session, sequence, steps)
    sequence.steps = [msgspec.to_builtins(each) for each in steps]
    if sequence.on_at is not None:
        _rest(session, viewer, sequence)
    sequence_turns.changed(session, viewer, sequence, said("its steps were changed"))


def _rest(session: Session, viewer: Viewer, sequence: LetterSequence) -> None:
    sequence.on_at = sequence.look_at = None
    for letter in letters_of(session, sequence.id):
        if letter.state in {RUNNING, PAUSED}:
            letter.state, letter.next_at, letter.paused_why = DRAFT, None, ""
            campaign_stops.decided(session, viewer, letter)
            announce(session, Stopped(letter.id))


def _publish(session: Session, viewer: Viewer, sequence: LetterSequence) -> None:
    xml = _drawn(session, sequence, steps_of(sequence))
    process = session.get(Process, sequence.process_id) if sequence.process_id is not None else None
    if process is None:
        process = processes.make(
            session, viewer, f"{sequence.name} #{sequence.id}"[-processes.NAME_LENGTH :], xml
        )
        sequence.process_id = process.id
    else:
        processes.draw(session, viewer, process, xml)
    try:
        processes.publish(session, viewer, process)
    except Faulty as error:
        raise Refusal(" ".join(str(each.words) for each in error.faults)) from None


def _drawn(session: Session, sequence: LetterSequence, steps: Sequence[Step]) -> bytes:
    called = {each.id: each.name for each in letters_of(session, sequence.id)}
    try:
        return sequence_drawing.drawn(sequence.name, steps, called, segments_of(session, steps))
    except ValueError as error:
        raise Refusal(str(error)) from None


def _let_go(session: Session, viewer: Viewer, letter: Campaign) -> None:
    if letter.state in {DRAFT, PAUSED}:
        letter.state, letter.paused_why, letter.started_at = RUNNING, "", letter.started_at or now()
        campaign_stops.decided(session, viewer, letter)
        waiting = select(func.count()).select_from(Delivery)
        if session.scalar(waiting.where(Delivery.campaign_id == letter.id, Delivery.state == WAITING)):
            letter.next_at = now()
            announce(session, Due(SENDING, now()))


def _at(sequence: LetterSequence, place: int) -> list[Step]:
    steps = steps_of(sequence)
    if not 1 <= place <= len(steps):
        raise Refusal(_("There is no such step."))
    return steps


def _name(session: Session, name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > NAME:
        raise Refusal(_("A sequence has a name of at most %(most)s letters.", most=NAME), field="name")
    if session.scalar(select(LetterSequence.id).where(LetterSequence.name == name)) is not None:
        raise Refusal(_("There is a sequence of this name already."), field="name")
    return name
