"""Which dates are public holidays, by the `holidays` library: loaded by the year, when a promise meets it.

Its data ages between releases; people mend a date with an exception in their working hours.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from types import MappingProxyType

import holidays

from hub.languages import N_, _

NO_COUNTRY = "none"
"""Written as the country where work goes on through every holiday, whatever the level above says."""

NAMES = (
    N_("New Year's Day"), N_("Epiphany"), N_("Good Friday"), N_("Easter Sunday"), N_("Easter Monday"), N_("May Day"),
    N_("Ascension Day"), N_("Pentecost"), N_("National Day"), N_("Midsummer Eve"), N_("Midsummer Day"),
    N_("All Saints' Day"), N_("Christmas Eve"), N_("Christmas Day"), N_("Second Day of Christmas"),
    N_("New Year's Eve"),
)  # fmt: skip
"""Holidays are kept by their English names; those of Sweden are in the catalogue, others are told as they are."""


@lru_cache(maxsize=256)
def public_holidays(country: str, subdivision: str, year: int) -> Mapping[date, str]:
    """Give a year's holidays with their names, in English if the library can; nothing for "" and "none"."""
    if country in {"", NO_COUNTRY}:
        return MappingProxyType({})
    known = holidays.country_holidays(country, subdiv=subdivision or None)
    # Days off by custom, such as Midsummer Eve in Sweden, close offices as surely as those by law.
    customs = {holidays.PUBLIC, holidays.DE_FACTO} & set(known.supported_categories)
    found = holidays.country_holidays(
        country,
        subdiv=subdivision or None,
        years=year,
        categories=tuple(customs),
        language=next((name for name in known.supported_languages if name.startswith("en")), None),
    )
    return MappingProxyType(dict(found))


def countries() -> Sequence[str]:
    """Give the countries whose holidays are known."""
    return sorted(holidays.list_supported_countries(include_aliases=False))


@lru_cache(maxsize=64)
def check_country(country: str, subdivision: str) -> None:
    """Raise ValueError with a suggestion for a country or a part of it whose holidays nobody knows."""
    if country in {"", NO_COUNTRY}:
        if subdivision:
            _refuse(_('"%(part)s" is a part of a country, but no country is named', part=subdivision), "", [])
        return
    countries = holidays.list_supported_countries()
    if country not in countries:
        _refuse(
            _('no public holidays are known for country "%(country)s"', country=country),
            country.upper(),
            countries,
        )
    if subdivision and subdivision not in countries[country]:
        words = _('"%(part)s" is not a part of %(country)s', part=subdivision, country=country)
        _refuse(words, subdivision.upper(), countries[country])


def _refuse(what: str, wrong: str, known: list[str] | dict[str, list[str]]) -> None:
    near = difflib.get_close_matches(wrong, known, n=1, cutoff=0.5) or sorted(known)[:5]
    if near:
        msg = _("%(what)s; write one like %(near)s", what=what, near=", ".join(near))
    else:
        msg = _("%(what)s; leave it empty", what=what)
    raise ValueError(msg)
