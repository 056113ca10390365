"""The closing report of a deal: every line opens what proves it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session

from crm import closing_letters, closing_reports, letter_boxes, money, run_known
from crm.answer_words import in_words
from crm.closing_data import BECAME, TEMPLATE, lateness, undone
from crm.closing_proofs import page_of
from crm.closing_reports import Deed, Report
from crm.conversations import Interaction
from crm.desk import Refusal
from crm.document_drafts import Unwanted, Wanted
from crm.documents import DealDocument
from crm.payments import HOW
from crm.pipelines import LOST, WON
from crm.web.deal_documents import unmade
from crm.web.deal_moves import seen, stage_names
from crm.web.deals import HERE
from crm.web.document_making import MAKER
from crm.web.people import Person, people_of
from crm.web.zones import zone_of
from hub.languages import LANGUAGES, _, listener
from hub.papers import UnmadeError
from hub.users import Viewer
from hub.web.frame import Back
from hub.web.keys import DB
from hub.web.moments import written
from hub.web.origin import base_url
from hub.web.pages import Toast, changed, form, page, path_id, render, viewer_of


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One thing of a sale. `href` opens its proof; `late` says by how much a promise was broken, `day` is words."""

    what: str
    href: str
    who: str
    at: datetime
    until: datetime | None = None
    promised: datetime | None = None
    promise_href: str = ""
    late: str = ""
    amount: str = ""
    day: str = ""
    state: str = ""


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
    paid: str
    answers: Sequence[tuple[str, str]]
    request: Line | None
    deeds: Sequence[Line]
    stays: Sequence[Line]
    documents: Sequence[Line]
    visits: Sequence[Line]
    payments: Sequence[Line]
    touches: Sequence[Line]
    head: str
    languages: Sequence[tuple[str, str]]
    language: str


@page("GET", "/deals/{id}/report")
async def closing_report(request: web.Request) -> web.StreamResponse:
    """Show what a sale was."""
    shown = await request.app[DB].read(_shown, viewer_of(request), path_id(request))
    return await render(
        request, "closing_report.html", title=_("Closing report"), sub=shown.title, report=shown,
        back=Back(f"{HERE}/{shown.deal_id}", shown.title),
    )  # fmt: skip


@page("POST", "/deals/{id}/report")
async def make(request: web.Request) -> web.StreamResponse:
    """Make its paper; with `send`, send it to whoever leads the department."""
    deal_id, viewer, said = path_id(request), viewer_of(request), await form(request)
    sends = bool(said.get("send"))
    await request.app[DB].read(_require, viewer, deal_id, sends)
    language, home = said.get("language", "en"), base_url(request)
    wanted = Wanted(deal_id=deal_id, template=TEMPLATE, language=language, home=home)
    try:
        made = await request.app[MAKER].make(viewer, wanted)
    except UnmadeError as error:
        raise Refusal(unmade(error)) from None
    except Unwanted as error:
        raise Refusal(str(error)) from None
    place = f"{HERE}/{deal_id}/report"
    words = await request.app[DB].write(_send if sends else _made, viewer, deal_id, made, home)
    return await changed(
        request, Toast(text=words, href=f"/documents/{made}/content", words=_("Open")), back=place
    )


def _require(session: Session, viewer: Viewer, deal_id: int, sends: bool) -> None:  # noqa: FBT001 - of a form
    """Refuse before a paper is made what could not be sent."""
    deal = seen(session, viewer, deal_id)
    if sends and closing_letters.head_of(session, deal) is None:
        raise Refusal(
            _("Nobody leads the department of this deal: choose a head under Settings, Departments.")
        )
    if sends and not letter_boxes.boxes(session):
        raise Refusal(_("There is no mailbox to write from: an admin adds one under Settings, Channels."))


def _send(session: Session, viewer: Viewer, deal_id: int, document_id: int, home: str) -> str:
    deal, document = seen(session, viewer, deal_id), session.get_one(DealDocument, document_id)
    head = closing_letters.write(session, viewer, deal, document, home)
    return _("The report is on its way to %(name)s", name=head.name)


def _made(session: Session, _viewer: Viewer, _deal_id: int, document_id: int, _home: str) -> str:
    return _("Made: %(numbers)s", numbers=session.get_one(DealDocument, document_id).number)


def _shown(session: Session, viewer: Viewer, deal_id: int) -> ReportView:
    return view(session, closing_reports.report(session, seen(session, viewer, deal_id)))


def view(session: Session, report: Report) -> ReportView:
    """Show a report."""
    deal, people, head = report.deal, _people(session, report), closing_letters.head_of(session, report.deal)
    stages = stage_names(session, {stay.move.to_id for stay in report.stays})
    return ReportView(
        deal_id=deal.id, title=deal.title, state=WON if deal.won_at else LOST if deal.lost_at else "",
        began=report.began, ended=report.ended, responsible=_name(people, deal.responsible_id),
        kept=report.kept, broken=report.broken, net=money.written(report.totals.net, deal.currency),
        gross=money.written(report.totals.gross, deal.currency),
        paid=money.written(report.paid, deal.currency) if report.payments else "",
        head=head.name if head else "", languages=list(LANGUAGES.items()), language=listener().language,
        answers=[(name, in_words(value)) for name, value in run_known.answers(session, deal)],
        request=_touch(report.request, people) if report.request else None,
        deeds=[_deed(each, people) for each in report.deeds],
        stays=[
            Line(what=stages.get(stay.move.to_id, ""), href=page_of(stay.move), who=_name(people, stay.move.by),
                 at=stay.move.at, until=stay.until)
            for stay in report.stays
        ],
        documents=[
            Line(what=each.number, href=page_of(each), who=_name(people, each.made_by), at=each.made_at,
                 amount=money.written(each.amount, each.currency))
            for each in report.documents
        ],
        visits=[
            Line(what=each.purpose or _("Visit"), href=page_of(each), who=_name(people, each.person_id),
                 at=each.starts_at, state=_(BECAME[each.state]))
            for each in report.visits
        ],
        payments=[
            Line(what=each.invoice.number or "", href=page_of(each.invoice), who=_(HOW[each.payment.how]),
                 at=each.payment.made_at, day=written(each.payment.paid_on, "d MMM y"),
                 amount=money.written(each.amount, each.payment.currency))
            for each in report.payments
        ],
        touches=[_touch(each, people) for each in report.touches],
    )  # fmt: skip


def _deed(deed: Deed, people: Mapping[int, Person]) -> Line:
    task, promise = deed.task, deed.promise
    return Line(
        what=task.title, href=page_of(task), who=_name(people, task.done_by or task.assignee_id),
        at=task.created_at, until=None if deed.dropped else task.done_at, state=undone(deed),
        promised=promise.due_at if promise else None,
        promise_href=page_of(promise) if promise else "", late=lateness(deed.late) if deed.late else "",
    )  # fmt: skip


def _touch(touch: Interaction, people: Mapping[int, Person]) -> Line:
    return Line(what=touch.summary, href=page_of(touch), who=_name(people, touch.author_id), at=touch.at)


def _people(session: Session, report: Report) -> Mapping[int, Person]:
    tasks = [deed.task for deed in report.deeds]
    who = {report.deal.responsible_id, *(task.done_by or task.assignee_id for task in tasks)}
    who |= {stay.move.by for stay in report.stays} | {each.made_by for each in report.documents}
    who |= {each.person_id for each in report.visits}
    return people_of(session, who | {each.author_id for each in report.touches}, zone_of(session))


def _name(people: Mapping[int, Person], user_id: int | None) -> str:
    return people[user_id].name if user_id is not None and user_id in people else ""
