"""A campaign that stops by itself is told of: to whoever started it, who has to decide, and to his head.

Each of them has a task that leads to the campaign, which rings as any other does, and a letter, since a campaign often
stops when nobody looks. The tasks are done once somebody has it go on, or ends it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm import appointments, colleague_letters, desk, letter_boxes, sla, tasks
from crm.campaign_news import changed
from crm.campaigns import PAUSED, Campaign
from crm.colleague_letters import About
from crm.deliveries import Delivery, recall
from crm.policies import ASSIGNEE, HEAD
from crm.recipients import recipients
from crm.setup import setup
from crm.tasks import Task
from hub.bulk_mail import Stopped
from hub.clock import now
from hub.db import Base, announce
from hub.languages import Listener, _, speaking_to
from hub.said import again, said
from hub.users import User, Viewer

DECIDE, KNOW = "note", "notice"
"""Kinds of tasks: of whoever has to decide, and of whoever is to know of it."""


class CampaignTask(Base):
    """A task that is about a campaign: why it stopped, and what to do."""

    __tablename__ = "campaign_tasks"

    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id"), primary_key=True, autoincrement=False)
    campaign_id: Mapped[int] = mapped_column(ForeignKey(Campaign.id), index=True)


def stop(session: Session, campaign: Campaign, why: str) -> None:
    """Have a campaign stand that goes, with what is in the outbox, and tell those whom it concerns."""
    campaign.state, campaign.next_at, campaign.paused_why = PAUSED, None, why
    recall(session, Delivery.campaign_id == campaign.id)
    announce(session, Stopped(campaign.id))
    changed(session, campaign)
    for place, (user, why_me) in enumerate(_whom(session, campaign).items()):
        _tell(session, campaign, user, why_me, decides=place == 0)


def decided(session: Session, viewer: Viewer, campaign: Campaign) -> None:
    """Have what its stop gave people to do be done: somebody decided."""
    about = select(CampaignTask.task_id).where(CampaignTask.campaign_id == campaign.id)
    for task in session.scalars(select(Task).where(Task.id.in_(about), Task.done_at.is_(None))).all():
        desk.complete(session, viewer, task)


def campaigns_of(session: Session, task_ids: Collection[int]) -> Mapping[int, int]:
    """Give the campaigns that tasks are about, by task."""
    wanted = select(CampaignTask.task_id, CampaignTask.campaign_id)
    return dict(session.execute(wanted.where(CampaignTask.task_id.in_(task_ids))).all()) if task_ids else {}


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


def _tell(session: Session, campaign: Campaign, user: User, why_me: str, *, decides: bool) -> None:
    title = said("The campaign “%(name)s” stopped", name=campaign.name)
    if decides:
        title = said("The campaign “%(name)s” stopped: decide what becomes of it", name=campaign.name)
    kind = DECIDE if decides else KNOW
    task_id = tasks.add_task(
        session, title=title, kind=kind, why=campaign.paused_why, department_id=user.department_id,
        assignee_id=user.id, why_me=why_me, created_at=now(),
    )  # fmt: skip
    if decides:
        sla.promise(session, setup(session), task_id, kind, user.department_id, now())
    session.add(CampaignTask(task_id=task_id, campaign_id=campaign.id))
    _write(session, campaign, user, title, why_me)


def _write(session: Session, campaign: Campaign, user: User, title: str, why_me: str) -> None:
    """Have a letter leave, rather from another mailbox than the one that may be turned away."""
    boxes = sorted(letter_boxes.boxes(session), key=lambda each: each.id == campaign.channel_id)
    if not boxes:
        return
    with speaking_to(Listener(appointments.manner(session).language)):
        lines = [
            again(campaign.paused_why), _("Nothing more of it leaves until somebody has it go on, or cancels it."),
            _("A task of yours says the same; it is done once somebody has decided."), again(f"{why_me}."),
        ]  # fmt: skip
        body = "\n\n".join(lines)
        colleague_letters.write(session, boxes[0], user, again(title), body, (), About(None, None))
