"""Who may see and change what. Every page, fragment, API answer and notice asks here.

An agent sees what is his own or his department's, a head what is his department's, manager and admin
everything. Whoever is told of an alarm may open what it is about, as long as it is not answered. What one may
see, one may work on.
"""

from __future__ import annotations

from sqlalchemy import (
    ColumnElement,
    and_,
    exists,
    false,
    or_,
    select,
    true,
)
from sqlalchemy.orm import Session

from crm.alarms import Alarm
from crm.contacts import Contact, Organisation
from crm.conversations import Conversation, Interaction, standing
from crm.deals import Deal
from crm.duplicates import Pair
from crm.letters import Letter
from crm.merges import Merge
from crm.runs import Run, RunStep
from crm.setup import setup
from crm.tasks import Task
from hub.unindexed import Unindexed
from hub.users import User, Viewer


def sees_task(viewer: Viewer, *, first: bool = False) -> ColumnElement[bool]:
    """Tell which tasks this viewer sees.

    Tasks that something else finds are asked one after the other. Where nothing does, or a contact whose tasks are in
    the same indexes, have his found `first`, by whose they are.
    """
    if viewer.sees_all:
        return true()
    told = select(Alarm.task_id).where(Alarm.user_id == viewer.user_id, Alarm.answered_at.is_(None))
    assignee = Task.assignee_id if first else Unindexed(Task.assignee_id)
    own = or_(assignee == viewer.user_id, Task.id.in_(told))
    if viewer.department_id is None:
        return own
    return or_(own, Task.department_id == viewer.department_id)


def takes_task(viewer: Viewer) -> ColumnElement[bool]:
    """Tell from whose queues this viewer takes: his own department's, not what he was only told of."""
    if viewer.sees_all:
        return true()
    return Task.department_id == viewer.department_id if viewer.department_id is not None else false()


def sees_contact(viewer: Viewer) -> ColumnElement[bool]:
    """Tell which contacts this viewer sees: own, own department's, and those he has a task or a deal with.

    Those are asked of one contact after the other, so that a list that is walked costs what is shown of it.
    """
    if viewer.sees_all:
        return true()
    own = Contact.responsible_id == viewer.user_id
    his = sees_task(viewer, first=True)
    with_a_task = exists().where(Task.contact_id == Contact.id, his).correlate(Contact)
    with_a_deal = exists().where(Deal.contact_id == Contact.id, sees_deal(viewer)).correlate(Contact)
    if viewer.department_id is None:
        return or_(own, with_a_task, with_a_deal)
    return or_(own, Contact.department_id == viewer.department_id, with_a_task, with_a_deal)


def sees_interaction(viewer: Viewer) -> ColumnElement[bool]:
    """Tell which interactions this viewer sees: those of contacts he sees."""
    if viewer.sees_all:
        return true()
    theirs = select(Contact.id).where(Contact.id == Interaction.contact_id, sees_contact(viewer))
    return theirs.correlate(Interaction).exists()


def sees_conversation(viewer: Viewer) -> ColumnElement[bool]:
    """Tell which conversations stand in this viewer's inbox: his own, and his department's."""
    if viewer.sees_all:
        return true()
    own = Conversation.assignee_id == viewer.user_id
    if viewer.department_id is None:
        return own
    return or_(own, Conversation.department_id == viewer.department_id)


def sees_deal(viewer: Viewer) -> ColumnElement[bool]:
    """Tell which deals this viewer sees: his own, and his department's."""
    if viewer.sees_all:
        return true()
    own = Deal.responsible_id == viewer.user_id
    return own if viewer.department_id is None else or_(own, Deal.department_id == viewer.department_id)


def sees_organisation(viewer: Viewer) -> ColumnElement[bool]:
    """Tell which organisations this viewer sees: those of whose people he sees one."""
    if viewer.sees_all:
        return true()
    people = (
        Contact.organisation_id == Organisation.id,
        Contact.merged_into_id.is_(None),
        sees_contact(viewer),
    )
    return select(Contact.id).where(*people).correlate(Organisation).exists()


def sees_alarm(viewer: Viewer) -> ColumnElement[bool]:
    """Tell which alarms this viewer sees: those he was told of himself, and those of tasks he sees."""
    if viewer.sees_all:
        return true()
    his = select(Task.id).where(sees_task(viewer, first=True))
    return or_(Alarm.user_id == viewer.user_id, Alarm.task_id.in_(his))


def hidden_fields(session: Session, viewer: Viewer) -> frozenset[str]:
    """Give the names of the custom fields that this viewer may not see: on cards, in answers, lists and exports."""
    state = setup(session)
    return frozenset(
        field.name for field in (*state.fields.values(), *state.shown_fields) if not field.is_seen_by(viewer)
    )


def sees_pair(viewer: Viewer) -> ColumnElement[bool]:
    """Tell which pairs of likely duplicates this viewer sees: those of which he sees both."""
    both = [
        select(Contact.id)
        .where(Contact.id == side, Contact.merged_into_id.is_(None), sees_contact(viewer))
        .correlate(Pair).exists()
        for side in (Pair.a_id, Pair.b_id)
    ]  # fmt: skip
    return and_(*both)


def pair_for(session: Session, viewer: Viewer, pair_id: int) -> Pair | None:
    """Give a pair of likely duplicates if this viewer may see both."""
    return session.scalar(select(Pair).where(Pair.id == pair_id, sees_pair(viewer)))


def merge_for(session: Session, viewer: Viewer, merge_id: int) -> Merge | None:
    """Give a merge if this viewer may see the card to which it leads."""
    merge = session.get(Merge, merge_id)
    return merge if merge is not None and contact_for(session, viewer, merge.survivor_id) else None


def task_for(session: Session, viewer: Viewer, task_id: int) -> Task | None:
    """Give a task if this viewer may see it."""
    return session.scalar(select(Task).where(Task.id == task_id, sees_task(viewer)))


def deal_for(session: Session, viewer: Viewer, deal_id: int) -> Deal | None:
    """Give a deal if this viewer may see it."""
    return session.scalar(select(Deal).where(Deal.id == deal_id, sees_deal(viewer)))


def sees_run(viewer: Viewer) -> ColumnElement[bool]:
    """Tell which runs this viewer sees: those of deals he sees, without one of contacts he sees, and his own steps'."""
    if viewer.sees_all:
        return true()
    deals = select(Deal.id).where(sees_deal(viewer))
    contacts = select(Contact.id).where(Contact.id == Run.contact_id, sees_contact(viewer)).correlate(Run)
    tasks = select(Task.id).where(sees_task(viewer, first=True))
    steps = select(RunStep.run_id).where(RunStep.task_id.in_(tasks))
    alone = and_(Run.deal_id.is_(None), contacts.exists())
    return or_(Run.deal_id.in_(deals), alone, Run.id.in_(steps))


def run_for(session: Session, viewer: Viewer, run_id: int) -> Run | None:
    """Give a run if this viewer may see it."""
    return session.scalar(select(Run).where(Run.id == run_id, sees_run(viewer)))


def letter_for(session: Session, viewer: Viewer, letter_id: int) -> Letter | None:
    """Give a letter, which has the number of its interaction, if this viewer sees it."""
    wanted = (
        select(Letter).join(Interaction).where(Letter.interaction_id == letter_id, sees_interaction(viewer))
    )
    return session.scalar(wanted)


def conversation_for(session: Session, viewer: Viewer, conversation_id: int) -> Conversation | None:
    """Give a conversation of this viewer's inbox, or with whom he sees; a merged one leads to where it went."""
    found = standing(session, conversation_id)
    if found is None:
        return None
    his = select(Conversation.id).where(Conversation.id == found.id, sees_conversation(viewer))
    if session.scalar(his) is not None or contact_for(session, viewer, found.contact_id) is not None:
        return found
    return None


def alarm_for(session: Session, viewer: Viewer, alarm_id: int) -> Alarm | None:
    """Give an alarm if this viewer may see it."""
    return session.scalar(select(Alarm).where(Alarm.id == alarm_id, sees_alarm(viewer)))


def contact_for(session: Session, viewer: Viewer, contact_id: int) -> Contact | None:
    """Give a contact if this viewer may see it; one that was merged leads to where it went."""
    contact, seen = None, False
    at: int | None = contact_id
    while at is not None:
        row = session.execute(select(Contact, sees_contact(viewer)).where(Contact.id == at)).one_or_none()
        contact, seen = row or (None, False)
        at = contact.merged_into_id if contact else None
    return contact if seen else None


def sees_person(viewer: Viewer) -> ColumnElement[bool]:
    """Tell whose page this viewer opens: his own, those of the department that he leads, all of them."""
    if viewer.sees_all:
        return true()
    if viewer.role == "head" and viewer.department_id is not None:
        return or_(User.id == viewer.user_id, User.department_id == viewer.department_id)
    return User.id == viewer.user_id


def person_for(session: Session, viewer: Viewer, user_id: int) -> User | None:
    """Give a person whose page this viewer may open; whoever may, also sends him away and hands his work over."""
    return session.scalar(select(User).where(User.id == user_id, sees_person(viewer)))
