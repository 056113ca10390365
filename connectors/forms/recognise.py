"""Who wrote, how to reach them, and what they want: found among the answers of a form.

The owner's own map decides first, then the type a site builder names, then the label, and last what a value
looks like. Nothing is taken away: what was recognised stands among the fields as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from connectors.forms.answers import SAID, Meaning
from connectors.forms.meanings import PART, WHOLE, meaning_of
from hub.connector import Taken
from hub.events import Field
from hub.languages import N_

MAPPED = N_("the field map")

_MAPPED, _TYPED, _LOOKS = 0, 1, PART + 1

_MAIL = re.compile(r"[^\s@<>,;]{1,64}@[^\s@<>,;]{1,190}\.[^\s@<>,;.]{2,60}")
# A telephone number beyond doubt: international, with a trunk 0 or 8, or with its area in brackets.
_PHONE = re.compile(r"(?:\+\d|0[1-9]|[78][ (-]{0,2}[3-9]|\(\d)[\d ().\-/]{6,20}")
_PHONE_DIGITS = range(5, 21)
_CERTAIN_DIGITS = range(9, 16)
_PHONE_LENGTH = 60
_SHORT = 200

# The descriptions that site builders send beside a value, as in fields[a][title], fields[a][value].
_DESCRIPTION = re.compile(r"(.*)\[(id|type|title|name|label|raw_value|required|objectTypeId|value)\]")
_TYPES: dict[str, Meaning] = {"tel": "phone", "phone": "phone", "email": "email", "textarea": "message"}


class Recognised(msgspec.Struct):
    """The answers with a meaning of their own, as written; "" where there was none."""

    name: str = ""
    phone: str = ""
    email: str = ""
    company: str = ""
    subject: str = ""
    message: str = ""


def recognise(fields: Sequence[Field], known: Mapping[str, Meaning]) -> Recognised:
    """Find the answers that mean something. `known` gives the meaning of labels, in case-folded spelling."""
    best: dict[Meaning, tuple[int, str]] = {}
    for field, described in _described(fields):
        value = field.value.strip()
        if value:
            meaning, rank = _meaning(field.label, described, value, known)
            if meaning and _plausible(meaning, value) and rank < best.get(meaning, (_LOOKS + 1, ""))[0]:
                best[meaning] = rank, value
    found = {meaning: value for meaning, (_, value) in best.items()}
    return Recognised(
        name=_whole_name(found),
        phone=found.get("phone", ""),
        email=found.get("email", ""),
        company=found.get("company", ""),
        subject=found.get("subject", ""),
        message=found.get("message", ""),
    )


def explain(fields: Sequence[Field], known: Mapping[str, Meaning]) -> list[Taken]:
    """Say what each answer is taken for and by which rule. Of several for one meaning the surest is taken."""
    judged = []
    best: dict[Meaning, tuple[int, int]] = {}
    for place, (field, described) in enumerate(_described(fields)):
        value = field.value.strip()
        meaning, rank = _meaning(field.label, described, value, known) if value else (None, _LOOKS)
        fits = meaning is not None and _plausible(meaning, value)
        if meaning and fits and rank < best.get(meaning, (_LOOKS + 1, 0))[0]:
            best[meaning] = rank, place
        judged.append((field, meaning, rank, fits))
    taken: dict[int, str] = {
        place: meaning for meaning, (_rank, place) in best.items() if meaning != "nothing"
    }
    return [
        Taken(
            field.label,
            field.value,
            SAID.get(taken.get(place, ""), ""),
            _rule(meaning, rank, fits, place in taken),
        )
        for place, (field, meaning, rank, fits) in enumerate(judged)
    ]


def _rule(meaning: Meaning | None, rank: int, fits: bool, taken: bool) -> str:  # noqa: FBT001 - two answers of `explain`
    if meaning is None:
        return ""
    if meaning == "nothing":
        return N_("the field map: never guess") if rank == _MAPPED else N_("its name is a thing's")
    if not fits:
        return N_("looked like more, but its value does not fit")
    return _RULES[rank] if taken else N_("another answer is surer")


_RULES = {
    _MAPPED: MAPPED,
    _TYPED: N_("the sender names its type"),
    WHOLE: N_("its name"),
    PART: N_("a word in its name"),
    _LOOKS: N_("what its value looks like"),
}

Description = Mapping[str, str]
_PLAIN: Description = {}


def _described(fields: Sequence[Field]) -> Iterator[tuple[Field, Description]]:
    """Give each answer with what its sender says about it, and leave out those descriptions themselves."""
    if not any(field.label.endswith("[value]") for field in fields):
        yield from ((field, _PLAIN) for field in fields)
        return
    groups: dict[str, dict[str, str]] = {}
    split = [_DESCRIPTION.fullmatch(field.label) for field in fields]
    for field, match in zip(fields, split, strict=True):
        if match:
            groups.setdefault(match[1], {})[match[2]] = field.value
    for field, match in zip(fields, split, strict=True):
        group = groups[match[1]] if match else {}
        if not match or "value" not in group:
            yield field, _PLAIN
        elif match[2] == "value":
            yield field, group


def _meaning(
    label: str, described: Description, value: str, known: Mapping[str, Meaning]
) -> tuple[Meaning | None, int]:
    names = [described[key] for key in ("title", "label", "name", "id") if described.get(key)]
    names.append(label.removesuffix("[value]"))
    for name in names:
        if meaning := known.get(name.strip().casefold()):
            return meaning, _MAPPED
    if described and (meaning := _TYPES.get(described.get("type", ""))):
        return meaning, _TYPED
    said = [meaning_of(name[:_SHORT]) for name in names]
    meaning, rank = next((guess for guess in said if guess[0]), said[-1])
    return (meaning, rank) if meaning or label.startswith("_") else (_looks_like(value), _LOOKS)


def _plausible(meaning: Meaning, value: str) -> bool:
    if meaning == "email":
        return _MAIL.fullmatch(value) is not None
    if meaning == "phone":
        return len(value) <= _PHONE_LENGTH and _digits(value) in _PHONE_DIGITS
    return meaning == "message" or len(value) <= _SHORT


def _looks_like(value: str) -> Meaning | None:
    if len(value) > _SHORT:
        return None
    if _MAIL.fullmatch(value):
        return "email"
    return "phone" if _PHONE.fullmatch(value) and _digits(value) in _CERTAIN_DIGITS else None


def _digits(value: str) -> int:
    return sum(character.isdigit() for character in value)


def _whole_name(found: Mapping[Meaning, str]) -> str:
    """Put a name together from its parts; a French `nom` beside a `prénom` is the family's."""
    name, first, last = found.get("name", ""), found.get("first name", ""), found.get("last name", "")
    if name and first in name and last in name:
        return name
    parts = (first or name, found.get("middle name", ""), last or (name if first else ""))
    return " ".join(part for part in parts if part)
