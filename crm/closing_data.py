"""What the template of a closing report may name beside a deal's own data, written out in its language.

report   home (the hub's address, "" where nobody said it) began ended kept broken (numbers)
         request   at words
         deeds     each: what who asked done promised late ("" where it was kept, or none was made) promise
         stays     each: stage since until who
         touches   each: at words who
         papers    each: number at who amount
         visits    each: what at who became
         payments  each: on invoice how amount;   paid   their sum, "" where nothing was paid

Each of them has its `proof`, the path of the page that opens what proves it; `promise` is that of a promise.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.closing_proofs import page_of
from crm.closing_reports import Deed, Report
from crm.document_data import Pen, Values
from crm.payments import HOW
from crm.pipelines import Stage
from crm.setup import setup
from hub.languages import N_, Listener, _, speaking_to
from hub.said import again
from hub.users import User

BECAME: Mapping[str, str] = {
    "planned": N_("Planned"), "done": N_("Done"), "cancelled": N_("Cancelled"), "missed": N_("Nobody was there"),
}  # fmt: skip
"""What became of a visit, by its state."""

TEMPLATE = "closing report"
"""The ready template that asks for this."""


def data_of(session: Session, report: Report, pen: Pen, home: str = "") -> Values:
    """Write a report out; its lines lead to the hub at `home`."""
    zone = ZoneInfo(setup(session).company.zone)
    with speaking_to(Listener(pen.language, zone)):
        return {"report": {"home": home, **_Writer(session, pen, zone).written(report)}}


def _plain(text: str) -> str:
    """Say a sentence of ours once more, in the report's language, as plain words."""
    return str(again(text))


def undone(deed: Deed) -> str:
    """Say why something was not done: it is open, or was no longer needed; "" where somebody did it."""
    if deed.dropped:
        return _("no longer needed")
    return _("open") if deed.task.done_at is None else ""


def lateness(late: timedelta) -> str:
    """Say by how much a promise was broken."""
    minutes = max(1, round(late.total_seconds() / 60))
    hours, rest = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return _("%(d)s d %(h)s h late", d=days, h=hours)
    return _("%(h)s h %(m)s min late", h=hours, m=rest) if hours else _("%(m)s min late", m=rest)


class _Writer:
    """Writes for one reader."""

    def __init__(self, session: Session, pen: Pen, zone: ZoneInfo) -> None:
        self._pen, self._zone = pen, zone
        self._people: Mapping[int, str] = {
            row.id: row.name for row in session.execute(select(User.id, User.name))
        }
        self._stages = {row.id: row.name for row in session.execute(select(Stage.id, Stage.name))}

    def written(self, report: Report) -> Values:
        request = report.request
        return {
            "began": self._at(report.began), "ended": self._at(report.ended), "kept": str(report.kept),
            "broken": str(report.broken),
            "request": {"at": self._at(request.at), "words": _plain(request.summary), "proof": page_of(request)}
            if request else None,
            "deeds": [self._deed(each) for each in report.deeds],
            "stays": [
                {"stage": self._stages.get(stay.move.to_id, ""), "since": self._at(stay.move.at),
                 "until": self._at(stay.until), "who": self._who(stay.move.by), "proof": page_of(stay.move)}
                for stay in report.stays
            ],
            "touches": [
                {"at": self._at(each.at), "words": _plain(each.summary), "who": self._who(each.author_id),
                 "proof": page_of(each)}
                for each in report.touches
            ],
            "papers": [
                {"number": each.number, "at": self._at(each.made_at), "who": self._who(each.made_by),
                 "amount": self._pen.sum(each.amount), "proof": page_of(each)}
                for each in report.documents
            ],
            "visits": [
                {"what": each.purpose or _("Visit"), "at": self._at(each.starts_at), "who": self._who(each.person_id),
                 "became": _(BECAME[each.state]), "proof": page_of(each)}
                for each in report.visits
            ],
            "payments": [
                {"on": format_date(each.payment.paid_on, "d MMM y", locale=self._pen.locale),
                 "invoice": each.invoice.number or "", "how": _(HOW[each.payment.how]),
                 "amount": self._pen.sum(each.amount), "proof": page_of(each.invoice)}
                for each in report.payments
            ],
            "paid": self._pen.sum(report.paid) if report.payments else "",
        }  # fmt: skip

    def _deed(self, deed: Deed) -> Values:
        task, promise = deed.task, deed.promise
        return {
            "what": _plain(task.title), "who": self._who(task.done_by or task.assignee_id),
            "asked": self._at(task.created_at),
            "done": undone(deed) or self._at(task.done_at), "promised": self._at(promise.due_at if promise else None),
            "late": lateness(deed.late) if deed.late else "", "proof": page_of(task),
            "promise": page_of(promise) if promise else "",
        }  # fmt: skip

    def _who(self, user_id: int | None) -> str:
        return self._people.get(user_id or 0, "")

    def _at(self, moment: datetime | None) -> str:
        if moment is None:
            return ""
        return format_datetime(moment, "d MMM y HH:mm", tzinfo=self._zone, locale=self._pen.locale)
