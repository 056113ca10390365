"""The closing report by letter to whoever leads the department of a deal.

It is a letter within the house: it stands on no card of a customer, and the deal's history says that it was written.
"""

from __future__ import annotations

import secrets

from sqlalchemy.orm import Session

from crm import closing_reports, colleague_letters, document_sendings, letter_boxes, money
from crm.contacts import Contact
from crm.deals import Deal
from crm.desk import Refusal
from crm.documents import DealDocument
from hub import audit
from hub.clock import now
from hub.languages import _
from hub.letters import Address, SendLetter
from hub.said import said
from hub.users import Department, User, Viewer


def head_of(session: Session, deal: Deal) -> User | None:
    """Give who leads the department of a deal, else that of whoever is responsible; a deputy for one who left."""
    responsible = session.get(User, deal.responsible_id) if deal.responsible_id else None
    place_id = deal.department_id or (responsible.department_id if responsible else None)
    place = session.get(Department, place_id) if place_id else None
    people = [session.get(User, each) for each in (place.head_id, place.deputy_id) if each] if place else []
    return next((each for each in people if each is not None and each.disabled_at is None), None)


def write(session: Session, viewer: Viewer, deal: Deal, document: DealDocument, address: str) -> User:
    """Have the report leave for the head, with its paper and the `address` of its page; Refusal in words."""
    head = head_of(session, deal)
    if head is None:
        raise Refusal(
            _("Nobody leads the department of this deal: choose a head under Settings, Departments.")
        )
    contact = session.get_one(Contact, deal.contact_id)
    box = letter_boxes.box_for(session, viewer, contact)
    if box is None:
        raise Refusal(_("There is no mailbox to write from: an admin adds one under Settings, Channels."))
    letter = SendLetter(
        message_id=f"{secrets.token_hex(16)}@{box.address.rpartition('@')[2]}", written_at=now(),
        sender=Address(viewer.name if viewer.user_id else box.title, box.address), to=(Address(head.name, head.email),),
        subject=_("Closing report: %(deal)s", deal=deal.title), text=_text(session, deal, address),
        files=(document_sendings.enclosure(session, document),), automatic=True,
    )  # fmt: skip
    colleague_letters.send(session, box, head, letter, colleague_letters.About(contact.id, viewer.user_id))
    words = said("the closing report %(number)s was sent to %(name)s", number=document.number, name=head.name)
    audit.record(session, viewer, audit.CHANGED, "deal", deal.id, words=words)
    return head


def _text(session: Session, deal: Deal, address: str) -> str:
    found = closing_reports.report(session, deal)
    state = _("Won") if deal.won_at else _("Lost") if deal.lost_at else _("Open")
    paid = money.written(found.paid, deal.currency)
    lines = (
        f"{deal.title}: {state}",
        _("Sum: %(sum)s, paid: %(paid)s", sum=money.written(found.totals.gross, deal.currency), paid=paid),
        _("Promises: %(kept)s kept, %(broken)s broken", kept=found.kept, broken=found.broken),
    )
    return "\n\n".join(("\n".join(lines), _("Each line opens what proves it:"), address))
