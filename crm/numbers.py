"""Phone numbers as identities: what a person typed becomes one stored spelling, so that a caller is known.

A number is read by the company's country (ISO 3166 code) into E.164. What the numbering plan does not settle
is read by a guess and marked as not sure; `candidates` then gives the other spellings under which the same
person may stand already. Nothing here raises, and text past the first hundred characters is not looked at,
because forms and callers send anything.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec
import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType
from phonenumbers.shortnumberinfo import is_emergency_number
from phonenumbers.timezone import UNKNOWN_TIMEZONE, time_zones_for_number

from crm.number_plans import SHORTEST_GUESS, guessed, other_spellings, parse, planned

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_TEXT = 100
MOST_CANDIDATES = 6
LONGEST_SHORT = 6
"""Digits of a number for emergencies."""
COSTLY = (PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST)

_CHUNK = re.compile(
    r"""(?P<base> \+? [\s(]* \d [\d\s().\-/]* )
        (?: [\s,;]* (?: \b (?: ext (?:ensi[oó]n|n)? | ankn (?:ytning)? | доб (?:авочный)? | внутр? | anexo
                              | int (?:erno|ern)? | lokal | durchwahl | dw | poste | alanumero )
                        | (?<![^\W\d_]) x | [#] | ;ext= | ,, )
            [\s.:=\-]* (?P<extension> \d{1,7} ) (?!\d) )?""",
    re.IGNORECASE | re.VERBOSE,
)
_DATE = re.compile(
    r"""(?<![\d./-])
        (?: (?:19|20)\d\d ([-./]) \d\d? \1 \d\d? | \d\d? ([./]) \d\d? \2 (?:19|20)\d\d )
        (?![\d./-])""",
    re.VERBOSE,
)
_NOT_DIGITS = re.compile(r"\D+")


class Number(msgspec.Struct, frozen=True):
    """A phone number as it was understood.

    `e164` is "+46701740612"; `extension` is "" or its digits; `written` is the text it was read from;
    `sure` says that the numbering plan allows this reading and that nothing was guessed.
    """

    e164: str
    extension: str
    written: str
    sure: bool


def read(text: str, country: str) -> Number | None:
    """Read the phone number in a text: the first that is sure, else the first; None if there is none."""
    numbers = read_all(text, country)
    return next((number for number in numbers if number.sure), numbers[0] if numbers else None)


def read_all(text: str, country: str) -> tuple[Number, ...]:
    """Read every phone number in a text, in its order, each once: people put two into one field."""
    found: dict[str, Number] = {}
    for chunk in _CHUNK.finditer(_DATE.sub(";", _plain(text))):
        for number in _numbers(chunk["base"], chunk["extension"] or "", country.upper()):
            found.setdefault(handle(number), number)
    return tuple(found.values())


def candidates(number: Number, country: str) -> tuple[str, ...]:
    """Give other handles under which the same person may be stored, the likeliest first, at most six.

    An extension stays: the office's main number is not the person behind it.
    """
    digits = number.e164[1:]
    spellings = dict.fromkeys(other_spellings(digits, country.upper()))
    return tuple(_joined(f"+{other}", number.extension) for other in list(spellings)[:MOST_CANDIDATES])


def handle(number: Number) -> str:
    """Give the stored value: "+46701740612", or "+46313900672;ext=543" (RFC 3966) for one behind a PBX."""
    return _joined(number.e164, number.extension)


@lru_cache(maxsize=20_000)  # every row of every list asks, and the same people come again
def display(handle: str, country: str) -> str:
    """Write a handle as people in `country` would: "070-174 06 12" at home, "+46 70 174 06 12" elsewhere."""
    e164, _, extension = handle.partition(";ext=")
    parsed = parse(e164, "")
    if parsed is None:
        return handle
    at_home = parsed.country_code == phonenumbers.country_code_for_region(country.upper())
    style = PhoneNumberFormat.NATIONAL if at_home else PhoneNumberFormat.INTERNATIONAL
    shown = phonenumbers.format_number(parsed, style)
    return f"{shown} ext. {extension}" if extension else shown


@lru_cache(maxsize=4096)
def country_of(handle: str) -> str | None:
    """Give the ISO code of the country a handle belongs to; None for a worldwide or impossible number."""
    parsed = parse(handle.partition(";")[0], "")
    region = phonenumbers.region_code_for_number(parsed) if parsed else None
    return region if region and region.isalpha() else None


def is_emergency(text: str, country: str) -> bool:
    """Tell whether a text is a number for emergencies in a country, such as 112."""
    digits = _NOT_DIGITS.sub("", _plain(text))
    return len(digits) <= LONGEST_SHORT and is_emergency_number(digits, country.upper())


def is_premium(e164: str) -> bool:
    """Tell whether a number costs whoever calls it extra."""
    parsed = parse(e164, "")
    return parsed is not None and phonenumbers.number_type(parsed) in COSTLY


def local_time_zone(handle: str) -> str | None:
    """Give the time zone ("Europe/Stockholm") where a handle's phone is, if its number leaves only one."""
    zones = time_zones(handle)
    return zones[0] if len(zones) == 1 else None


def time_zones(handle: str) -> tuple[str, ...]:
    """Give every time zone in which a handle's phone may be; none for a number that may be anywhere."""
    parsed = parse(handle.partition(";")[0], "")
    zones = time_zones_for_number(parsed) if parsed else ()
    return tuple(zone for zone in zones if zone != UNKNOWN_TIMEZONE)


def _joined(e164: str, extension: str) -> str:
    return f"{e164};ext={extension}" if extension else e164


def _plain(text: str) -> str:
    """Fold typography into ASCII: full-width and Arabic digits, all dashes, marks that nobody sees."""
    short = text[:LONGEST_TEXT]
    if not short.isascii():
        short = "".join(map(_plain_character, unicodedata.normalize("NFKC", short)))[:LONGEST_TEXT]
    # A number that was cut in the middle would be somebody else's.
    return short if len(text) <= LONGEST_TEXT else short.rstrip("0123456789 ()+-./")


def _plain_character(character: str) -> str:
    kind = unicodedata.category(character)
    if kind == "Nd":
        return str(unicodedata.digit(character))
    if kind == "Pd" or character == "\N{MINUS SIGN}":
        return "-"
    return "" if kind == "Cf" else character


def _numbers(base: str, extension: str, region: str) -> Iterator[Number]:
    """Read one run of digits and separators: one number, or several; the extension is the last one's."""
    *earlier, last = _parts(base)
    for part in earlier:
        yield from _numbers(part, "", region)
    if number := _number(last, extension, region):
        yield number
        return
    words = re.split(r"[\s/]+", last.strip())
    for count in range(len(words) - 1, 0, -1):
        if first := _number(" ".join(words[:count]), "", region, guessing=False):
            rest = tuple(_numbers(" ".join(words[count:]), extension, region))
            # Digits left over that are no number make it a guess where the number ends.
            yield from (first, *rest) if rest else (msgspec.structs.replace(first, sure=False),)
            return


def _parts(base: str) -> list[str]:
    """Split at slashes that stand between two numbers and not after an area code."""
    parts = base.split("/")
    return parts if all(len(_NOT_DIGITS.sub("", part)) >= SHORTEST_GUESS for part in parts) else [base]


def _number(written: str, extension: str, region: str, *, guessing: bool = True) -> Number | None:
    """Read a text as one number; a bracketed zero is left to the country's plan first, then left out."""
    spellings = [written, written.replace("(0)", "")] if "(0)" in written and "+" in written else [written]
    for understand in (planned, guessed) if guessing else (planned,):
        for spelling in spellings:
            if e164 := understand(_digits(spelling), region):
                return Number(e164, extension, written.strip().rstrip(" (.-/"), understand is planned)
    return None


def _digits(written: str) -> str:
    """Leave the digits, with a plus before them if they are international; no country has numbers in 00."""
    digits = _NOT_DIGITS.sub("", written)
    if "+" in written:
        return f"+{digits}"
    return f"+{digits[2:]}" if digits.startswith("00") else digits
