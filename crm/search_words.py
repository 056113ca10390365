"""What a searched text may mean: a number written in any way, words, the beginnings of words, slips of the pen."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlalchemy.orm import Session

from crm import numbers, spellings
from crm.contacts import PHONE, identity
from crm.folding import words
from crm.search_index import Term, Wanted
from crm.setup import setup

LONGEST = 200  # letters of what is searched for
MOST_WORDS = 8
FEWEST_DIGITS, FEWEST_LETTERS = 3, 2  # that are marked in what was found

_NUMBER = re.compile(r"[+(\s]*\d[\d\s().\-/]*")


def readings_of(session: Session, text: str, *, loosely: bool = False) -> Iterator[Wanted]:
    """Give what a text may mean, the strictest first: as a number, with its words whole, as beginnings of words."""
    text = text[:LONGEST]
    typed = list(dict.fromkeys(words(text)))[:MOST_WORDS]
    number: list[Term] = []
    if _NUMBER.fullmatch(text.strip()) and len(re.sub(r"\D", "", text)) >= FEWEST_DIGITS:
        number = _number(text, setup(session).company.country)
        yield [number]
    if len(typed) > 1 and not loosely:
        *whole, last = typed
        yield [*([Term(word, begins=False)] for word in whole), [Term(last)]]
    if typed and not (len(typed) == 1 and set(terms_of(typed[0])) <= set(number)):  # that was asked already
        yield [terms_of(word) for word in typed]


def beginnings(session: Session, text: str) -> list[str]:
    """Give the folded words that a text looks for, to mark them in what was found."""
    return sorted(
        {
            term.word
            for reading in readings_of(session, text)
            for terms in reading
            for term in terms
            if len(term.word) >= (FEWEST_DIGITS if term.word.isdigit() else FEWEST_LETTERS)
        }
    )


def slips_of(session: Session, text: str) -> Wanted | None:
    """Give a text with the words of names in it that it may be a slip of; None where there are none."""
    typed = words(text[:LONGEST])[:MOST_WORDS]
    meant = [
        [Term(word), *(Term(other, begins=False) for other in spellings.near(session, word))]
        for word in typed
    ]
    return meant if any(len(terms) > 1 for terms in meant) else None


def whole(wanted: Wanted) -> Wanted:
    """Give the same with whole words alone."""
    return [[Term(term.word, begins=False) for term in terms] for terms in wanted]


def legible(text: str) -> str:
    """Leave out what no database keeps: NUL, and halves of characters."""
    return text[:LONGEST].replace("\0", "").encode("utf-8", "ignore").decode()


def terms_of(word: str) -> list[Term]:
    """Give what a folded word looks for: what begins so; of digits also without the noughts before them."""
    bare = word.lstrip("0")
    return [Term(word), *([Term(bare)] if word.isdigit() and bare not in {"", word} else [])]


def _number(text: str, country: str) -> list[Term]:
    """Give every way in which a number may stand somewhere: in full, as it is dialled at home, as it was typed."""
    who = identity(text, "", country)
    stored = [value for kind, value in (*who.handles, *who.spellings) if kind == PHONE]
    spelled = [value.partition(";")[0] for value in stored]
    at_home = [numbers.display(value, country) for value in stored]
    digits = [re.sub(r"\D", "", each) for each in (*spelled, *at_home, text)]
    return [Term(each) for each in dict.fromkeys(each.lstrip("0") or each for each in digits)]
