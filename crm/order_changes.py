"""What is otherwise in an order than it was, in sentences that are kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal

from hub.orders import Order, OrderLine
from hub.said import Said, said
from hub.sums import number

MOST = 40  # sentences about lines of an order
LONG = 200  # letters of a name within a sentence

Key = tuple[str, str, int]


def differences(before: Order, after: Order) -> list[Said]:
    """Say what changed; nothing where both are the same to a person."""
    lines = list(_lines(before, after))
    more = [said("more lines changed")] if len(lines) > MOST else []
    return [*_state(before, after), *_total(before, after), *lines[:MOST], *more, *_way(before, after)]


def money(text: str, currency: str) -> str:
    """Say a sum: a plain number as its reader writes it, anything else as the shop wrote it; "" for none."""
    if not text:
        return ""
    return (
        said("%(sum)s %(currency)s", sum=_sum(text), currency=currency)
        if currency
        else said("%(sum)s", sum=_sum(text))
    )


def _state(before: Order, after: Order) -> Iterator[Said]:
    if after.cancelled and not before.cancelled:
        yield said("it was cancelled")
    elif before.cancelled and not after.cancelled:
        yield said("it is no longer cancelled")
    if after.state != before.state:
        yield said("it is “%(after)s” now and was “%(before)s”", after=after.state, before=before.state)


def _total(before: Order, after: Order) -> Iterator[Said]:
    if not _same(before.total, after.total) or before.currency != after.currency:
        was, now = money(before.total, before.currency), money(after.total, after.currency)
        yield said("it comes to %(after)s instead of %(before)s", after=now, before=was)


def _lines(before: Order, after: Order) -> Iterator[Said]:
    old, new = _by_name(before), _by_name(after)
    for key, line in new.items():
        if key not in old:
            yield said("added: %(line)s", line=_line(line))
        elif not _same(old[key].quantity, line.quantity):
            yield said("%(name)s: %(after)s pieces instead of %(before)s", name=line.name[:LONG],
                       after=_sum(line.quantity), before=_sum(old[key].quantity))  # fmt: skip
        elif not _same(old[key].total, line.total):
            was, now = money(old[key].total, before.currency), money(line.total, after.currency)
            yield said(
                "%(name)s: %(after)s instead of %(before)s", name=line.name[:LONG], after=now, before=was
            )
    for key, line in old.items():
        if key not in new:
            yield said(
                "taken off: %(quantity)s x %(name)s", quantity=_sum(line.quantity), name=line.name[:LONG]
            )


def _line(line: OrderLine) -> str:
    name = line.name[:LONG]
    return said("%(quantity)s x %(name)s", quantity=_sum(line.quantity), name=name) if line.quantity else name


def _way(before: Order, after: Order) -> Iterator[Said]:
    if after.address != before.address:
        yield said("it goes to another address: %(address)s", address=", ".join(after.address.split("\n")))
    if after.delivery != before.delivery:
        yield said(
            "it goes by “%(after)s” instead of “%(before)s”", after=after.delivery, before=before.delivery
        )
    if after.payment != before.payment:
        yield said(
            "it is paid by “%(after)s” instead of “%(before)s”", after=after.payment, before=before.payment
        )


def _by_name(order: Order) -> Mapping[Key, OrderLine]:
    """Give the lines by what is sold; of the same several times, the first by itself, then the second."""
    seen: Counter[tuple[str, str]] = Counter()
    found = {}
    for line in order.lines:
        what = line.sku, line.name
        found[*what, seen[what]] = line
        seen[what] += 1
    return found


def _same(one: str, other: str) -> bool:
    """Tell whether two numbers are the same, however many zeros they have."""
    return one == other or _sum(one) == _sum(other)


def _sum(text: str) -> Decimal | str:
    value = number(text)
    return text if value is None else value
