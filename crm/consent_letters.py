"""Double opt-in: somebody says yes for an address, and a letter asks whoever reads it whether it was he.

Only a press on the page of its link counts: mail programs follow links by themselves. The link names a line of the
ledger, for thirty days. However often an address is typed into forms, few letters leave, and none to who is opposed.
"""

from __future__ import annotations

import hmac
from base64 import b32encode
from datetime import timedelta
from hashlib import sha256

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import consents, contacts, letter_boxes, letter_writing, suppressions
from crm.consents import ASKED, GIVEN, Consent, Origin
from crm.contacts import MAIL, Contact
from crm.desk import Refusal
from crm.mailing_lists import MailingList
from crm.sendings import Wanted
from crm.setup import setup
from crm.suppressions import UNSUBSCRIBED, Suppression
from hub import audit, proofs
from hub.clock import now
from hub.languages import Listener, _, speaking_to
from hub.letters import Address

PATH = "/confirm"
LASTS = timedelta(days=30)
AGAIN, MOST, WITHIN = timedelta(hours=1), 3, timedelta(days=1)
"""The same list is asked for after so long, and an address so often within a day."""
PROOF, LONGEST, DIGITS = 16, 60, 15


def agree(
    session: Session, of: MailingList, value: str, origin: Origin, base: str, kind: str = MAIL
) -> Consent:
    """Take a yes to a list. It counts at once, or once it is confirmed by the link in a letter to the address.

    `base` is the address of the hub; without one no letter leaves.
    """
    last = consents.newest(session, kind, value).get(of.id)
    proved = last is not None and last.state == GIVEN
    if not of.confirms or kind != MAIL or proved:
        return consents.give(session, of.id, kind, value, origin)
    may_ask = _may_ask(session, of, value)
    row = consents.ask(session, of.id, kind, value, origin)
    if may_ask and base:
        _write(session, of, row, base)
    return row


def asked_by(session: Session, text: str) -> Consent | None:
    """Give the line that a link's token is of; None where it was made up, or is too old."""
    number, _dash, proof = text[: LONGEST + 1].lower().partition("-")
    if not (0 < len(number) <= DIGITS and all(each in "0123456789abcdef" for each in number)):
        return None
    row = session.get(Consent, int(number, 16))
    right = _proof(session, int(number, 16))
    if row is None or not hmac.compare_digest(right.encode(), proof.encode()):
        return None
    return row if row.state == ASKED and row.at > now() - LASTS else None


def token(session: Session, row: Consent) -> str:
    """Give the token of the link that confirms a line."""
    return f"{row.id:x}-{_proof(session, row.id)}"


def _proof(session: Session, number: int) -> str:
    key = proofs.key_of(session) or proofs.make_key(session)
    proof = hmac.digest(key.encode(), f"confirm {number}".encode(), sha256)[:PROOF]
    return b32encode(proof).decode().rstrip("=").lower()


def _may_ask(session: Session, of: MailingList, value: str) -> bool:
    asked = select(func.count()).select_from(Consent).where(
        Consent.kind == MAIL, Consent.value == value, Consent.state == ASKED
    )  # fmt: skip
    same = session.scalar(asked.where(Consent.list_id == of.id, Consent.at > now() - AGAIN)) or 0
    lately = session.scalar(asked.where(Consent.at > now() - WITHIN)) or 0
    forbidden = select(Suppression.id).where(
        Suppression.lifted_at.is_(None), Suppression.kind == MAIL, Suppression.value == value,
        Suppression.reason != UNSUBSCRIBED, suppressions.counts_for(of.id),
    )  # fmt: skip
    return not same and lately < MOST and session.scalar(forbidden.limit(1)) is None


def _write(session: Session, of: MailingList, row: Consent, base: str) -> None:
    """Have the letter leave from the mailbox of the contact; where there is none, the line says that he was asked."""
    if row.contact_id is None:
        row.contact_id = contacts.add_contact(session, "", [(MAIL, row.value)])
    box = letter_boxes.box_for(session, audit.RINGBACK, session.get_one(Contact, row.contact_id))
    if box is None:
        return
    link = f"{base.rstrip('/')}{PATH}/{token(session, row)}"
    with speaking_to(Listener(of.language)):
        wanted = Wanted(
            contact_id=row.contact_id, channel_id=box.id, to=(Address("", row.value),), automatic=True,
            subject=_("Please confirm: %(list)s", list=of.name), body=_body(session, of, link),
        )  # fmt: skip
    try:
        letter_writing.write(session, audit.RINGBACK, wanted, knowing=True)
    except Refusal:
        return  # too many of them went there: the next yes is asked for again


def _body(session: Session, of: MailingList, link: str) -> str:
    company = setup(session).company.name
    lines = [
        _("Somebody asked that letters of “%(list)s” by %(company)s come to this address.", list=of.name,
          company=company),
        of.words,
        _("If that was you, confirm it on this page:"),
        link,
        _("If it was not you, do nothing: without it no letters come."),
    ]  # fmt: skip
    return "\n\n".join(filter(None, lines))
