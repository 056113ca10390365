"""What the frame around every page says: where somebody belongs, whether he is here, and what waits for him."""

from __future__ import annotations

from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import BindParameter, bindparam, func, select
from sqlalchemy.orm import Session

from crm import alarms, inbox_lists
from crm.calendars import away
from crm.mentions import Mention
from crm.setup import setup
from crm.softphones import Softphone
from crm.tasks import Task
from crm.web.numbers_in import numbers_in
from hub.clock import now
from hub.journal import Inbound
from hub.languages import _
from hub.users import Viewer
from hub.web.frame import Company, Frame

# Asked for every page, so it is one question, put together once: what of mine is due, what waits in the inbox, alarms,
# a softphone, what failed.
ME: BindParameter[int] = bindparam("me")
MOMENT = bindparam("moment", type_=Task.planned_for.type)
PLACE: BindParameter[int | None] = bindparam("place", type_=Task.department_id.type)
_MINE = select(func.count()).where(
    Task.assignee_id == ME, Task.done_at.is_(None), Task.planned_for.is_(None) | (Task.planned_for <= MOMENT)
)
_OWN = select(
    _MINE.scalar_subquery(), inbox_lists.for_me(ME, PLACE), alarms.how_many_open(ME).scalar_subquery(),
    select(Softphone.sip_user).where(Softphone.user_id == ME).exists(),
    select(func.count()).where(Mention.user_id == ME, Mention.seen_at.is_(None)).scalar_subquery(),
)  # fmt: skip
_ALL = _OWN.add_columns(select(func.count()).where(Inbound.failed_at.is_not(None)).scalar_subquery())


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
    values = {"me": user_id, "moment": now(), "place": viewer.department_id}
    waiting = session.execute(_ALL if viewer.sees_all else _OWN, values).one()
    mine, inbox, alarms_open, softphone, named, *failed = waiting
    return Frame(
        department=department.name if department else "",
        presence="off" if gone else "free",
        presence_words=_("Away: %(why)s", why=gone.why) if gone else _("Here"),
        alarms_open=alarms_open,
        softphone=bool(softphone),
        counts={
            "/today": mine,
            "/inbox": inbox,
            "/mentions": named,
            **({"/journal": failed[0]} if failed else {}),
        },
    )
