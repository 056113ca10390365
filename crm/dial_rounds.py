"""Working on a dialling list: the next one, his call, and what is decided without one.

Somebody is with one agent at a time, and for a while only: whoever walks away loses him to the others. What speaks
against calling him is looked at when his turn comes, so that what happened meanwhile counts, by whatever way.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from crm import contacts, dial_lists, dialling, numbers
from crm.calling_hours import opens
from crm.calls import Call
from crm.conversations import Interaction
from crm.desk import Refusal
from crm.dial_lists import DialList, DialPerson, is_left, release, stop
from crm.dial_making import callable_number
from crm.dial_rights import works_on
from crm.dial_turns import HOLD, not_reached
from crm.dialling import Doubtful
from crm.doubts import Dialled, doubts
from crm.letters import Letter
from crm.setup import setup
from hub import audit
from hub.clock import now
from hub.languages import _
from hub.said import Said, said
from hub.users import User, Viewer

LOOKED_AT = 200  # that are passed over in one turn
LONGEST_CALL = timedelta(hours=4)
BUSY = timedelta(minutes=5)
FURTHEST = timedelta(days=366)


def take_next(session: Session, viewer: Viewer, listed: DialList) -> DialPerson | None:
    """Give this agent the next one, or whom he has; None when nobody may be called now.

    Two who press at once get two people: the row is locked, and skipped by the other. So is the agent, so that he
    gets one when he presses twice.
    """
    if not works_on(viewer, listed) or viewer.user_id is None:
        raise Refusal(_("This list is worked on by another department."))
    session.get_one(User, viewer.user_id, with_for_update=True)
    if (mine := held(session, viewer, listed)) is not None:
        return mine
    if listed.paused_at is not None:
        raise Refusal(_("“%(name)s” is paused.", name=listed.name))
    for _turn in range(LOOKED_AT):
        person = _first(session, listed)
        if person is None:
            return None
        if _may_be_called(session, listed, person):
            person.held_by, person.held_until = viewer.user_id, now() + HOLD
            dial_lists.tell(session, listed)
            return person
        dial_lists.tell(session, listed)
    return None


def held(session: Session, viewer: Viewer, listed: DialList) -> DialPerson | None:
    """Give whom somebody has of a list."""
    mine = select(DialPerson).where(
        DialPerson.held_by == viewer.user_id,
        DialPerson.list_id == listed.id,
        DialPerson.held_until > now(),
        is_left(),
    )
    return session.scalar(mine.order_by(DialPerson.id).limit(1))


def call(session: Session, viewer: Viewer, person: DialPerson) -> Call:
    """Call him, from the telephone of who has him; pressed twice it is one call."""
    listed = session.get_one(DialList, person.list_id)
    if person.dialled_at is not None and person.call_id is not None:
        return session.get_one(Call, person.call_id)
    if listed.paused_at is not None:
        raise Refusal(_("“%(name)s” is paused.", name=listed.name))
    wanted = dialling.Wanted(number=person.number, nonce=f"dial {person.id} {person.call_id or 0}")
    try:
        placed = dialling.place(session, viewer, viewer.user_id or 0, wanted)
    except Doubtful as doubtful:
        raise Refusal(" ".join(doubtful.words)) from doubtful
    placed.contact_id, placed.department_id = person.contact_id, listed.department_id
    if placed.id != person.call_id:
        person.tries += 1
    person.call_id, person.result_id = placed.id, None
    person.dialled_at, person.held_until = now(), now() + LONGEST_CALL
    dial_lists.tell(session, listed)
    return placed


def put_off(session: Session, viewer: Viewer, person: DialPerson, until: datetime) -> None:
    """Have him be called later, without a call now."""
    _require_no_call(person)
    if not now() < until < now() + FURTHEST:
        raise Refusal(_("Choose a time that is still to come, within a year."))
    person.due_at = until
    release(person)
    _note(session, viewer, person, said("%(name)s is called later", name=_name(session, person)))


def take_off(session: Session, viewer: Viewer, person: DialPerson) -> None:
    """Have him not be called from this list."""
    _require_no_call(person)
    stop(person, said("Taken off by %(name)s", name=viewer.name))
    _note(session, viewer, person, said("%(name)s was taken off", name=_name(session, person)))


def _require_no_call(person: DialPerson) -> None:
    if person.dialled_at is not None:
        raise Refusal(_("He is being called just now."))


def _note(session: Session, viewer: Viewer, person: DialPerson, words: Said) -> None:
    audit.record(session, viewer, audit.CHANGED, "dial_list", person.list_id, words=words)
    dial_lists.tell(session, session.get_one(DialList, person.list_id))


def _name(session: Session, person: DialPerson) -> str:
    return session.get_one(contacts.Contact, person.contact_id).name or person.number


def _first(session: Session, listed: DialList) -> DialPerson | None:
    """Find who has waited longest, and lock him; who is with somebody is left to him."""
    moment = now()
    free = or_(DialPerson.held_until.is_(None), DialPerson.held_until <= moment)
    waiting = (
        select(DialPerson)
        .where(DialPerson.list_id == listed.id, is_left(), DialPerson.due_at <= moment, free)
        .order_by(DialPerson.due_at, DialPerson.id).limit(1).with_for_update(skip_locked=True)
    )  # fmt: skip
    return session.scalars(waiting.execution_options(populate_existing=True)).first()


def _may_be_called(session: Session, listed: DialList, person: DialPerson) -> bool:
    """Tell whether he is to be called now; where not, he is stopped or waits."""
    person.dialled_at = None  # whoever had him lost sight of a call that never ended
    _follow_the_card(session, listed, person)
    if person.stopped_at is None and (why := _against(session, listed, person)):
        stop(person, why)
    if person.stopped_at is None:
        person.due_at = _not_before(session, listed, person)
    session.flush()
    return person.stopped_at is None and person.due_at <= now()


def _follow_the_card(session: Session, listed: DialList, person: DialPerson) -> None:
    """Call whoever his card became part of, by a number that stands there today."""
    home = contacts.root(session, person.contact_id)
    if home != person.contact_id:
        there = select(DialPerson.id).where(DialPerson.list_id == listed.id, DialPerson.contact_id == home)
        if session.scalar(there) is not None:
            stop(person, said("The same person as another on this list"))
            return
        person.contact_id = home
    handles = contacts.handles_of(session, [home])[home]
    if not any(callable_number(session, [each]) == person.number for each in handles):
        person.number = callable_number(session, handles)


def _against(session: Session, listed: DialList, person: DialPerson) -> Said | None:
    if not person.number:
        return said("No number any more")
    if person.tries >= listed.most_tries:
        return not_reached(person.tries)
    met = _met(session, person, person.last_at or listed.made_at)
    if met is not None:
        return said("Talked with meanwhile: %(what)s", what=met.summary or met.kind)
    dialled = Dialled(person.number, person.contact_id)
    if _closed_until(session, listed, person) <= now():
        return next(iter(doubts(session, dialled)), None)
    return None


def _met(session: Session, person: DialPerson, since: datetime) -> Interaction | None:
    """Find what was had with him since: a talk, an answer that reached him, or words of his."""
    by_itself = select(Letter.interaction_id).where(Letter.interaction_id == Interaction.id, Letter.automatic)
    his = (Interaction.direction == "in") & (Interaction.kind != "call") & ~by_itself.exists()
    newest = select(Interaction).where(
        Interaction.contact_id == person.contact_id, Interaction.at > since,
        or_(Interaction.counts_as_contact, his),
    )  # fmt: skip
    return session.scalar(newest.order_by(Interaction.at.desc(), Interaction.id.desc()).limit(1))


def _not_before(session: Session, listed: DialList, person: DialPerson) -> datetime:
    """Give when he may be called: within the hours, and not while somebody talks with him."""
    talking = select(Call.id).where(Call.contact_id == person.contact_id, Call.ended_at.is_(None))
    if session.scalar(talking.limit(1)) is not None:
        return now() + BUSY
    return _closed_until(session, listed, person)


def _closed_until(session: Session, listed: DialList, person: DialPerson) -> datetime:
    company = setup(session).company
    zone = ZoneInfo(numbers.local_time_zone(person.number) or company.zone)
    hours = ((listed.calls_from, listed.calls_until), (company.calls_from, company.calls_until))
    return max(person.due_at, opens(hours, zone, now()))
