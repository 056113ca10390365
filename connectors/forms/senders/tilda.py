"""Tilda's web hook: answers by the names of their inputs, and with an order what is in the cart.

It tries an address with `test=test`, waits five seconds for an answer, and tries twice more, a minute apart; `tranid`
stays the same. An order comes nested (`payment[products][0][name]`), or as JSON in `payment`, and its products as such
or as lines, "Window - 2x500 = 1000", by how the owner set it up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import ClassVar
from urllib.parse import unquote

from connectors.forms.body import open_body
from connectors.forms.nesting import looks_json, read_json
from connectors.forms.post import Post
from connectors.forms.sender import Sender
from connectors.forms.sent_secret import doubt_sent_secret
from connectors.forms.shape import agent, path_of, says
from connectors.forms.submission import is_origin
from hub.connector import Raw
from hub.events import Field
from hub.orders import Order, OrderLine

_LINE = re.compile(
    r"(?P<name>.+?)\s*-\s*(?P<quantity>[\d.]+)\s*x\s*(?P<price>[\d.]+)\s*=\s*(?P<total>[\d.]+)\s*"
)
_SHOWN = {
    "orderid",
    "amount",
    "currency",
    "products",
    "delivery",
    "delivery_address",
    "sys",
    "system",
}  # as an order
_ABOUT = {"tranid", "formid", "formname", "cookies", "api_key", "apikey", "api-key", "api key"}
_PRODUCT = 2  # parts of a label before the product's number

Paths = list[tuple[tuple[str, ...], str]]


class Tilda(Sender):
    """The site builder."""

    name: ClassVar[str] = "tilda"
    title: ClassVar[str] = "Tilda"
    signs: ClassVar[bool] = True

    def knows(self, raw: Raw) -> bool:
        """Know it by its id of a request, by how it numbers forms, or by its cart."""
        return (
            "tilda" in agent(raw) or says(raw, "tranid") or says(raw, "payment[products]", "payment[orderid]")
        )

    def is_named(self, raw: Raw) -> bool:
        """Know it by what it calls itself."""
        return "tilda" in agent(raw)

    def doubt(self, raw: Raw, secrets: Sequence[str]) -> str:
        """Look for the API key of its settings, which it sends along under a name of the owner's choice."""
        return doubt_sent_secret(raw, secrets)

    def is_ping(self, raw: Raw) -> bool:
        """Know its test."""
        return raw.body.strip() == b"test=test"

    def read(self, raw: Raw) -> Sequence[Post]:
        """Take the answers, where the visitor came from by its cookies, and the order."""
        body = open_body(raw.body, raw.headers.get("content-type", ""))
        named = {field.label.casefold(): field.value for field in body.fields}
        paths = list(_paths(body.fields))
        order = _order(paths)
        left_out = _ABOUT | {"payment"} if order else _ABOUT
        kept = [field for field in body.fields if path_of(field.label)[0].casefold() not in left_out]
        rest = [
            Field(f"payment[{path[0]}]", value) for path, value in paths if path[0] not in _SHOWN and value
        ]
        body.fields = [*kept, *(rest if order else ()), *_marks(named.get("cookies", ""), kept)]
        return (Post(body=body, key=named.get("tranid", ""), form=named.get("formname", ""), order=order),)


def _paths(fields: Sequence[Field]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Give what is said of the payment, be it nested or JSON within, by its path below `payment`."""
    for field in fields:
        path = path_of(field.label)
        if path == ("payment",) and looks_json(field.value.encode(errors="replace")):
            with suppress(ValueError):
                answers, _more, _remark = read_json(field.value.encode(errors="replace"), "utf-8")
                yield from ((path_of(label), value) for label, value in answers)
        elif path[0] == "payment" and len(path) > 1:
            yield path[1:], field.value


def _order(paths: Paths) -> Order | None:
    named = {path[0]: value for path, value in paths if len(path) == 1 and path[0] != "products"}
    lines = tuple(_lines(paths))
    if not (lines or named.get("orderid")):
        return None
    return Order(
        number=named.get("orderid", ""),
        total=named.get("amount", ""),
        currency=named.get("currency", "")[:3].upper(),
        lines=lines,
        address=named.get("delivery_address", ""),
        payment=named.get("sys", "") or named.get("system", ""),
        delivery=named.get("delivery", ""),
    )


def _lines(paths: Paths) -> Iterator[OrderLine]:
    """Give the products in order: those that are described, and those that are written as a line."""
    products: dict[str, dict[tuple[str, ...], str]] = {}
    for path, value in paths:
        if path[0] == "products":
            if len(path) <= _PRODUCT:
                yield from (_written(line) for line in value.splitlines() if line.strip())
            else:
                products.setdefault(path[1], {})[path[2:]] = value
    yield from (_described(product) for product in products.values())


def _written(line: str) -> OrderLine:
    found = _LINE.fullmatch(line.strip())
    return OrderLine(**found.groupdict()) if found else OrderLine(name=line.strip())


def _described(product: Mapping[tuple[str, ...], str]) -> OrderLine:
    variants = ", ".join(
        f"{product.get((*path[:-1], 'option'), '')}: {value}".removeprefix(": ")
        for path, value in product.items()
        if path[0] == "options" and path[-1] == "variant" and value
    )
    name = product.get(("name",), "")
    return OrderLine(
        name=f"{name} ({variants})" if variants else name,
        sku=product.get(("sku",), ""),
        quantity=product.get(("quantity",), "") or "1",
        price=product.get(("price",), ""),
        total=product.get(("amount",), ""),
    )


def _marks(cookies: str, fields: Sequence[Field]) -> Iterator[Field]:
    """Give what the cookies say of where the visitor came from; no other cookie is anybody's business."""
    said = {field.label.casefold() for field in fields}
    for cookie in cookies.split(";"):
        name, _equals, value = cookie.strip().partition("=")
        marks = unquote(value).split("|||") if name == "TILDAUTM" else [f"{name}={unquote(value)}"]
        for mark in marks:
            label, _equals, of = mark.partition("=")
            if is_origin(label) and of and label.casefold() not in said:
                said.add(label.casefold())
                yield Field(label, of)
