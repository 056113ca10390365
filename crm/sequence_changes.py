"""Making sequences: their steps, whether they are on, and who is put into one or taken out of it by hand."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec
from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from crm import (
    campaign_checks,
    campaign_contents,
    campaign_whom,
    consents,
    processes,
    sequence_drawing,
    sequence_turns,
    suppressions,
)
from crm.campaign_checks import Check, Outside
from crm.campaign_starts import Start
from crm.campaigns import DRAFT, PAUSED, RUNNING, SENDING, Campaign
from crm.contacts import MAIL, Handle
from crm.deliveries import WAITING, Delivery
from crm.desk import Refusal
from crm.mailing_lists import MailingList
from crm.process_engine import Stuck
from crm.processes import Faulty, Process
from crm.sequences import KIND, TIMER, LetterSequence, SequencePerson, Step, look_soon, steps_of
from hub import audit
from hub.bulk import Stopped
from hub.clock import now
from hub.db import announce
from hub.languages import _
from hub.rows import insert_many_unless_there
from hub.said import again, said
from hub.timers import Due
from hub.users import Viewer

NAME = 100  # letters
MOST = 40  # steps
MOST_ADDED = 500  # people at once
MOST_OF_SEGMENT = 100_000


def make(session: Session, viewer: Viewer, name: str, list_id: int) -> LetterSequence:
    """Make one for a list, without steps."""
    name = _name(session, name)
    of = session.get(MailingList, list_id)
    if of is None or of.retired_at is not None:
        raise Refusal(_("There is no such list."))
    row = LetterSequence(name=name, list_id=list_id, steps=[], made_by=viewer.user_id)
    session.add(row)
    session.flush()
    audit.record(session, viewer, audit.MADE, KIND, row.id)
    sequence_turns.tell(session, row)
    return row


def settle(
    session: Session, viewer: Viewer, sequence: LetterSequence, name: str, channel_id: int | None
) -> None:
    """Call it otherwise, and have its letters be written from another mailbox."""
    if sequence.name != " ".join(name.split()):
        sequence.name = _name(session, name)
    sequence.channel_id = channel_id
    for letter in letters_of(session, sequence.id):
        letter.channel_id = channel_id
    _told(session, viewer, sequence, said("settled"))


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
        made.sequence_id, made.channel_id = sequence.id, sequence.channel_id
        step = msgspec.structs.replace(step, letter=made.id)
    session.flush()
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
        f"{letter.name}: {each.name} {each.words}".strip()
        for letter, found in checks(session, sequence, outside) for each in found if not each.holds
    ]  # fmt: skip
    if wrong:
        raise Refusal(said("It cannot begin yet. %(why)s", why=" ".join(wrong)))
    _publish(session, viewer, sequence)
    moment = now()
    sequence.on_at, sequence.look_at = sequence.on_at or moment, moment
    sequence.since = sequence.since or moment
    for letter in letters_of(session, sequence.id):
        _let_go(session, letter)
    announce(session, Due(TIMER, moment))
    _told(session, viewer, sequence, said("turned on"))


def turn_off(session: Session, viewer: Viewer, sequence: LetterSequence) -> None:
    """Have nobody begin any more and nothing leave; who is under way goes on once it is on again."""
    sequence.since = None
    _rest(session, sequence)
    _told(session, viewer, sequence, said("turned off"))


def put_in(
    session: Session, viewer: Viewer, sequence: LetterSequence, addresses: Collection[str]
) -> tuple[int, list[str]]:
    """Have people begin by hand; give how many do, and whom nobody may write to. Who began before does not again.

    The first of them begin at once, the others lot by lot as it looks.
    """
    if sequence.on_at is None:
        raise Refusal(_("The sequence is off."))
    if len(addresses) > MOST_ADDED:
        raise Refusal(_("At most %(most)s people at once.", most=MOST_ADDED))
    may = consents.ground_of(session, sequence.list_id, MAIL, addresses)
    against = suppressions.suppressed(session, MAIL, list(addresses), sequence.list_id)
    number, not_meant = 0, [each for each in addresses if each not in may or each in against]
    for address in dict.fromkeys(each for each in addresses if each not in not_meant):
        try:
            number += sequence_turns.join(session, sequence, address, viewer.user_id,
                                          said("put in by %(name)s", name=viewer.name),
                                          begins=number < sequence_turns.LOT)  # fmt: skip
        except Stuck as error:
            raise Refusal(str(error.args[0])) from None
    if number > sequence_turns.LOT:
        look_soon(session, sequence.list_id)
    _told(session, viewer, sequence, said("%(num)s put in by hand", num=number))
    return number, not_meant


def put_in_all(session: Session, viewer: Viewer, sequence: LetterSequence, segment_id: int) -> int:
    """Have everybody of a segment begin who may be written to and never began; give how many do, lot by lot."""
    if sequence.on_at is None:
        raise Refusal(_("The sequence is off."))
    try:
        meant = campaign_whom.meant_by(session, [segment_id])
    except ValueError as error:
        raise Refusal(again(error.args[0])) from None
    if not meant:
        raise Refusal(_("There is no such segment."))
    there = exists().where(SequencePerson.sequence_id == sequence.id, SequencePerson.address == Handle.value)
    rows = session.execute(
        select(Handle.value, Handle.contact_id)
        .where(Handle.kind == MAIL, Handle.contact_id.in_(meant[0]), consents.agreed(sequence.list_id),
               suppressions.allowed(sequence.list_id), ~there)
        .order_by(Handle.id).limit(MOST_OF_SEGMENT)
    ).all()  # fmt: skip
    new = [
        {"sequence_id": sequence.id, "address": address, "contact_id": contact_id, "run_id": None, "joined_at": now(),
         "joined_by": viewer.user_id, "left_at": None, "why": ""}
        for address, contact_id in rows
    ]  # fmt: skip
    if new:
        insert_many_unless_there(session, SequencePerson, new)
        look_soon(session, sequence.list_id)
    _told(session, viewer, sequence, said("%(num)s put in by hand", num=len(rows)))
    return len(rows)


def take_out(session: Session, viewer: Viewer, person: SequencePerson) -> None:
    """Have somebody leave by hand; copies for him that wait do not leave."""
    if person.left_at is not None:
        raise Refusal(_("He has left already."))
    sequence_turns.leave(session, person, said("Taken out by %(name)s.", name=viewer.name), viewer.user_id)
    _told(
        session,
        viewer,
        session.get_one(LetterSequence, person.sequence_id),
        said("somebody was taken out by hand"),
    )


def put_back(session: Session, viewer: Viewer, person: SequencePerson) -> None:
    """Have somebody go on after all who was taken out by hand; who left for what he did stays away."""
    if not sequence_turns.stay(session, person):
        raise Refusal(_("He cannot go on in it."))
    sequence = session.get_one(LetterSequence, person.sequence_id)
    _told(session, viewer, sequence, said("somebody goes on who was taken out"))


def letters_of(session: Session, sequence_id: int) -> Sequence[Campaign]:
    """Give the letters of a sequence, also those that stand in no step any more."""
    return session.scalars(
        select(Campaign).where(Campaign.sequence_id == sequence_id).order_by(Campaign.id)
    ).all()


def _set(session: Session, viewer: Viewer, sequence: LetterSequence, steps: Sequence[Step]) -> None:
    _drawn(session, sequence, steps)
    sequence.steps = [msgspec.to_builtins(each) for each in steps]
    if sequence.on_at is not None:
        _rest(session, sequence)
    _told(session, viewer, sequence, said("its steps were changed"))


def _rest(session: Session, sequence: LetterSequence) -> None:
    sequence.on_at = sequence.look_at = None
    for letter in letters_of(session, sequence.id):
        if letter.state in {RUNNING, PAUSED}:
            letter.state, letter.next_at, letter.paused_why = DRAFT, None, ""
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
        return sequence_drawing.drawn(sequence.name, steps, called)
    except ValueError as error:
        raise Refusal(str(error)) from None


def _let_go(session: Session, letter: Campaign) -> None:
    if letter.state in {DRAFT, PAUSED}:
        letter.state, letter.paused_why, letter.started_at = RUNNING, "", letter.started_at or now()
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
        raise Refusal(_("A sequence has a name of at most %(most)s letters.", most=NAME))
    if session.scalar(select(LetterSequence.id).where(LetterSequence.name == name)) is not None:
        raise Refusal(_("There is a sequence of this name already."))
    return name


def _told(session: Session, viewer: Viewer, sequence: LetterSequence, words: str) -> None:
    audit.record(session, viewer, audit.CHANGED, KIND, sequence.id, words=words)
    sequence_turns.tell(session, sequence)
