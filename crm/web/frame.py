"""What the frame around every page says: where somebody belongs, whether he is here, and what waits for him."""

from __future__ import annotations

from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import alarms, softphones
from crm.calendars import away
from crm.setup import setup
from crm.tasks import Task
from crm.web.numbers_in import numbers_in
from hub.clock import now
from hub.journal import Inbound
from hub.languages import _
from hub.users import Viewer
from hub.web.frame import Company, Frame, waiting


def company(session: Session) -> Company:
    """Give whose hub it is."""
    firm = setup(session).company
    return Company(
        name=firm.name, line=firm.line, help=firm.help, zone=ZoneInfo(firm.zone),
        numbers=partial(numbers_in, country=firm.country),
    )  # fmt: skip


def frame(session: Session, viewer: Viewer) -> Frame:
    """Give what waits for this person."""
    department = setup(session).departments.get(viewer.department_id or 0)
    user_id = viewer.user_id or 0
    gone = away(session, [user_id], now()).get(user_id)
    counts = {"/today": _mine(session, user_id), **waiting(session, viewer)}
    if viewer.sees_all:
        counts["/journal"] = session.scalar(select(func.count()).where(Inbound.failed_at.is_not(None))) or 0
    return Frame(
        department=department.name if department else "",
        presence="off" if gone else "free",
        presence_words=_("Away: %(why)s", why=gone.why) if gone else _("Here"),
        alarms_open=alarms.count_open(session, user_id),
        softphone=bool(softphones.sip_user_of(session, user_id)),
        counts=counts,
    )


def _mine(session: Session, user_id: int) -> int:
    """Count this person's tasks that are due."""
    unplanned = Task.planned_for.is_(None) | (Task.planned_for <= now())
    query = select(func.count()).where(Task.assignee_id == user_id, Task.done_at.is_(None), unplanned)
    return session.scalar(query) or 0
