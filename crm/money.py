"""Money and other counted things, as people type and read them. They are kept as whole numbers.

money.read("12 500,50", "SEK")      1250050, the smallest unit of the currency
money.written(1250050, "SEK")       SEK 12,500.50 to an English reader, 12 500,50 kr to a Swedish one
"""

from __future__ import annotations

import re
from decimal import Decimal

from babel import Locale
from babel.numbers import (
    NumberFormatError,
    format_currency,
    format_decimal,
    get_currency_precision,
    parse_decimal,
)

from crm.figures import read_figure
from hub.languages import listener
from hub.said import said

MOST = 10**15  # what every reader of JSON keeps exactly, and more than anybody sells for
THOUSANDTHS, HUNDREDTHS = 3, 2

_CURRENCIES = frozenset(Locale("en").currencies)
_BETWEEN = re.compile(r"(?<=\d)[\s'\N{RIGHT SINGLE QUOTATION MARK}](?=\d{3}(?!\d))")
_FIGURE = re.compile(r"-?\d{1,16}(?:[.,]\d{1,16}){0,6}")
_THOUSANDS = re.compile(r"-?[1-9]\d{0,2}[.,]\d{3}")  # rather than money with three decimals


def is_currency(code: str) -> bool:
    """Tell whether this is a currency of ISO 4217, in capitals."""
    return code in _CURRENCIES


def digits(currency: str) -> int:
    """Give how many decimals a currency has: two for SEK, none for JPY."""
    return get_currency_precision(currency)


def read(text: str, currency: str) -> int:
    """Read an amount as whoever listens writes it; ValueError has words for him."""
    return _scaled(text, digits(currency), currency)


def read_quantity(text: str) -> int:
    """Read a quantity, in thousandths; ValueError has words."""
    return _scaled(text, THOUSANDTHS)


def read_percent(text: str) -> int:
    """Read a rate such as "25 %", in hundredths of a percent; ValueError has words."""
    return _scaled(text.replace("%", " "), HUNDREDTHS)


def written(amount: int, currency: str) -> str:
    """Write an amount with its currency for whoever listens."""
    whole = Decimal(amount).scaleb(-digits(currency))
    return format_currency(whole, currency, locale=listener().locale)


def typed(amount: int, currency: str) -> str:
    """Write an amount as an input carries it, so that `read` gives it back."""
    return _typed(amount, digits(currency), least=digits(currency))


def plain(number: int, decimals: int) -> str:
    """Write a number of so many decimals for a program or a file: 12500.50."""
    return f"{Decimal(number).scaleb(-decimals):f}"


def typed_quantity(quantity: int) -> str:
    """Write a quantity in thousandths: 2.5 or 12."""
    return _typed(quantity, THOUSANDTHS)


def typed_percent(rate: int) -> str:
    """Write a rate in hundredths of a percent: 25 or 12.5."""
    return _typed(rate, HUNDREDTHS)


def _scaled(text: str, decimals: int, currency: str = "") -> int:
    """Give what a text says in the smallest unit of so many decimals."""
    number = _number(text.strip(), thousands=decimals < THOUSANDTHS)
    if -int(number.as_tuple().exponent) > decimals and number != round(number, decimals):
        raise ValueError(_too_fine(text, decimals, currency))
    amount = int(number.scaleb(decimals))
    if abs(amount) > MOST:
        raise ValueError(said("“%(text)s” is too much", text=text[:40]))
    return amount


def _number(text: str, *, thousands: bool) -> Decimal:
    """Read it as the language writes numbers; what that makes no sense of, as numbers are written anywhere."""
    joined = _BETWEEN.sub("", text)
    if _FIGURE.fullmatch(joined):
        try:
            number = parse_decimal(joined, locale=listener().locale, strict=True)
        except NumberFormatError:
            pass
        else:
            if not (thousands and _THOUSANDS.fullmatch(joined) and number.as_tuple().exponent):
                return number
    return Decimal(str(read_figure(text, thousands=thousands)))


def _too_fine(text: str, decimals: int, currency: str) -> str:
    if currency:
        return said("“%(text)s” is finer than %(currency)s can be paid", text=text[:40], currency=currency)
    return said("“%(text)s” has more than %(num)s decimals", text=text[:40], num=decimals)


def _typed(amount: int, decimals: int, least: int = 0) -> str:
    pattern = "0" + (f".{'0' * least}{'#' * (decimals - least)}" if decimals else "")
    number = Decimal(amount).scaleb(-decimals)
    return format_decimal(number, pattern, locale=listener().locale, decimal_quantization=False)
