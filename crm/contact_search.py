"""Which contacts the words mean that somebody types into a search."""

from __future__ import annotations

import re

from sqlalchemy import ColumnElement, and_, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute

from crm import numbers
from crm.contacts import MAIL, PHONE, Contact, Handle, Organisation, identity

MOST_WORDS = 6  # of a searched text


_PART_OF_NUMBER = re.compile(r"[+(]?\d[\d\s()/.-]*")


def matching(words: str, country: str) -> ColumnElement[bool]:
    """Tell which contacts a searched text means.

    A whole number, typed any way, or a whole address means its owners. Else each word must be part of the
    name, of the company's name or of an address, or the digits part of a number.
    """
    text = words.strip()
    who = identity("" if "@" in text else text, text, country)
    spelled = [value for _, value in (*who.handles, *who.spellings)]
    owner = Contact.id.in_(select(Handle.contact_id).where(Handle.value.in_(spelled)))
    if spelled and ("@" in text or all(number.sure for number in numbers.read_all(text, country))):
        return owner
    part_of_number = _PART_OF_NUMBER.fullmatch(text)
    digits = re.sub(r"\D", "", text).lstrip("0")
    if part_of_number and digits:
        like = select(Handle.contact_id).where(Handle.kind == PHONE, Handle.value.contains(digits))
        return or_(owner, Contact.id.in_(like))
    return or_(owner, and_(true(), *[_has_word(word) for word in text.split()[:MOST_WORDS]]))


def has_word(name: InstrumentedAttribute[str], word: str) -> ColumnElement[bool]:
    """Tell which names hold a word, in large letters or small."""
    # Databases fold ASCII for certain, other letters by their locale or not at all.
    spellings = [word] if word.isascii() else dict.fromkeys((word, word.lower(), word.upper(), word.title()))
    return or_(*[name.icontains(each, autoescape=True) for each in spellings])


def _has_word(word: str) -> ColumnElement[bool]:
    firms = select(Organisation.id).where(has_word(Organisation.name, word))
    mails = select(Handle.contact_id).where(
        Handle.kind == MAIL, Handle.value.contains(word.lower(), autoescape=True)
    )
    return or_(has_word(Contact.name, word), Contact.organisation_id.in_(firms), Contact.id.in_(mails))
