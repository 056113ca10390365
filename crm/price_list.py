"""The price list is kept: what is sold is added, changed, taken off; a whole list is read from a file and written.

A file is taken whole or not at all: each row that makes no sense is named, with why.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import money
from crm.desk import Refusal
from crm.price_file import COLUMNS, Fault, Rows, read, read_table
from crm.products import Priced, Product, checked, products
from crm.setup import setup
from hub import audit
from hub.clock import now
from hub.languages import _
from hub.rows_unless_there import insert_unless_there
from hub.said import said
from hub.users import Viewer

KIND = "product"
LIST = "price_list"


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a file: so many products are new, changed, or stood so already. With `faults` nothing was taken."""

    made: int = 0
    changed: int = 0
    same: int = 0
    faults: tuple[Fault, ...] = ()


def add(session: Session, viewer: Viewer, wanted: Priced) -> Product:
    """Put something on the list. A code stands there once, also of what was taken off."""
    values = _values(wanted)
    # Two may add it at once: the unique code decides who was first.
    added = insert_unless_there(session, Product, **values, made_at=now(), changed_at=now())
    if added is None:
        raise Refusal(_taken(values["code"]))
    audit.record(session, viewer, audit.MADE, KIND, added, changes=audit.differences({}, values))
    return session.get_one(Product, added)


def change(session: Session, viewer: Viewer, product: Product, wanted: Priced) -> bool:
    """Change what stands on the list, from now on: what was sold keeps its price. Tell whether anything changed."""
    values = _values(wanted)
    others = select(Product.id).where(Product.code == values["code"], Product.id != product.id)
    if session.scalar(others) is not None:
        raise Refusal(_taken(values["code"]))
    return _put(session, viewer, product, values)


def retire(session: Session, viewer: Viewer, product: Product) -> None:
    """Take something off the list; deals in which it was sold keep it."""
    if product.retired_at is None:
        product.retired_at = now()
        audit.record(session, viewer, audit.REMOVED, KIND, product.id)


def restore(session: Session, viewer: Viewer, product: Product) -> None:
    """Put something back on the list."""
    if product.retired_at is not None:
        changes = {"retired_at": (product.retired_at.isoformat(), None)}
        product.retired_at = None
        audit.record(session, viewer, audit.CHANGED, KIND, product.id, changes=changes)


def import_list(session: Session, viewer: Viewer, data: bytes | Rows) -> Report:
    """Take a whole list from a file of columns: a code that is known is changed, a new one added, the others stay.

    It may have been opened before, into rows: that takes time, for which nobody else should wait.
    """
    currency = setup(session).company.currency
    rows, faults = read(data, currency) if isinstance(data, bytes) else read_table(data, currency)
    if faults:
        return Report(faults=tuple(faults))
    known = {product.code: product for product in products(session, retired=True)}
    new = [row for row in rows if row.code not in known]
    for row in new:
        insert_unless_there(session, Product, **_values(row), made_at=now(), changed_at=now())
    old = [(known[row.code], _values(row)) for row in rows if row.code in known]
    changed = sum(_put(session, viewer, product, values | {"retired_at": None}) for product, values in old)
    if new or changed:
        words = said("%(made)s new and %(changed)s changed, from a file", made=len(new), changed=changed)
        audit.record(session, viewer, audit.CHANGED, LIST, 0, words=words)
    return Report(made=len(new), changed=changed, same=len(old) - changed)


def export_rows(session: Session) -> Iterator[list[str]]:
    """Write the list down as `import_list` reads it, for a sheet or a file (crm/exports.py)."""
    yield list(COLUMNS)
    for each in products(session):
        price, tax = money.plain(each.price, money.digits(each.currency)), money.plain(each.tax, 2)
        yield [each.code, each.name, each.unit, price, each.currency, tax]


def _put(session: Session, viewer: Viewer, product: Product, values: dict[str, object]) -> bool:
    differences = audit.differences({name: getattr(product, name) for name in values}, values)
    for name in differences:
        setattr(product, name, values[name])
    if differences:
        product.changed_at = now()
        audit.record(session, viewer, audit.CHANGED, KIND, product.id, changes=_kept(differences))
    return bool(differences)


def _kept(differences: audit.Changes) -> audit.Changes:
    """Give differences as JSON can hold them."""
    return {
        name: (before.isoformat(), after) if isinstance(before, datetime) else (before, after)
        for name, (before, after) in differences.items()
    }


def _values(wanted: Priced) -> dict[str, object]:
    """Give the columns of what is wanted; what makes no sense is refused in words."""
    try:
        return msgspec.structs.asdict(checked(wanted))
    except ValueError as error:
        raise Refusal(str(error)) from None


def _taken(code: object) -> str:
    return _("“%(code)s” is on the price list already, or was taken off it", code=code)
