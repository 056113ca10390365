"""What the hub cannot mend by itself becomes a task for an admin: one, and of somebody who is here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from crm import calendars, mending
from crm.tasks import Task
from hub.channels import add_channel
from hub.clock import now
from hub.said import said
from hub.users import add_user
from tests.crm.klarruta import Klarruta

WORDS = said("no answer in time")


async def refuse(firm: Klarruta) -> Sequence[Task]:
    """Have the only channel refused, and give all tasks."""
    await firm.do(mending.settings_refused, 1, WORDS)
    return await firm.do(lambda session: session.scalars(select(Task).order_by(Task.id)).all())


async def admin(firm: Klarruta, name: str) -> int:
    """Add an admin and give his id."""
    return (await firm.do(add_user, f"{name}@klarruta.example".lower(), name, "admin")).id


async def test_a_refused_channel_is_one_task_of_an_admin_until_it_is_done(firm: Klarruta) -> None:
    annika = await admin(firm, "Annika")
    await firm.do(add_channel, "support", "Support", "form", {"title": "Support"})
    await refuse(firm)
    (task,) = await refuse(firm)
    assert (task.title, task.assignee_id) == ("Mend the settings of “Support”", annika)
    assert task.why == "The other side refuses it: no answer in time"
    await firm.do(lambda session: setattr(session.get_one(Task, task.id), "done_at", now()))
    assert len(await refuse(firm)) == 2


async def test_it_goes_to_an_admin_who_is_here(firm: Klarruta) -> None:
    away, here = await admin(firm, "Annika"), await admin(firm, "Bo")
    await firm.do(calendars.add_absence, away, now(), now() + timedelta(days=1))
    await firm.do(add_channel, "support", "Support", "form", {"title": "Support"})
    (task,) = await refuse(firm)
    assert task.assignee_id == here


async def test_without_an_admin_it_waits_for_whoever_sees_all(firm: Klarruta) -> None:
    await firm.do(add_channel, "support", "Support", "form", {"title": "Support"})
    (task,) = await refuse(firm)
    assert task.assignee_id is None


async def test_an_absence_longer_than_a_sender_tries_again_is_a_task_of_its_own(firm: Klarruta) -> None:
    annika = await admin(firm, "Annika")
    await firm.do(add_channel, "support", "Support", "form", {"title": "Support"})
    since = now() - timedelta(days=9)
    for _again in range(2):
        await firm.do(mending.something_missing, 1, since, timedelta(days=7))
    (task,) = await firm.do(lambda session: session.scalars(select(Task)).all())
    assert task.assignee_id == annika
    assert task.title.startswith("See what “Support” may have missed since 20")
    assert "again for 168 hours alone" in task.why
