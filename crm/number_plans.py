"""Digits and the numbering plans: which number they are, which was meant, and how else people spell it.

The plans are those of Google's libphonenumber. Digits come with a plus where they are international, E.164 goes out as
"+46701740612", and "" says that there is no such number. A region is an ISO 3166 code in capitals.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

import phonenumbers
from phonenumbers import PhoneNumberFormat

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_E164 = 15
"""Digits, without the plus (ITU-T E.164)."""
LONGEST_PREFIX = 5
"""Digits of a prefix for calls abroad, such as 8-10."""
SHORTEST = 5
SHORTEST_ABROAD = 10
"""Digits, country code included, that are so many that nobody at home has them by chance."""
SHORTEST_GUESS = 7
"""Digits of a number outside the plan: postcodes have up to six, and so have area codes before a slash."""

_TWINS = (
    # Russia and Kazakhstan: 8 is dialled at home in the place of +7.
    (re.compile(r"8([3-9]\d{9})"), r"7\1"),
    (re.compile(r"7([3-9]\d{9})"), r"8\1"),
    # Brazil: mobiles got a ninth digit; some messengers still leave it out.
    (re.compile(r"55(\d\d)9([6-9]\d{7})"), r"55\1\2"),
    (re.compile(r"55(\d\d)([6-9]\d{7})"), r"55\g<1>9\2"),
    # Mexico: until 2019 mobiles were called with a 1 after the country code.
    (re.compile(r"521(\d{10})"), r"52\1"),
    (re.compile(r"52([2-9]\d{9})"), r"521\1"),
    # Argentina: a 9 after the country code when a mobile is called from abroad.
    (re.compile(r"549(\d{10})"), r"54\1"),
    (re.compile(r"54([1-8]\d{9})"), r"549\1"),
    # Italy: the zero belongs to a landline's number, foreigners drop it.
    (re.compile(r"39([124-9]\d{4,9})"), r"390\1"),
    (re.compile(r"390(\d{5,10})"), r"39\1"),
)


def planned(digits: str, region: str) -> str:
    """Give the E.164 spelling of digits that are a number by its country's plan, "" for others."""
    if not SHORTEST <= len(digits) <= LONGEST_E164 + LONGEST_PREFIX:
        return ""
    parsed = parse(digits, region)
    return _fitting(parsed) if parsed and phonenumbers.is_valid_number(parsed) else ""


def guessed(digits: str, region: str) -> str:
    """Give the E.164 spelling that was likeliest meant by digits outside the plan, "" if there is none."""
    if not SHORTEST_GUESS <= len(digits) <= LONGEST_E164 + LONGEST_PREFIX:
        return ""
    parsed = parse(digits, region)
    possible = _fitting(parsed) if parsed and _is_possible(parsed) else ""
    meant = (planned(guess, region) for guess in _guesses(digits, possible))
    return next(filter(None, meant), possible)


def other_spellings(digits: str, region: str) -> Iterator[str]:
    """Give how else the number of an E.164 spelling without its plus may have been written, the likeliest first."""
    found = (*_twins(digits), *_with_trunk_kept(digits), *_with_country_mistaken(digits, region))
    return (other for other in found if other != digits and len(other) <= LONGEST_E164)


@lru_cache(
    maxsize=5_000
)  # a number is read in several ways by each who asks, and nobody changes what is given
def parse(digits: str, region: str) -> phonenumbers.PhoneNumber | None:
    """Parse digits, None where libphonenumber refuses."""
    if region and digits.startswith("+") and (abroad := parse(digits, "")):
        return abroad  # a country code that there is leaves nothing for the region to say
    try:
        return phonenumbers.parse(digits, region or None)
    except phonenumbers.NumberParseException:
        return None


def _guesses(digits: str, possible: str) -> Iterator[str]:
    """Give what may have been meant by digits that the plan does not allow as they stand."""
    bare = digits.removeprefix("+")
    yield f"+{bare}"
    for twin in (*_twins(bare), *_twins(possible[1:])):
        yield f"+{twin}"
    if not possible:
        yield bare


def _is_possible(parsed: phonenumbers.PhoneNumber) -> bool:
    """Tell whether the length is right for a whole number, which one without its area code is not."""
    reason = phonenumbers.is_possible_number_with_reason(parsed)
    return reason == phonenumbers.ValidationResult.IS_POSSIBLE


def _fitting(parsed: phonenumbers.PhoneNumber) -> str:
    """Write E.164, "" for what it cannot hold and for what would be another number when read again."""
    e164 = _e164(parsed)
    again = parse(e164, "")
    return e164 if again and _e164(again) == e164 and len(e164) <= LONGEST_E164 + 1 else ""


def _twins(digits: str) -> Iterator[str]:
    """Give the number's other spellings within its own country's habits."""
    for pattern, other in _TWINS:
        if match := pattern.fullmatch(digits):
            yield match.expand(other)


def _with_trunk_kept(digits: str) -> Iterator[str]:
    """Give the spellings of people who keep the prefix of calls at home: +46 0 70, +7 8 921."""
    code, rest = _code_and_rest(digits)
    region = phonenumbers.region_code_for_country_code(int(code or 0))
    trunk = phonenumbers.ndd_prefix_for_region(region, strip_non_digits=True)
    if trunk and trunk != code:
        yield f"{code}{trunk}{rest}"


def _with_country_mistaken(digits: str, region: str) -> Iterator[str]:
    """Give the spellings of a number that lost its plus or its country code and was read as one of ours."""
    code, rest = _code_and_rest(digits)
    home = str(phonenumbers.country_code_for_region(region))
    if code == home:
        if len(rest) >= SHORTEST_ABROAD and planned(f"+{rest}", "") == f"+{rest}":
            yield rest
        return
    # What the plan at home allows without the country code is more likely somebody else's.
    as_ours = f"+{home}{rest}"
    if not planned(as_ours, "") and guessed(as_ours, "") == as_ours:
        yield home + rest
    if planned(f"+{home}{digits}", "") == f"+{home}{digits}":
        yield home + digits


def _code_and_rest(digits: str) -> tuple[str, str]:
    """Split off the country code; codes are up to three digits and none begins another."""
    for length in (1, 2, 3):
        if int(digits[:length] or 0) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
            return digits[:length], digits[length:]
    return "", digits


def _e164(parsed: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.format_number(parsed, PhoneNumberFormat.E164)
