"""The closing report by letter to whoever leads the department of a deal.

It is a letter within the house: it stands on no card of a customer, and the deal's history says that it was written.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from html import escape
from typing import NamedTuple
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import closing_reports, colleague_letters, document_sendings, letter_boxes, money
from crm.closing_data import BECAME, lateness, undone
from crm.closing_proofs import Proof, page_of
from crm.closing_reports import Report
from crm.contacts import Contact
from crm.deals import Deal
from crm.desk import Refusal
from crm.documents import DealDocument
from crm.payments import HOW
from crm.pipelines import Stage
from crm.setup import setup
from hub import audit
from hub.clock import now
from hub.languages import _, listener
from hub.letters import Address, SendLetter
from hub.said import again, said
from hub.users import Department, User, Viewer


def head_of(session: Session, deal: Deal) -> User | None:
    """Give who leads the department of a deal, else that of whoever is responsible; a deputy for one who left."""
    responsible = session.get(User, deal.responsible_id) if deal.responsible_id else None
    place_id = deal.department_id or (responsible.department_id if responsible else None)
    place = session.get(Department, place_id) if place_id else None
    people = [session.get(User, each) for each in (place.head_id, place.deputy_id) if each] if place else []
    return next((each for each in people if each is not None and each.disabled_at is None), None)


def write(session: Session, viewer: Viewer, deal: Deal, document: DealDocument, home: str) -> User:
    """Have the report leave for the head, with its paper; its lines lead to the hub at `home`. Refusal in words."""
    head = head_of(session, deal)
    if head is None:
        raise Refusal(
            _("Nobody leads the department of this deal: choose a head under Settings, Departments.")
        )
    contact = session.get_one(Contact, deal.contact_id)
    box = letter_boxes.box_for(session, viewer, contact)
    if box is None:
        raise Refusal(_("There is no mailbox to write from: an admin adds one under Settings, Channels."))
    found, page = closing_reports.report(session, deal), f"/deals/{deal.id}/report"
    told = _head(found), _parts(session, found), home, page
    letter = SendLetter(
        message_id=f"{secrets.token_hex(16)}@{box.address.rpartition('@')[2]}", written_at=now(),
        sender=Address(viewer.name if viewer.user_id else box.title, box.address), to=(Address(head.name, head.email),),
        subject=_("Closing report: %(deal)s", deal=deal.title), text=_text(*told), html=_html(*told),
        files=(document_sendings.enclosure(session, document),), automatic=True,
    )  # fmt: skip
    colleague_letters.send(session, box, head, letter, colleague_letters.About(contact.id, viewer.user_id))
    words = said("the closing report %(number)s was sent to %(name)s", number=document.number, name=head.name)
    audit.record(session, viewer, audit.CHANGED, "deal", deal.id, words=words)
    return head


class _Line(NamedTuple):
    """One line of the report: what, the path of its proof, and what else is said of it."""

    what: str
    proof: str
    more: Sequence[str]


class _Part(NamedTuple):
    """Lines under a heading."""

    title: str
    lines: Sequence[_Line]


def _text(head: Sequence[str], parts: Sequence[_Part], home: str, page: str) -> str:
    shown = [
        "\n".join((part.title, *(f"- {_said(line)}\n  {home}{line.proof}" for line in part.lines)))
        for part in parts
    ]
    return "\n\n".join(
        ("\n".join(head), *shown, _("All of it, each line opening what proves it:"), f"{home}{page}")
    )


def _html(head: Sequence[str], parts: Sequence[_Part], home: str, page: str) -> str:
    """Write the same with links; whatever people wrote is text in it."""
    told = [f"<p>{'<br>'.join(map(escape, head))}</p>"]
    for part in parts:
        items = (
            f'<li><a href="{escape(home + line.proof)}">{escape(line.what)}</a>'
            f"{escape(''.join(f', {each}' for each in line.more))}</li>"
            for line in part.lines
        )
        told.append(f"<h3>{escape(part.title)}</h3><ul>{''.join(items)}</ul>")
    words = escape(_("All of it, each line opening what proves it"))
    return "".join((*told, f'<p><a href="{escape(home + page)}">{words}</a></p>'))


def _said(line: _Line) -> str:
    return ", ".join((line.what, *line.more))


def _head(found: Report) -> Sequence[str]:
    deal = found.deal
    state = _("Won") if deal.won_at else _("Lost") if deal.lost_at else _("Under way")
    paid = money.written(found.paid, deal.currency)
    return (
        f"{deal.title}: {state}",
        _("Sum: %(sum)s, paid: %(paid)s", sum=money.written(found.totals.gross, deal.currency), paid=paid),
        _("Promises: %(kept)s kept, %(broken)s broken", kept=found.kept, broken=found.broken),
    )


def _parts(session: Session, found: Report) -> Sequence[_Part]:
    """Give the lines of a report; what there is none of is left out."""
    people: dict[int, str] = {each.id: each.name for each in session.execute(select(User.id, User.name))}
    stages: dict[int, str] = {each.id: each.name for each in session.execute(select(Stage.id, Stage.name))}
    zone = ZoneInfo(setup(session).company.zone)

    def at(moment: datetime | None) -> str:
        if moment is None:
            return ""
        return str(format_datetime(moment, "d MMM y HH:mm", tzinfo=zone, locale=listener().locale))

    def line(what: str, record: Proof, *more: str) -> _Line:
        return _Line(" ".join(str(again(what)).split()), page_of(record), [each for each in more if each])

    def who(user_id: int | None) -> str:
        return people.get(user_id or 0, "")

    request = [found.request] if found.request else []
    parts = (
        _Part(_("What was asked"), [line(each.summary, each, at(each.at)) for each in request]),
        _Part(_("Who did what"), [
            line(each.task.title, each.task, who(each.task.done_by or each.task.assignee_id),
                 undone(each) or at(each.task.done_at), lateness(each.late) if each.late else "")
            for each in found.deeds
        ]),
        _Part(_("How it went"), [
            line(stages.get(each.move.to_id, ""), each.move, at(each.move.at), who(each.move.by))
            for each in found.stays
        ]),
        _Part(_("Documents"), [
            line(each.number, each, at(each.made_at), money.written(each.amount, each.currency))
            for each in found.documents
        ]),
        _Part(_("Visits"), [
            line(each.purpose or _("Visit"), each, at(each.starts_at), who(each.person_id), _(BECAME[each.state]))
            for each in found.visits
        ]),
        _Part(_("Payments"), [
            line(each.invoice.number or "", each.invoice, _(HOW[each.payment.how]),
                 money.written(each.amount, each.payment.currency))
            for each in found.payments
        ]),
        _Part(_("What was said and written"), [
            line(each.summary, each, at(each.at), who(each.author_id)) for each in found.touches
        ]),
    )  # fmt: skip
    return [part for part in parts if part.lines]
