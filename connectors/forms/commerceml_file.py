"""A file of CommerceML, plain or zipped: the documents in it that are orders.

It is a stranger's: no document type, no entities, nothing fetched, no more unpacked than a body may be, and no more
elements than are read within a second.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from io import BytesIO
from itertools import islice
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from lxml import etree

from connectors.forms.answers import Meaning
from connectors.forms.body import bounded
from connectors.forms.post import Post
from hub.orders import Order, OrderLine
from hub.said import said

UNPACKED = 32 * 1024 * 1024
PACKED = 10_000  # entries of an archive, most of them pictures
FILES = 20
MARKS = 500_000  # of elements and attributes, of all files together; a thousand orders of ten lines have half of them
ORDERS = 1000
LINES = 1000  # of one order
_METHODS = {ZIP_STORED, ZIP_DEFLATED}  # the others make gigabytes of a kilobyte
_ORDER = "Заказ товара"
_ROUBLE = "руб"  # noqa: RUF001 - a currency in words
_TYPES: Mapping[str, Meaning] = {"телефон": "phone", "почта": "email", "e-mail": "email"}
_CANCELLED = {"отменен", "отменён", "пометкаудаления"}
_YES = {"true", "истина", "да", "1"}


def orders_in(body: bytes) -> Sequence[Post]:
    """Give the orders of a file; ValueError where it is none, or larger than anybody could mean."""
    return list(map(_post, _orders(body)))


def documents_in(body: bytes) -> Sequence[bytes]:
    """Give each order of a file that holds several as a file of its own; none of another. Errors are as above."""
    found = _orders(body)
    return list(map(_alone, found)) if len(found) > 1 else ()


def _orders(body: bytes) -> Sequence[etree._Element]:
    found = list(islice(filter(_is_order, _documents(body)), ORDERS + 1))
    if len(found) > ORDERS:
        raise ValueError(said("it holds more than %(most)s orders", most=f"{ORDERS:,}"))
    return found


def _documents(body: bytes) -> Iterator[etree._Element]:
    """Give the documents of a file; what lies within one is a part of it."""
    marks = 0
    for written in _unpacked(body) if body.startswith(b"PK\x03\x04") else [body]:
        marks += written.count(b"<") + written.count(b"=")
        if marks > MARKS:
            raise ValueError(said("as XML it holds too many elements"))
        for document in _root(written).iter("{*}Документ"):
            if next(document.iterancestors("{*}Документ"), None) is None:
                yield document


def _unpacked(body: bytes) -> Iterator[bytes]:
    if body.count(b"PK\x01\x02") > PACKED:
        raise ValueError(said("it is packed in a way that cannot be undone"))
    try:
        with ZipFile(BytesIO(body)) as packed:
            left = UNPACKED
            for entry in _entries(packed):
                with packed.open(entry) as file:
                    written = file.read(left + 1)
                left -= len(written)
                if left < 0:
                    raise ValueError(said("unpacked it is larger than a body may be"))
                yield written
    except (BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError):
        raise ValueError(said("it is packed in a way that cannot be undone")) from None


def _entries(packed: ZipFile) -> Sequence[ZipInfo]:
    """Give the files to read; BadZipFile where one is packed as no file of 1C is."""
    texts = [entry for entry in packed.infolist() if entry.filename.lower().endswith(".xml")][:FILES]
    if any(entry.compress_type not in _METHODS for entry in texts):
        raise BadZipFile
    return texts


def _root(written: bytes) -> etree._Element:
    parser = etree.XMLParser(
        encoding=_codec(written), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(written, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise ValueError(said("as XML it cannot be read")) from None
    if root.getroottree().docinfo.doctype:
        raise ValueError(said("it names a document type, which nothing honest does here"))
    return root


def _codec(written: bytes) -> str:
    """Give one of the codecs in which 1C writes: others have ways around counting."""
    if written.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    return "cp1251" if b"1251" in written[:100] else "utf-8"


def _alone(document: etree._Element) -> bytes:
    """Write a document as the only one of its file, whose head stays."""
    root = document.getroottree().getroot()
    whole = etree.Element(root.tag, dict(root.attrib), root.nsmap)
    whole.append(deepcopy(document))
    written: bytes = etree.tostring(whole, encoding="utf-8", xml_declaration=True, with_tail=False)
    return written


def _is_order(document: etree._Element) -> bool:
    """Tell an order from a document of another kind, such as that something was paid."""
    return _text(document, "ХозОперация") in {_ORDER, ""}


def _post(document: etree._Element) -> Post:
    """Give an order with who ordered it."""
    told = dict(_pairs(document, "ЗначенияРеквизитов/{*}ЗначениеРеквизита", "Наименование", "Значение"))
    number = _text(document, "Номер") or _text(document, "Ид")
    buyer = document.find("{*}Контрагенты/{*}Контрагент")
    answers = [*_who(buyer), ("Комментарий", _text(document, "Комментарий"))]
    items = document.findall("{*}Товары/{*}Товар")
    order = Order(
        number=number,
        state=told.get("Статус заказа", "") or told.get("Статуса заказа ИД", ""),
        cancelled=any(_is_cancelled(name, value) for name, value in told.items()),
        total=_text(document, "Сумма"),
        currency=_currency(_text(document, "Валюта")),
        lines=tuple(map(_line, items[:LINES])),
        address=_address(buyer, told),
        payment=told.get("Метод оплаты", ""),
        delivery=told.get("Способ доставки", ""),
    )
    body = bounded([(label, value) for label, value in answers if value])
    if len(items) > LINES:
        body.remarks.append(said("It has more lines than the %(most)s kept here; the original is kept in the journal.",
                                 most=f"{LINES:,}"))  # fmt: skip
    return Post(body=body, key=f"order {_text(document, 'Ид') or number}", order=order, known=_KNOWN)


_KNOWN: Mapping[str, Meaning] = {
    "имя": "first name", "фамилия": "last name", "наименование": "name", "организация": "company",
    "телефон": "phone", "почта": "email", "комментарий": "message",
}  # fmt: skip


def _who(buyer: etree._Element | None) -> Iterator[tuple[str, str]]:
    """Give the name, the firm and the ways to reach him."""
    if buyer is None:
        return
    firm = _text(buyer, "ОфициальноеНаименование")
    first, last = _text(buyer, "Имя"), _text(buyer, "Фамилия")
    yield (
        ("Имя", first)
        if first
        else ("Наименование", _text(buyer, "ПолноеНаименование") or _text(buyer, "Наименование"))
    )
    yield "Фамилия", last
    yield "Организация", firm
    for kind, value in _pairs(buyer, "Контакты/{*}Контакт", "Тип", "Значение"):
        meaning = next((each for mark, each in _TYPES.items() if mark in kind.casefold()), "")
        yield {"phone": "Телефон", "email": "Почта"}.get(meaning, kind), value


def _line(item: etree._Element) -> OrderLine:
    return OrderLine(
        name=_text(item, "Наименование"),
        sku=_text(item, "Артикул"),
        quantity=_text(item, "Количество") or "1",
        price=_text(item, "ЦенаЗаЕдиницу"),
        total=_text(item, "Сумма"),
    )


def _address(buyer: etree._Element | None, told: Mapping[str, str]) -> str:
    places = [told.get("Адрес доставки", "")]
    if buyer is not None:
        places += [_text(buyer, f"{name}/{{*}}Представление") for name in ("Адрес", "АдресРегистрации")]
    return next((each for each in places if each), "")


def _pairs(inside: etree._Element, path: str, name: str, value: str) -> Iterator[tuple[str, str]]:
    for each in inside.findall(f"{{*}}{path}"):
        yield _text(each, name), _text(each, value)


def _is_cancelled(name: str, value: str) -> bool:
    return name.casefold().replace(" ", "") in _CANCELLED and value.casefold() in _YES


def _currency(written: str) -> str:
    """Give three letters; old configurations write the rouble in words."""
    return "RUB" if written.casefold().startswith(_ROUBLE) or written == "RUR" else written.upper()[:3]


def _text(inside: etree._Element, path: str) -> str:
    return (inside.findtext(f"{{*}}{path}") or "").strip()
