"""People are told of a campaign that needs one of them: whoever started it, who has to decide, and his head.

Each of them has a task that leads there, which rings as any other does, and a letter, since a campaign often needs
somebody when nobody looks.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import msgspec
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm import appointments, colleague_letters, desk, letter_boxes, sla, tasks
from crm.campaigns import Campaign
from crm.colleague_letters import About
from crm.policies import ASSIGNEE, HEAD
from crm.recipients import recipients
from crm.tasks import Task
from hub.clock import now
from hub.db import Base
from hub.languages import Listener, speaking_to
from hub.said import Said, again, said
from hub.users import User, Viewer

DECIDE, KNOW = "note", "notice"
"""Kinds of tasks: of whoever has to decide, and of whoever is to know of it."""
STOP, CHOICE, REFUSED = "stop", "choice", "refused"
"""What they are about: it stopped, a letter is to be chosen, it came back for what we are when it had ended."""
_LEADS = {STOP: "", CHOICE: "/trial", REFUSED: "/people?kind=bounced"}


class CampaignTask(Base):
    """A task that is about a campaign: why it needs somebody, and what to do."""

    __tablename__ = "campaign_tasks"

    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id"), primary_key=True, autoincrement=False)
    campaign_id: Mapped[int] = mapped_column(ForeignKey(Campaign.id), index=True)
    about: Mapped[str] = mapped_column(default=STOP)


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """What people are told. `asks` is the title for whoever has to decide, `tells` for whoever is to know of it.

    Without `tells` nobody else is told. `why` says what happened, and `then` in the letter what follows.
    """

    about: str
    asks: Said
    tells: Said | None
    why: str
    then: Sequence[Said]


def tell(session: Session, campaign: Campaign, alarm: Alarm) -> None:
    """Tell those whom a campaign concerns."""
    for place, (user, why_me) in enumerate(_whom(session, campaign).items()):
        title = alarm.asks if place == 0 else alarm.tells
        if title is not None:
            _add(session, campaign, alarm, user, why_me, title, decides=place == 0)
            _write(session, campaign, alarm, user, why_me, title)


def was_told(session: Session, campaign: Campaign, about: str) -> bool:
    """Tell whether somebody was told of this before, whatever he did since."""
    told = select(CampaignTask.task_id).where(CampaignTask.campaign_id == campaign.id)
    return session.scalar(told.where(CampaignTask.about == about).limit(1)) is not None


def settled(session: Session, viewer: Viewer, campaign: Campaign, *about: str) -> None:
    """Have what people had to do about these be done: somebody decided."""
    told = select(CampaignTask.task_id).where(
        CampaignTask.campaign_id == campaign.id, CampaignTask.about.in_(about)
    )
    for task in session.scalars(select(Task).where(Task.id.in_(told), Task.done_at.is_(None))).all():
        desk.complete(session, viewer, task)


def leads_of(session: Session, task_ids: Collection[int]) -> Mapping[int, str]:
    """Give where tasks about campaigns lead, by task."""
    if not task_ids:
        return {}
    wanted = select(CampaignTask).where(CampaignTask.task_id.in_(task_ids))
    return {
        each.task_id: f"/campaigns/{each.campaign_id}{_LEADS[each.about]}" for each in session.scalars(wanted)
    }


def starter(session: Session, campaign: Campaign) -> User | None:
    """Give who sent it, or wrote it; nobody where he is not here any more."""
    for user_id in (campaign.started_by, campaign.made_by):
        user = session.get(User, user_id) if user_id else None
        if user is not None and user.disabled_at is None:
            return user
    return None


def _whom(session: Session, campaign: Campaign) -> Mapping[User, str]:
    """Give who is told and why, the one who has to decide first: for one who is away, whoever stands in for him."""
    who = starter(session, campaign)
    department_id = campaign.department_id or (who.department_id if who else None)
    meant = Task(assignee_id=who.id if who else None, department_id=department_id)
    told = dict(recipients(session, meant, ASSIGNEE)) if who else {}
    if who in told:
        told[who] = said("You started it")
    return {
        **told,
        **{user: why for user, why in recipients(session, meant, HEAD).items() if user not in told},
    }


def _add(
    session: Session, campaign: Campaign, alarm: Alarm, user: User, why_me: str, title: Said, *, decides: bool
) -> None:
    kind = DECIDE if decides else KNOW
    add = sla.add_task if decides else tasks.add_task
    task_id = add(
        session, title=title, kind=kind, why=alarm.why, department_id=user.department_id,
        assignee_id=user.id, why_me=why_me, created_at=now(),
    )  # fmt: skip
    session.add(CampaignTask(task_id=task_id, campaign_id=campaign.id, about=alarm.about))


def _write(session: Session, campaign: Campaign, alarm: Alarm, user: User, why_me: str, title: Said) -> None:
    """Have a letter leave, rather from another mailbox than the one that may be turned away."""
    boxes = sorted(letter_boxes.boxes(session), key=lambda each: each.id == campaign.channel_id)
    if not boxes:
        return
    with speaking_to(Listener(appointments.manner(session).language)):
        body = "\n\n".join(again(each) for each in (alarm.why, *alarm.then, f"{why_me}."))
        colleague_letters.write(session, boxes[0], user, again(title), body, (), About(None, None))
