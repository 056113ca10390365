"""A rule while it is put together: what stands in the form, what a press does to it, and what is still wrong.

The form carries the tree by names: `r.of` is how the whole is joined, `r.0.what` and `r.0.tag` its first condition,
`r.1.0.what` the first of the group that is its second.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import money
from crm.contacts import Organisation
from crm.segment_conditions import DEEPEST, KINDS, MOST, Condition, Group, HasDeals, Path, Rule
from crm.setup import setup
from hub.languages import _
from hub.shapes import convert

ROOT = "r"
WAYS = ("all", "any", "none")
MONEY = ("worth_least", "worth_most")
LONGEST = 200

_NAME = re.compile(rf"{ROOT}((?:\.\d{{1,2}}){{0,{DEEPEST}}})\.([a-z_]+)")
_DEED = re.compile(rf"(add|group|drop) {ROOT}((?:\.\d{{1,2}}){{0,{DEEPEST}}})")


class Draft(msgspec.Struct, kw_only=True):
    """A group (`of`) with its `rules`, or a condition of a kind (`what`, "" not chosen yet) with what was typed."""

    of: str = ""
    what: str = ""
    values: dict[str, str] = {}
    rules: list[Draft] = []
    errors: dict[str, str] = {}

    @property
    def is_group(self) -> bool:
        """Tell whether it holds others."""
        return bool(self.of)


def empty() -> Draft:
    """Give a rule with one condition to be chosen."""
    return Draft(of="all", rules=[Draft()])


def drawn(session: Session, rule: Rule) -> Draft:
    """Give a rule as its form shows it."""
    if isinstance(rule, Group):
        return Draft(of=rule.of, rules=[drawn(session, each) for each in rule.rules])
    plain = msgspec.to_builtins(rule)
    what = str(plain.pop("what"))
    values = {name: str(value) for name, value in plain.items()}
    if isinstance(rule, HasDeals) and rule.currency:
        amounts = {name: getattr(rule, name) for name in MONEY}
        values |= {
            name: money.typed(sum_, rule.currency) for name, sum_ in amounts.items() if sum_ is not None
        }
    if what == "organisation":
        firm = session.get(Organisation, int(values.get("organisation", "0")))
        values["organisation"] = firm.name if firm else ""
    return Draft(what=what, values=values)


def read(fields: Mapping[str, str]) -> Draft:
    """Read what a form holds; what is none of it is left out, and so is what no rule has room for."""
    known: dict[Path, dict[str, str]] = {}
    for name, value in fields.items():
        if (found := _NAME.fullmatch(name)) and len(known) <= MOST:
            known.setdefault(_path(found[1]), {})[found[2]] = value.strip()[:LONGEST]
    root = _read(known, ())
    return root if root.is_group else empty()


def _read(known: Mapping[Path, Mapping[str, str]], path: Path) -> Draft:
    values = dict(known.get(path, {}))
    if values.get("of") in WAYS and len(path) < DEEPEST and "what" not in values:
        inner = sorted(each for each in known if len(each) == len(path) + 1 and each[:-1] == path)
        return Draft(of=values["of"], rules=[_read(known, each) for each in inner])
    what, was = values.pop("what", ""), values.pop("was", "")
    chosen = what if what in KINDS else ""
    return Draft(what=chosen, values=values if chosen == was else {})


def press(draft: Draft, deed: str) -> None:
    """Do what a button of the form says; what makes no sense is left."""
    found = _DEED.fullmatch(deed)
    if found is None:
        return
    path = _path(found[2])
    at = _at(draft, path if found[1] != "drop" else path[:-1])
    if at is None or not at.is_group:
        return
    if found[1] == "drop":
        at.rules = [each for place, each in enumerate(at.rules) if (place,) != path[-1:]]
    elif size(draft) < MOST:
        at.rules.append(Draft() if found[1] == "add" else Draft(of="any", rules=[Draft()]))


def size(draft: Draft) -> int:
    """Count the conditions and groups."""
    return 1 + sum(size(each) for each in draft.rules)


def walk(draft: Draft, path: Path = ()) -> Iterator[tuple[Path, Draft]]:
    """Go through a rule, each part with its place."""
    yield path, draft
    for place, each in enumerate(draft.rules):
        yield from walk(each, (*path, place))


def finished(session: Session, draft: Draft) -> Group | None:
    """Give the rule that stands in the form; None where something is not complete, which is then said beside it."""
    rules = [_finished(session, each) for each in draft.rules]
    whole = [each for each in rules if each is not None]
    return Group(of=draft.of, rules=tuple(whole)) if len(whole) == len(rules) else None  # type: ignore[arg-type]


def _finished(session: Session, draft: Draft) -> Rule | None:
    if not draft.is_group:
        return _condition(session, draft)
    if not draft.rules:
        draft.errors = {"of": _("A group needs a condition")}
        return None
    return finished(session, draft)


def _condition(session: Session, draft: Draft) -> Condition | None:
    if not draft.what:
        draft.errors = {"what": _("Choose what it is about")}
        return None
    kind = KINDS[draft.what]
    names = {each.name: each for each in msgspec.structs.fields(kind)}
    typed = {name: text for name, text in draft.values.items() if text and name in names}
    if any(name in typed for name in MONEY):
        typed.setdefault("currency", setup(session).company.currency)
    draft.errors = {
        name: _("Choose one") for name, each in names.items() if each.required and name not in typed
    }
    values = {name: _value(session, draft, names[name].type, name, typed) for name in typed}
    if draft.errors:
        return None
    try:
        return convert(values, kind, strict=False)
    except msgspec.ValidationError as error:
        draft.errors = {"what": str(error).partition(" - at ")[0]}
        return None


def _value(session: Session, draft: Draft, kind: Any, name: str, typed: Mapping[str, str]) -> object:  # noqa: ANN401
    """Read what was typed into one field; what cannot be is said beside it."""
    text = typed[name]
    try:
        if name in MONEY:
            return money.read(text, typed["currency"])
        return _firm(session, text) if name == "organisation" else convert(text, kind, strict=False)
    except msgspec.ValidationError:
        draft.errors[name] = _("“%(text)s” does not fit here", text=text[:40])
    except ValueError as error:
        draft.errors[name] = str(error)
    return text


def _firm(session: Session, text: str) -> int:
    same = select(Organisation.id).where(func.lower(Organisation.name) == text.lower())
    found = session.scalar(select(Organisation.id).where(Organisation.name == text)) or session.scalar(same)
    if found is None:
        raise ValueError(_("No company is called “%(name)s”", name=text[:60]))
    return found


def _path(text: str) -> Path:
    return tuple(int(each) for each in text.split(".") if each)


def _at(draft: Draft, path: Path) -> Draft | None:
    for place in path:
        if place >= len(draft.rules):
            return None
        draft = draft.rules[place]
    return draft
