"""The closing report of a deal: every line opens what proves it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session

from crm import closing_reports, money
from crm.closing_data import lateness
from crm.closing_reports import Deed, Report
from crm.conversations import Interaction
from crm.pipelines import LOST, WON
from crm.web.deal_moves import seen, stage_names
from crm.web.deals import HERE
from crm.web.people import Person, people_of
from crm.web.zones import zone_of
from hub.languages import _
from hub.users import Viewer
from hub.web.frame import Back
from hub.web.keys import DB
from hub.web.pages import page, path_id, render, viewer_of


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One thing of a sale. `href` opens what proves it; `late` says by how much a promise was broken."""

    what: str
    href: str
    who: str
    at: datetime
    until: datetime | None = None
    promised: datetime | None = None
    promise_href: str = ""
    late: str = ""
    amount: str = ""


class ReportView(msgspec.Struct, frozen=True, kw_only=True):
    """The values of closing_report.html."""

    deal_id: int
    title: str
    state: str
    began: datetime
    ended: datetime | None
    responsible: str
    kept: int
    broken: int
    net: str
    gross: str
    answers: Sequence[tuple[str, str]]
    request: Line | None
    deeds: Sequence[Line]
    stays: Sequence[Line]
    documents: Sequence[Line]
    touches: Sequence[Line]


@page("GET", "/deals/{id}/report")
async def closing_report(request: web.Request) -> web.StreamResponse:
    """Show what a sale was."""
    shown = await request.app[DB].read(_shown, viewer_of(request), path_id(request))
    return await render(
        request, "closing_report.html", title=_("Closing report"), sub=shown.title, report=shown,
        back=Back(f"{HERE}/{shown.deal_id}", shown.title),
    )  # fmt: skip


def _shown(session: Session, viewer: Viewer, deal_id: int) -> ReportView:
    return view(session, closing_reports.report(session, seen(session, viewer, deal_id)))


def view(session: Session, report: Report) -> ReportView:
    """Show a report."""
    deal, people = report.deal, _people(session, report)
    stages = stage_names(session, {stay.move.to_id for stay in report.stays})
    return ReportView(
        deal_id=deal.id, title=deal.title, state=WON if deal.won_at else LOST if deal.lost_at else "",
        began=report.began, ended=report.ended, responsible=_name(people, deal.responsible_id),
        kept=report.kept, broken=report.broken, net=money.written(report.totals.net, deal.currency),
        gross=money.written(report.totals.gross, deal.currency),
        answers=[(name, str(value)) for name, value in deal.fields.items()],
        request=_touch(report.request, people) if report.request else None,
        deeds=[_deed(each, people) for each in report.deeds],
        stays=[
            Line(what=stages.get(stay.move.to_id, ""), href=f"/audit/deal/{deal.id}", who=_name(people, stay.move.by),
                 at=stay.move.at, until=stay.until)
            for stay in report.stays
        ],
        documents=[
            Line(what=each.number, href=f"/documents/{each.id}", who=_name(people, each.made_by), at=each.made_at,
                 amount=money.written(each.amount, each.currency))
            for each in report.documents
        ],
        touches=[_touch(each, people) for each in report.touches],
    )  # fmt: skip


def _deed(deed: Deed, people: Mapping[int, Person]) -> Line:
    task, promise = deed.task, deed.promise
    return Line(
        what=task.title, href=f"/tasks/{task.id}", who=_name(people, task.done_by or task.assignee_id),
        at=task.created_at, until=task.done_at, promised=promise.due_at if promise else None,
        promise_href=f"/deadlines/{promise.id}" if promise else "", late=lateness(deed.late) if deed.late else "",
    )  # fmt: skip


def _touch(touch: Interaction, people: Mapping[int, Person]) -> Line:
    href = f"/contacts/{touch.contact_id}#event-{touch.id}"
    return Line(what=touch.summary, href=href, who=_name(people, touch.author_id), at=touch.at)


def _people(session: Session, report: Report) -> Mapping[int, Person]:
    tasks = [deed.task for deed in report.deeds]
    who = {report.deal.responsible_id, *(task.done_by or task.assignee_id for task in tasks)}
    who |= {stay.move.by for stay in report.stays} | {each.made_by for each in report.documents}
    return people_of(session, who | {each.author_id for each in report.touches}, zone_of(session))


def _name(people: Mapping[int, Person], user_id: int | None) -> str:
    return people[user_id].name if user_id is not None and user_id in people else ""
