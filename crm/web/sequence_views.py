"""What the page of a sequence says: its steps with what speaks against them, and its people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from zlib import crc32

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import (
    campaign_changes,
    letter_boxes,
    segment_changes,
    sequence_changes,
    sequence_conditions,
    sequence_people,
)
from crm.campaign_checks import Check, Outside
from crm.campaigns import DRAFT, PAUSED, Campaign
from crm.contacts import Contact
from crm.mailing_lists import MailingList
from crm.rights import sees_contact
from crm.sequence_drawing import CONDITIONS, said_condition, said_wait
from crm.sequence_people import State
from crm.sequences import LetterSequence, SequencePerson, Step, steps_of
from crm.web.sequence_shapes import Person, Place, Shown
from crm.web.sequences import HOME
from hub.languages import N_, _
from hub.users import Viewer
from hub.web.problems import Problem

SHOWN = 100
_STATES: Mapping[State, str] = {
    "through": N_("Came to the end"), "going": N_("Under way"), "condition": N_("Left at the condition"),
}  # fmt: skip


class Query(NamedTuple):
    """Which sequence, and where its people go on."""

    id: int
    before: int


def sequence_of(session: Session, sequence_id: int) -> LetterSequence:
    """Give a sequence; Problem where there is none."""
    found = session.get(LetterSequence, sequence_id)
    if found is None:
        raise Problem(404, _("There is no such sequence."))
    return found


def shown(session: Session, viewer: Viewer, query: Query, outside: Outside) -> Shown:
    """Give the values of _sequence.html."""
    sequence = sequence_of(session, query.id)
    found = sequence_changes.checks(session, sequence, outside)
    lacks = {letter.id: [str(each.name) for each in checks if not each.holds] for letter, checks in found}
    letters = {letter.id: letter for letter, _checks in found}
    here = sequence_people.standing(session, sequence)
    people = _people(session, viewer, sequence.id, query.before)
    steps = steps_of(sequence)
    called = sequence_changes.segments_of(session, steps)
    asked = sequence_conditions.checks(session, sequence)
    return Shown(
        id=sequence.id, name=sequence.name, list_id=sequence.list_id,
        list=session.get_one(MailingList, sequence.list_id).name, on_at=sequence.on_at,
        places=_known_again(
            _condition(step, called, asked.get(at)) if step.kind == "if"
            else _place(session, step, letters, lacks, here[at])
            for at, step in enumerate(steps, 1)
        ),
        earlier=here[sequence_people.EARLIER], people=people[:SHOWN],
        next=f"{HOME}/{sequence.id}?before={people[SHOWN - 1].id}" if people[SHOWN:] else "",
        here=f"{HOME}/{sequence.id}" + (f"?before={query.before}" if query.before else ""),
        box=sequence.channel_id or 0, since=sequence.hours_from, until=sequence.hours_until,
        boxes=[(each.id, f"{each.title} · {each.address}") for each in letter_boxes.boxes(session)],
        segments=[(each.id, each.name) for each in segment_changes.segments(session)],
        conditions=[(key, _(words)) for key, words in CONDITIONS.items()],
        process=sequence.process_id or 0,
        ready=bool(letters) and not any(lacks.values()) and all(each.holds for each in asked.values()),

    )  # fmt: skip


def _known_again(places: Iterable[Place]) -> list[Place]:
    """Give steps their keys: what they say, and which of those that say the same."""
    seen, named = Counter[str](), []
    for place in places:
        what = f"{place.kind}-{crc32((place.href + place.words).encode())}"
        seen[what] += 1
        named.append(msgspec.structs.replace(place, key=f"{what}-{seen[what]}"))
    return named


def _place(
    session: Session,
    step: Step,
    letters: Mapping[int, Campaign],
    lacks: Mapping[int, Sequence[str]],
    here: int,
) -> Place:
    if step.kind == "wait":
        return Place(kind="wait", words=said_wait(step), here=here)
    letter = letters[step.letter]
    stands, stopped = (letter.paused_why, letter.id) if letter.state == PAUSED else ("", 0)
    return Place(
        kind="letter", words=letter.name, href=f"/campaigns/{letter.id}/content", stands=stands, stopped=stopped,
        lacks=lacks[letter.id] if letter.state == DRAFT else (), here=here,
        undecided=campaign_changes.undecided(session, letter), decide=f"/campaigns/{letter.id}/people?kind=undecided",
    )  # fmt: skip


def _condition(step: Step, called: Mapping[int, str], asked: Check | None) -> Place:
    told = _("Goes on: who %(what)s. Everybody else leaves.", what=said_condition(step, called))
    if asked is None:
        return Place(kind="if", words=told)
    return Place(kind="if", words=told, href=asked.href, stands=str(asked.note),
                 lacks=() if asked.holds else [str(asked.words)])  # fmt: skip


def _people(session: Session, viewer: Viewer, sequence_id: int, before: int) -> list[Person]:
    wanted = sequence_people.people(sequence_id)
    if before:
        wanted = wanted.where(SequencePerson.id < before)
    rows = session.execute(wanted.order_by(SequencePerson.id.desc()).limit(SHOWN + 1)).all()
    seen = select(Contact.id, Contact.name).where(Contact.id.in_([row.contact_id for row, _state in rows]),
                                                  sees_contact(viewer))  # fmt: skip
    names = dict(session.execute(seen).all())
    return [
        Person(
            id=row.id, address=row.address, name=names.get(row.contact_id, ""), run_id=row.run_id,
            contact_id=row.contact_id if row.contact_id in names else None, joined_at=row.joined_at,
            words=_("Left: %(why)s", why=row.why) if state == "left" else _(_STATES[state]), is_going=state == "going",
        )
        for row, state in rows
    ]  # fmt: skip
