"""Expressions of computed fields, such as `count(interactions, kind="call", days=90)` or `budget / openings`.

They are a small part of Python's grammar, read by Python's own parser and never run by it: names, numbers,
texts, + - * / // %, comparisons, and, or, not, `a if b else c`, and the functions below. There are no powers,
no attributes, no loops, and nothing grows: texts are not joined and numbers stay below 10**15. What an
expression wants counted stands in it literally, so that it can be asked for many contacts in one question each.

    expression = parse("days_since(last_interaction)")
    expression.asks                      what must be counted before:  {Ask("interactions", "", "", 0)}
    reckoning.evaluate(expression, facts)    12
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from hub.languages import N_
from hub.said import said

LONGEST = 500  # letters
MOST_NODES = 120
MOST_ASKS = 8
LARGEST = 10**15
MOST_DAYS = 36_500
COLLECTIONS = frozenset({"interactions", "tasks", "deals"})
# Names that are there for every contact.
GIVEN = ("last_interaction", "first_interaction", "card_made", "open_tasks", "today")

COUNTING = frozenset({"count", "first", "last", "total"})
FUNCTIONS = frozenset(
    {"sum", "min", "max", "round", "abs", "days_since", "days_until", "years_since", "known"}
)

Result = str | int | float | bool | date | None


class Ask(NamedTuple):
    """Something to count: a collection, of a kind and direction ("" is any), of the last days (0 is all)."""

    collection: str
    kind: str = ""
    direction: str = ""
    days: int = 0


class Counted(NamedTuple):
    """What was counted: how many, the days of the first and the last, and of deals what they come to."""

    number: int = 0
    first: date | None = None
    last: date | None = None
    total: float = 0


# What the names mean that are counted.
ASKS = {
    "last_interaction": Ask("interactions"),
    "first_interaction": Ask("interactions"),
    "open_tasks": Ask("tasks", "open"),
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one contact: names with their values, and what was asked for."""

    today: date
    values: Mapping[str, Result]
    counted: Mapping[Ask, Counted]


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed one; `names` are the fields it reads."""

    body: ast.expr
    names: frozenset[str]
    asks: frozenset[Ask]


def parse(text: str) -> Expression:
    """Read an expression, or raise ValueError with words for whoever wrote it."""
    body = _tree(text)
    nodes = list(ast.walk(body))
    if len(nodes) > MOST_NODES:
        raise ValueError(said("This is too long: take it apart into several fields"))
    for node in nodes:
        _check(node)
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    counting = {ask_of(call) for call in calls if _counts(call)}
    spoken = {id(call.func) for call in calls} | {id(call.args[0]) for call in calls if _counts(call)}
    names = {node.id for node in nodes if isinstance(node, ast.Name) and id(node) not in spoken}
    asks = counting | {ASKS[name] for name in names if name in ASKS}
    if len(asks) > MOST_ASKS:
        raise ValueError(said("This counts too many different things at once"))
    return Expression(body, frozenset(names), frozenset(asks))


def is_huge(value: object) -> bool:
    """Tell whether a number is larger than anybody counts, or none at all (inf, nan)."""
    return isinstance(value, int | float) and not -LARGEST < value < LARGEST


def _tree(text: str) -> ast.expr:
    if len(text) > LONGEST:
        raise ValueError(said("An expression has at most %(most)s letters", most=LONGEST))
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ValueError(
            said("This cannot be read: look for a missing bracket, comma or quotation mark")
        ) from None


def _check(node: ast.AST) -> None:
    """Refuse whatever is not of this small language."""
    if isinstance(node, ast.Constant):
        if not isinstance(node.value, str | int | float | bool) or is_huge(node.value):
            raise ValueError(said("“%(text)s” cannot stand here", text=str(node.value)[:40]))
    elif isinstance(node, ast.Call):
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name not in FUNCTIONS and name not in COUNTING:
            raise ValueError(said("There is no function “%(name)s”", name=name[:40] or "?"))
        if any(isinstance(each, ast.Starred) for each in node.args):
            raise ValueError(said("“%(text)s” cannot stand here", text="*"))
        if node.keywords and name not in COUNTING:
            raise ValueError(said("%(name)s takes no names in its brackets", name=name))
    elif not isinstance(node, _ALLOWED):
        words = said("“%(text)s” cannot stand here", text=_text_of(node))
        raise ValueError(words)  # noqa: TRY004 - what somebody wrote is wrong, not our call


def _text_of(node: ast.AST) -> str:
    """Give what somebody wrote; of a sign alone, such as one that reckons, what the language calls it."""
    return ast.unparse(node)[:40] or type(node).__name__


def _counts(call: ast.Call) -> bool:
    """Tell whether a call counts records; sum and the like take values."""
    return isinstance(call.func, ast.Name) and call.func.id in COUNTING


def ask_of(call: ast.Call) -> Ask:
    """Read what a call wants counted; it must stand there literally."""
    what = call.args[0] if len(call.args) == 1 else None
    if not isinstance(what, ast.Name) or what.id not in COLLECTIONS:
        raise ValueError(said("Say what to count: interactions, tasks or deals"))
    if isinstance(call.func, ast.Name) and call.func.id == "total" and what.id != "deals":
        raise ValueError(said("Only deals come to a sum: write total(deals)"))
    given = {each.arg: each.value for each in call.keywords}
    if any(not isinstance(value, ast.Constant) for value in given.values()) or set(given) - _OPTIONS:
        raise ValueError(said('Behind %(what)s stand kind="…", direction="…" or days=90', what=what.id))
    plain = {name: value.value for name, value in given.items() if isinstance(value, ast.Constant)}
    kind, direction, days = plain.get("kind", ""), plain.get("direction", ""), plain.get("days", 0)
    sound = isinstance(kind, str) and isinstance(direction, str) and type(days) is int
    if not sound or not 0 <= int(str(days)) <= MOST_DAYS:
        raise ValueError(said('Behind %(what)s stand kind="…", direction="…" or days=90', what=what.id))
    return Ask(what.id, str(kind), str(direction), int(str(days)))


_OPTIONS = {"kind", "direction", "days"}
_ALLOWED = (
    ast.Name, ast.Load, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.keyword, ast.Add, ast.Sub,
    ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.USub, ast.UAdd, ast.Not, ast.And, ast.Or, ast.Eq, ast.NotEq,
    ast.Lt, ast.LtE, ast.Gt, ast.GtE,
)  # fmt: skip
# What each function does, for whoever writes an expression.
GUIDE = (
    ('count(interactions, kind="call", days=90)', N_("how many calls there were in the last 90 days")),
    ('count(tasks, kind="open")', N_("how many tasks are open")),
    ('last(interactions, kind="form")', N_("the day of the last form")),
    (
        'count(deals, kind="won", days=365)',
        N_("how many deals were won in the last year; also open and lost"),
    ),
    ('total(deals, kind="won")', N_("what they come to in the company's currency, without tax")),
    ("days_since(last_interaction)", N_("how many days ago somebody last wrote or called")),
    ("days_until(wanted_by)", N_("how many days are left until a date")),
    ("sum(windows, doors)", N_("several numbers together; what is not known is left out")),
    ("round(budget / windows, 2)", N_("a share, with two digits")),
    ('"big" if windows > 20 else "small"', N_("a word, by a rule")),
)
