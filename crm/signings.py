"""Signing a document by a link: who was asked, what became of it, and what proves it.

Only whoever has the link can come to the document by it. Who opens it, signs or declines does so by pressing: a program
that follows links does nothing. What is signed are the bytes that the document's blob is the SHA-256 of.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from hashlib import sha256
from typing import Literal, NamedTuple

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import deal_written, distribution, run_moves, sla
from crm.contacts import Contact
from crm.conversations import Interaction, key_of_deal
from crm.deals import Deal
from crm.desk import Refusal, contact_changed
from crm.documents import INVOICE, DealDocument, DocumentVersion, template_of
from crm.setup import setup
from crm.signing_certificates import certificate, title_of
from crm.signing_links import Signing, signature_of, signings_of
from hub import audit
from hub.clock import now
from hub.languages import _
from hub.rows import hold
from hub.said import Said, said
from hub.users import Viewer

KIND = "signature"
DAYS, MOST_DAYS = 30, 365
NAME, WORDS, AGENT = 120, 1_000, 300  # letters
LEAST_NAME = 2
TOKEN_BYTES, LONGEST_TOKEN = 32, 64
MESSAGE = "document signed"

Standing = Literal["waits", "signed", "declined", "revoked", "expired", "overtaken"]


class Visitor(msgspec.Struct, frozen=True):
    """From where somebody comes: his network address, and what his browser calls itself."""

    address: str
    agent: str


class Asked(NamedTuple):
    """What is to be signed by a link."""

    signing: Signing
    document: DealDocument
    deal: Deal


def ask(session: Session, viewer: Viewer, document: DealDocument, days: int = DAYS) -> tuple[Signing, str]:
    """Have a link by which a document is signed, and give its token. Links of before lead to it no more."""
    _lock(session, document)
    if not is_signed(session, document):
        raise Refusal(_("An invoice is paid, not signed."))
    if (signed := signature_of(session, document.id)) is not None:
        raise Refusal(_("It is signed already, by %(name)s.", name=signed.signed_by))
    if newer := newer_than(session, document):
        raise Refusal(_("There is a newer one: %(number)s. Have that signed.", number=newer.number))
    for other in signings_of(session, document.id):
        if standing_of(session, other, document) == "waits":
            other.revoked_at = now()
    token = secrets.token_urlsafe(TOKEN_BYTES)
    signing = Signing(
        document_id=document.id, digest=_digest(token), made_by=viewer.user_id,
        expires_at=now() + timedelta(days=min(max(days, 1), MOST_DAYS)),
    )  # fmt: skip
    session.add(signing)
    session.flush()
    _written(session, viewer, document, said("a signature was asked for"))
    return signing, token


def is_signed(session: Session, document: DealDocument) -> bool:
    """Tell whether documents of this kind are signed."""
    return template_of(session, document).ready != INVOICE


def revoke(session: Session, viewer: Viewer, document: DealDocument) -> None:
    """Have the link of a document lead nowhere; one that was signed stays."""
    _lock(session, document)
    for signing in signings_of(session, document.id):
        if standing_of(session, signing, document) in {"waits", "overtaken"}:
            signing.revoked_at = now()
            _written(session, viewer, document, said("the link for signing was taken back"))


def found(session: Session, token: str, *, lock: bool = False) -> Asked | None:
    """Give what somebody who has this link is asked to sign."""
    if len(token) > LONGEST_TOKEN:
        return None
    wanted = select(Signing).where(Signing.digest == _digest(token))
    signing = session.scalar(wanted)
    if signing is None:
        return None
    document = session.get_one(DealDocument, signing.document_id)
    if lock:  # of two who press at once one comes after the other
        _lock(session, document)
        session.refresh(signing)
    return Asked(signing, document, session.get_one(Deal, document.deal_id))


def open_it(session: Session, asked: Asked) -> None:
    """Write down that somebody opened it, the first time."""
    if asked.signing.opened_at is None and standing_of(session, asked.signing, asked.document) == "waits":
        asked.signing.opened_at = now()
        _written(session, audit.RINGBACK, asked.document, said("opened by the link"))


def is_name(text: str) -> bool:
    """Tell whether somebody can sign with it: letters that can be seen."""
    name = " ".join(text.split())
    return LEAST_NAME <= len(name) <= NAME and name.isprintable() and any(map(str.isalpha, name))


def sign(session: Session, asked: Asked, name: str, visitor: Visitor) -> None:
    """Sign it: by whom, when, from where, and which bytes; its deal goes on. Refusal says why it cannot be."""
    signing, document, deal = asked
    _require(session, asked)
    name = " ".join(name.split())
    if not is_name(name):
        raise Refusal(_("Write your name, as you sign with it."))
    signing.opened_at = signing.opened_at or now()
    signing.signed_at, signing.signed_by, signing.sha256 = now(), name, document.blob
    signing.address, signing.agent = visitor.address, _plain(visitor.agent)[:AGENT]
    session.flush()
    title = title_of(session, document)
    touch_id = _certify(
        session, asked, said("Signed: %(title)s", title=title), certificate(signing, title, document.language)
    )
    _written(session, audit.RINGBACK, document,
             said("signed by %(name)s, from %(address)s", name=name, address=visitor.address))  # fmt: skip
    if not run_moves.hear(session, MESSAGE, deal_id=deal.id):
        _task(session, deal, touch_id, said("Go on with %(deal)s: %(title)s is signed", deal=deal.title, title=title),
              said("Signed by %(name)s", name=name))  # fmt: skip


def decline(session: Session, asked: Asked, why: str, visitor: Visitor) -> None:
    """Say that it is not signed, and perhaps why."""
    _require(session, asked)
    signing, document, deal = asked
    signing.opened_at = signing.opened_at or now()
    signing.declined_at, signing.declined_why = now(), _plain(why, lines=True)[:WORDS]
    signing.address, signing.agent = visitor.address, _plain(visitor.agent)[:AGENT]
    session.flush()
    title = title_of(session, document)
    touch_id = _certify(session, asked, said("Not signed: %(title)s", title=title), signing.declined_why)
    _written(session, audit.RINGBACK, document, said("declined, from %(address)s", address=visitor.address))
    _task(session, deal, touch_id, said("Ask why %(title)s is not signed: %(deal)s", deal=deal.title, title=title),
          signing.declined_why or said("The customer declined and said no more"))  # fmt: skip


def standing_of(session: Session, signing: Signing, document: DealDocument) -> Standing:
    """Say how it stands with a link."""
    if signing.signed_at is not None:
        return "signed"
    if signing.declined_at is not None:
        return "declined"
    if newer_than(session, document) is not None:
        return "overtaken"
    if signing.revoked_at is not None:
        return "revoked"
    return "waits" if signing.expires_at > now() else "expired"


def newer_than(session: Session, document: DealDocument) -> DealDocument | None:
    """Give the newest document that the same template made of the deal since, None where this is the newest.

    Invoices stand beside each other: none overtakes another.
    """
    template = template_of(session, document)
    if template.ready == INVOICE:
        return None
    newer = (
        select(DealDocument)
        .join(DocumentVersion, DocumentVersion.id == DealDocument.version_id)
        .where(DealDocument.deal_id == document.deal_id, DealDocument.id > document.id,
               DocumentVersion.template_id == template.id)
        .order_by(DealDocument.id.desc()).limit(1)
    )  # fmt: skip
    return session.scalar(newer)


def _require(session: Session, asked: Asked) -> None:
    standing = standing_of(session, asked.signing, asked.document)
    if standing == "waits":
        return
    newer = newer_than(session, asked.document)
    raise Refusal({
        "signed": _("It is signed already, by %(name)s.", name=asked.signing.signed_by),
        "declined": _("It was declined already."), "revoked": _("This link was taken back."),
        "expired": _("This link has run out."),
        "overtaken": _("There is a newer one: %(number)s.", number=newer.number if newer else ""),
    }[standing])  # fmt: skip


def _certify(session: Session, asked: Asked, summary: Said, text: str) -> int:
    """Have it stand on the card, and give its number."""
    touch = Interaction(
        contact_id=asked.deal.contact_id, key=key_of_deal(asked.deal.id), kind=KIND, direction="in", at=now(),
        summary=summary, text=text, fields=[], origin=[], remarks=[],
    )  # fmt: skip
    session.add(touch)
    contact = session.get_one(Contact, asked.deal.contact_id)
    contact.changed_at = now()
    session.flush()
    contact_changed(session, contact)
    return touch.id


def _task(session: Session, deal: Deal, touch_id: int, title: Said, why: str) -> None:
    """Have somebody see to it: whose deal it is, else whose turn it is in its department."""
    contact = session.get_one(Contact, deal.contact_id)
    place = deal.department_id or contact.department_id
    state = setup(session)
    choice = distribution.choose(session, state.departments.get(place or 0), deal.responsible_id, now())
    mine = choice.user_id is not None and choice.user_id == deal.responsible_id
    sla.add_task(
        session, title=title, kind=KIND, why=why, contact_id=contact.id, interaction_id=touch_id, department_id=place,
        assignee_id=choice.user_id, why_me=said("You are responsible for this deal") if mine else choice.why,
        created_at=now(),
    )  # fmt: skip


def _written(session: Session, viewer: Viewer, document: DealDocument, words: Said) -> None:
    audit.record(session, viewer, audit.CHANGED, "deal_document", document.id, words=words)
    session.flush()
    deal_written.told(session, session.get_one(Deal, document.deal_id))


def _lock(session: Session, document: DealDocument) -> None:
    hold(session, DealDocument, document.id)


def _digest(token: str) -> str:
    return sha256(token.encode(errors="replace")).hexdigest()


def _plain(text: str, *, lines: bool = False) -> str:
    """Take out what no text holds."""
    return "".join(each for each in text if each.isprintable() or (lines and each == "\n")).strip()
