"""What a QR code for a payment says: the EPC's for euros, Swish's for kronor.

EPC069-12, "Quick Response Code: Guidelines to Enable Data Capture for the Initiation of a SEPA Credit Transfer",
version 002 (GiroCode): lines of UTF-8, error correction M, at most version 13. Swish: developer.getswish.se, QR-code
API manual, chapter 6: C<number>;<kronor, with a comma>;<message, URL-encoded>;<what the payer may edit, as bits>.
"""

from __future__ import annotations

import re
from decimal import Decimal
from io import BytesIO
from urllib.parse import quote

import segno
from babel.numbers import get_currency_precision

MOST_EUROS = Decimal("999999999.99")
MOST_KRONOR = Decimal("999999999999.99")
NOTHING_EDITABLE = 0

_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
_BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?")
_RF = re.compile(r"RF\d{2}[A-Z0-9]{1,21}")
_SWISH = re.compile(r"123\d{7}|467\d{8}")


def epc(name: str, iban: str, bic: str, amount: int, reference: str) -> str:
    """Give the text of a GiroCode; "" where it cannot say so. `amount` is in cents."""
    account, bank, euros = _bare(iban), _bare(bic), Decimal(amount).scaleb(-2)
    if not is_iban(account) or (bank and not _BIC.fullmatch(bank)) or not 0 < euros <= MOST_EUROS:
        return ""
    # A creditor reference has a line of its own, which the bank hands on unchanged.
    told = (_bare(reference),) if _RF.fullmatch(_bare(reference)) else ("", _line(reference, 140))
    return "\n".join(("BCD", "002", "1", "SCT", bank, _line(name, 70), account, f"EUR{euros:.2f}", "", *told))


def swish(number: str, amount: int, message: str) -> str:
    """Give the text of a Swish code; "" where it cannot say so. `amount` is in öre."""
    payee, kronor = re.sub(r"[\s+-]", "", number), Decimal(amount).scaleb(-2)
    if payee.startswith("07"):
        payee = f"46{payee[1:]}"
    if not _SWISH.fullmatch(payee) or not 0 < kronor <= MOST_KRONOR:
        return ""
    sum_ = f"{kronor:.2f}".replace(".", ",")
    return f"C{payee};{sum_};{quote(_line(message, 50), safe='')};{NOTHING_EDITABLE}"


def is_iban(text: str) -> bool:
    """Tell whether this is an account number of ISO 13616: its check digits are right."""
    account = _bare(text)
    if not _IBAN.fullmatch(account):
        return False
    return int("".join(str(int(letter, 36)) for letter in account[4:] + account[:4])) % 97 == 1


def payload(
    name: str, iban: str, bic: str, swish_number: str, *, amount: int, currency: str, reference: str
) -> str:
    """Give what the code for a payment says, "" where this currency has none or the company cannot be paid so."""
    if get_currency_precision(currency) != 2:  # noqa: PLR2004 - both are paid in hundredths
        return ""
    if currency == "EUR":
        return epc(name, iban, bic, amount, reference)
    return swish(swish_number, amount, reference) if currency == "SEK" else ""


def drawn(text: str) -> bytes:
    """Draw a code, as SVG."""
    code = segno.make_qr(text, error="M", encoding="utf-8", boost_error=False)
    picture = BytesIO()
    code.save(picture, kind="svg", border=0, xmldecl=True, svgclass=None, lineclass=None)
    return picture.getvalue()


def _bare(text: str) -> str:
    return re.sub(r"\s", "", text).upper()


def _line(text: str, most: int) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:most]
