"""Amounts where there is little room: in whole units of their currency."""

from __future__ import annotations

from copy import copy
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.numbers import NumberPattern

from crm import money
from hub.languages import listener

NOTHING = "\N{EN DASH}"


def worth(amount: int, currency: str) -> str:
    """Write what something is worth, or that nobody knows yet."""
    return brief(amount, currency) if amount else NOTHING


def brief(amount: int, currency: str) -> str:
    """Write an amount without its decimals, for whoever listens: SEK 12,500, 12 500 kr."""
    locale = listener().locale
    whole = Decimal(amount).scaleb(-money.digits(currency))
    return money.apart(_whole(locale).apply(round(whole), locale, currency=currency, currency_digits=False))


@lru_cache
def _whole(locale: Locale) -> NumberPattern:
    """Give how a language writes amounts, without what stands behind the point."""
    pattern: NumberPattern = copy(locale.currency_formats["standard"])
    pattern.frac_prec = (0, 0)
    return pattern
