"""Tokens of one copy: what stands in its envelope address and in its links, and proves which copy it is.

    1a-2f3b-k5jmb5w7apq2d4jvoxgchk2ybi    campaign, delivery, proof, as mail servers leave it alone

The proof is an HMAC-SHA256 by the key of the campaign, for one purpose: the token of an envelope unsubscribes nobody.
"""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import Literal

from sqlalchemy.orm import Session

from crm.campaigns import Campaign
from crm.deliveries import Delivery

Purpose = Literal["envelope", "leave", "see", "click", "open"]
PROOF = 16  # bytes of it: 128 bits
LONGEST = 80
DIGITS = 15  # of a number in base 16, as large as the store's numbers
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"  # of base 32 (RFC 4648), five bits each
_PAIRS = [one + other for one in _LETTERS for other in _LETTERS]
_SHIFTS = range(PROOF * 8 + 2 - 10, -1, -10)  # thirteen pairs for 128 bits, with two of nothing at the end


class Tokens:
    """The tokens of a campaign's copies."""

    def __init__(self, campaign: Campaign) -> None:
        """Ask the campaign once: each of its recipients has up to five."""
        self._id, self._begins = campaign.id, hmac.new(campaign.key.encode(), digestmod=sha256)

    def of(self, delivery_id: int, purpose: Purpose) -> str:
        """Give the token of a copy for a purpose."""
        return f"{self._id:x}-{delivery_id:x}-{self.proof(delivery_id, purpose)}"

    def proof(self, delivery_id: int, purpose: Purpose) -> str:
        """Give what proves it."""
        proof = self._begins.copy()
        proof.update(f"{purpose} {self._id} {delivery_id}".encode())
        number = int.from_bytes(proof.digest()[:PROOF], "big") << 2
        return "".join([_PAIRS[number >> shift & 1023] for shift in _SHIFTS])


def token(campaign: Campaign, delivery_id: int, purpose: Purpose) -> str:
    """Give the token of one copy for a purpose."""
    return Tokens(campaign).of(delivery_id, purpose)


def proven(session: Session, text: str, purpose: Purpose) -> Delivery | None:
    """Give the copy that a token is of; None where it was made up, or for another purpose."""
    parts = text[: LONGEST + 1].lower().split("-")
    if len(text) > LONGEST or len(parts) != 3 or not all(map(_is_number, parts[:2])):  # noqa: PLR2004 - see above
        return None
    campaign, delivery = session.get(Campaign, int(parts[0], 16)), session.get(Delivery, int(parts[1], 16))
    if campaign is None or delivery is None or delivery.campaign_id != campaign.id:
        return None
    expected = Tokens(campaign).proof(delivery.id, purpose)
    return delivery if hmac.compare_digest(expected.encode(), parts[2].encode()) else None


def _is_number(text: str) -> bool:
    return 0 < len(text) <= DIGITS and all(letter in "0123456789abcdef" for letter in text)
