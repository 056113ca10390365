"""What an expression of a computed field gives for one contact.

The tree is walked here, node by node; none of it is ever run as Python. It grows no longer than its text and
has no loops, so that its cost is bounded by its length. What is not known makes what needs it unknown.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, TypeGuard

from crm.expressions import ASKS, COUNTING, Counted, Expression, Facts, Result, ask_of, is_huge
from hub.said import said

DIGITS = 6


def evaluate(expression: Expression, facts: Facts) -> Result:
    """Compute it, or raise ValueError with words."""
    value = _value(expression.body, facts)
    if isinstance(value, float):
        return int(value) if value == int(value) else round(value, DIGITS)
    return value


def _value(node: ast.expr, facts: Facts) -> Result:
    return _NODES[type(node)](node, facts)


def _constant(node: Any, _facts: Facts) -> Result:  # noqa: ANN401 - the type is what it was found by
    value: Result = node.value
    return value


def _name(node: Any, facts: Facts) -> Result:  # noqa: ANN401
    if node.id in ASKS:
        counted = facts.counted.get(ASKS[node.id], Counted())
        days = {"last_interaction": counted.last, "first_interaction": counted.first}
        return days.get(node.id, counted.number)
    if node.id == "today":
        return facts.today
    if node.id not in facts.values:
        raise ValueError(said("There is no field “%(name)s”", name=node.id[:60]))
    return facts.values[node.id]


def _pair(node: Any, facts: Facts) -> Result:  # noqa: ANN401
    return _bounded(_joined(_value(node.left, facts), node.op, _value(node.right, facts)))


def _joined(left: Result, op: ast.operator, right: Result) -> Result:
    if left is None or right is None:
        return None
    if isinstance(left, date) and isinstance(right, date) and isinstance(op, ast.Sub):
        return (left - right).days
    if isinstance(left, date) and _is_number(right) and isinstance(op, ast.Add | ast.Sub):
        return _moved(left, right if isinstance(op, ast.Add) else -right)
    if not (_is_number(left) and _is_number(right)):
        raise ValueError(said("Only numbers can be added, multiplied and divided"))
    if right == 0 and isinstance(op, ast.Div | ast.FloorDiv | ast.Mod):
        return None
    return _OPERATORS[type(op)](left, right)


def _moved(day: date, days: float) -> date | None:
    try:
        return day + timedelta(days=int(days))
    except OverflowError:
        return None


def _sign(node: Any, facts: Facts) -> Result:  # noqa: ANN401
    value = _value(node.operand, facts)
    if isinstance(node.op, ast.Not):
        return not value
    if value is not None and not _is_number(value):
        raise ValueError(said("Only numbers can be added, multiplied and divided"))
    return -value if value is not None and isinstance(node.op, ast.USub) else value


def _either(node: Any, facts: Facts) -> Result:  # noqa: ANN401
    value: Result = None
    for each in node.values:
        value = _value(each, facts)
        if bool(value) is isinstance(node.op, ast.Or):
            break
    return value


def _compared(node: Any, facts: Facts) -> Result:  # noqa: ANN401
    values = [_value(each, facts) for each in (node.left, *node.comparators)]
    for left, right, op in zip(values, values[1:], node.ops, strict=False):
        holds = _holds(left, op, right)
        if not holds:
            return holds
    return True


def _holds(left: Result, op: ast.cmpop, right: Result) -> bool | None:
    if isinstance(op, ast.Eq | ast.NotEq):
        return (left == right) is isinstance(op, ast.Eq)
    if left is None or right is None:
        return None
    if not (_is_number(left) and _is_number(right)) and type(left) is not type(right):
        raise ValueError(said("A number, a day and a text cannot be compared with one another"))
    return _COMPARISONS[type(op)](left, right)


def _choice(node: Any, facts: Facts) -> Result:  # noqa: ANN401
    return _value(node.body if _value(node.test, facts) else node.orelse, facts)


def _call(node: Any, facts: Facts) -> Result:  # noqa: ANN401
    name = node.func.id
    if name in COUNTING:
        counted = facts.counted.get(ask_of(node), Counted())
        found = {"count": counted.number, "first": counted.first, "last": counted.last}
        return found[name] if name in found else _bounded(counted.total)
    values = [_value(each, facts) for each in node.args]
    try:
        return _bounded(_FUNCTIONS[name](values, facts))
    except (TypeError, IndexError, OverflowError, StopIteration):
        raise ValueError(said("%(name)s cannot take these values", name=name)) from None


def _bounded(value: Result) -> Result:
    if is_huge(value):
        raise ValueError(said("The result is too large a number"))
    return value


def _is_number(value: Result) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _numbers(values: list[Result]) -> Iterator[int | float]:
    """Give the numbers among values; what is not known is left out, what is no number is refused."""
    for value in values:
        if value is not None:
            if not isinstance(value, int | float):
                raise TypeError
            yield value


def _days_since(values: list[Result], facts: Facts) -> int | None:
    if len(values) != 1 or not isinstance(values[0], date | None):
        raise TypeError
    return None if values[0] is None else (facts.today - values[0]).days


def _days_until(values: list[Result], facts: Facts) -> int | None:
    since = _days_since(values, facts)
    return None if since is None else -since


def _years_since(values: list[Result], facts: Facts) -> int | None:
    _days_since(values, facts)
    day, today = values[0], facts.today
    if not isinstance(day, date):
        return None
    return today.year - day.year - ((today.month, today.day) < (day.month, day.day))


def _extreme(choose: Callable[..., Result]) -> Callable[[list[Result], Facts], Result]:
    def chosen(values: list[Result], _facts: Facts) -> Result:
        known = [value for value in values if value is not None]
        return choose(known) if known else None

    return chosen


def _round(values: list[Result], _facts: Facts) -> Result:
    number, digits = (*values, 0)[:2]
    if len(values) > 2 or not isinstance(digits, int):  # noqa: PLR2004 - a number and its digits
        raise TypeError
    if not _is_number(number):
        _refuse(number)
        return None
    return round(number, max(0, min(DIGITS, digits))) if digits else round(number)


def _abs(values: list[Result], _facts: Facts) -> Result:
    (number,) = values if len(values) == 1 else (date.min,)
    if not _is_number(number):
        _refuse(number)
        return None
    return abs(number)


def _refuse(value: Result) -> None:
    if value is not None:
        raise TypeError


_NODES: Mapping[type[ast.expr], Callable[[Any, Facts], Result]] = {
    ast.Constant: _constant, ast.Name: _name, ast.BinOp: _pair, ast.UnaryOp: _sign, ast.BoolOp: _either,
    ast.Compare: _compared, ast.IfExp: _choice, ast.Call: _call,
}  # fmt: skip
_OPERATORS: Mapping[type[ast.operator], Callable[..., Result]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod,
}  # fmt: skip
_COMPARISONS: Mapping[type[ast.cmpop], Callable[..., bool]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
}  # fmt: skip
_FUNCTIONS: Mapping[str, Callable[[list[Result], Facts], Result]] = {
    "sum": lambda values, _facts: sum(_numbers(values)),
    "min": _extreme(min), "max": _extreme(max), "round": _round, "abs": _abs,
    "days_since": _days_since, "days_until": _days_until, "years_since": _years_since,
    "known": lambda values, _facts: all(value is not None for value in values),
}  # fmt: skip
