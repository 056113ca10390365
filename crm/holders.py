"""Who holds a link by which he decides what comes to him: that of a copy that he got, or of a line of the ledger.

The token of a line stands in what a messenger answers to who joins a list, before any copy went there.

    k-1f-k5jmb5w7apq2d4jvoxgchk2ybi    line, proof
"""

from __future__ import annotations

import hmac
from base64 import b32encode
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy.orm import Session

from crm import delivery_tokens
from crm.campaigns import Campaign
from crm.consents import Consent
from crm.deliveries import Delivery
from crm.delivery_tokens import DIGITS, LONGEST, PROOF
from crm.mailing_lists import MailingList
from hub import proofs

LINE = "k-"
"""How the token of a line begins: no copy's does."""


class Holder(NamedTuple):
    """For which handle (`kind`, `address`) he decides, his card, the list that it is about, and the copy he got."""

    kind: str
    address: str
    contact_id: int | None
    own: MailingList | None
    copy: Delivery | None = None


def of_copy(session: Session, delivery: Delivery) -> Holder:
    """Give who holds a copy."""
    campaign = session.get_one(Campaign, delivery.campaign_id)
    own = session.get(MailingList, campaign.list_id) if campaign.list_id is not None else None
    return Holder(campaign.handle, delivery.address, delivery.contact_id, own, delivery)


def read(session: Session, text: str) -> Holder | None:
    """Give who holds a token; None for one that was made up."""
    if text.lower().startswith(LINE):
        return _of_line(session, text.lower())
    delivery = delivery_tokens.proven(session, text, "leave")
    return of_copy(session, delivery) if delivery is not None else None


def token(session: Session, line: Consent) -> str:
    """Give the token of a line."""
    key = proofs.key_of(session) or proofs.make_key(session)
    return f"{LINE}{line.id:x}-{_proof(key, line.id)}"


def _of_line(session: Session, text: str) -> Holder | None:
    number, _dash, proof = text[: LONGEST + 1].removeprefix(LINE).partition("-")
    if not 0 < len(number) <= DIGITS or not all(each in "0123456789abcdef" for each in number):
        return None
    line, key = session.get(Consent, int(number, 16)), proofs.key_of(session)
    if line is None or key is None:
        return None
    if not hmac.compare_digest(_proof(key, line.id).encode(), proof.encode()):
        return None
    return Holder(line.kind, line.value, line.contact_id, session.get_one(MailingList, line.list_id))


def _proof(key: str, number: int) -> str:
    proof = hmac.digest(key.encode(), f"choose {number}".encode(), sha256)[:PROOF]
    return b32encode(proof).decode().rstrip("=").lower()
