"""Deals as cards of the board: what it is, for whom, how much, since when it stands there, and what is done next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import runs
from crm.contacts import Contact, handles_of
from crm.deadlines import deadlines_of
from crm.deal_board import stands_too_long
from crm.deals import Deal
from crm.pipelines import Stage
from crm.rights import sees_task
from crm.setup import setup
from crm.tasks import Task
from crm.web.amounts import worth
from crm.web.clocks import Clock, clock, pressing
from crm.web.names import called
from crm.web.people import Person, people_of
from crm.web.zones import zone_of
from hub.clock import now
from hub.languages import _, ngettext
from hub.users import Viewer
from hub.web import moments


class Next(msgspec.Struct, frozen=True):
    """What is done next for the deal: a clock, or only when it is planned for."""

    title: str
    href: str
    clock: Clock | None
    when: str


class DealCard(msgspec.Struct, frozen=True, kw_only=True):
    """One deal. `since` says how long it has stood in its stage, `stale` that this is too long."""

    id: int
    title: str
    contact: str
    value: str
    since: str
    since_at: datetime
    stale: bool
    open: bool
    responsible: Person | None
    next: Next | None


def cards(
    session: Session, viewer: Viewer, found: Mapping[int, Sequence[Deal]], stages: Sequence[Stage]
) -> Mapping[int, Sequence[DealCard]]:
    """Show the deals of each stage; what belongs to them is read at once for all."""
    deals = [deal for each in found.values() for deal in each]
    moment, zone = now(), zone_of(session)
    names = contact_names(session, {deal.contact_id for deal in deals})
    people = people_of(session, {deal.responsible_id for deal in deals}, zone)
    following = _next(session, viewer, [deal for deal in deals if deal.is_open], zone, moment)
    by_id = {stage.id: stage for stage in stages}
    return {
        stage_id: [
            DealCard(
                id=deal.id, title=deal.title, contact=names.get(deal.contact_id, ""), open=deal.is_open,
                value=worth(deal.value, deal.currency),
                since=since(deal, moment), since_at=deal.stage_since,
                stale=stands_too_long(deal, by_id[stage_id], moment),
                responsible=people.get(deal.responsible_id or 0), next=following.get(deal.id),
            )
            for deal in each
        ]
        for stage_id, each in found.items()
    }  # fmt: skip


def since(deal: Deal, moment: datetime) -> str:
    """Say for how many days a deal has been in its stage."""
    days = (moment - deal.stage_since).days
    return ngettext("%(num)s day here", "%(num)s days here", days, num=days) if days > 0 else _("New here")


def contact_names(session: Session, ids: set[int]) -> Mapping[int, str]:
    """Give what contacts are called."""
    rows = session.execute(select(Contact.id, Contact.name).where(Contact.id.in_(ids))).all() if ids else []
    nameless = [row.id for row in rows if not row.name.strip()]
    handles, country = handles_of(session, nameless), setup(session).company.country
    return {row.id: called(row.name, handles.get(row.id, ()), country) for row in rows}


def _next(
    session: Session, viewer: Viewer, deals: Sequence[Deal], zone: ZoneInfo, moment: datetime
) -> Mapping[int, Next]:
    """Find what is done first for each deal: a step of its own, or something for its contact that is of no deal."""
    if not deals:
        return {}
    when = func.coalesce(Task.due_at, Task.planned_for)
    contacts = {deal.contact_id for deal in deals}
    wanted = select(Task).where(Task.contact_id.in_(contacts), Task.done_at.is_(None), sees_task(viewer))
    tasks = session.scalars(wanted.order_by(when.is_(None), when, Task.id)).all()
    of_deals = runs.deals_of_tasks(session, ((task.id, task.kind) for task in tasks))
    of_contacts: dict[int, list[Task]] = {contact_id: [] for contact_id in contacts}
    for task in tasks:
        of_contacts[task.contact_id or 0].append(task)
    first: dict[int, Task] = {}
    for deal in deals:
        own = of_contacts[deal.contact_id]
        fit = next((task for task in own if of_deals.get(task.id, (deal.id, ""))[0] == deal.id), None)
        if fit is not None:
            first[deal.id] = fit
    deadlines = deadlines_of(session, [task.id for task in first.values()])
    found = {}
    for deal_id, task in first.items():
        due = pressing(each for each in deadlines[task.id] if each.met_at is None)
        planned = moments.when(task.planned_for, zone) if task.planned_for else ""
        shown = clock(due, zone, moment) if due else None
        found[deal_id] = Next(task.title, f"/tasks/{task.id}", shown, planned)
    return found
