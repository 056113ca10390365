"""Files of 1C that mean harm: nothing of them is fetched, and no more is unpacked than a body may be."""

from __future__ import annotations

import zipfile
from io import BytesIO

import pytest

from connectors.forms.commerceml_file import UNPACKED, orders_in

ORDER = "<Документ><Ид>{0}</Ид><Номер>{0}</Номер></Документ>"


def whole(inner: str, before: str = "") -> bytes:
    return f'<?xml version="1.0"?>{before}<КоммерческаяИнформация>{inner}</КоммерческаяИнформация>'.encode()


def packed(*files: tuple[str, bytes]) -> bytes:
    into = BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return into.getvalue()


def test_an_entity_is_not_followed_to_a_file_of_ours() -> None:
    outside = whole(ORDER.format("&secret;"), '<!DOCTYPE x [<!ENTITY secret SYSTEM "file:///etc/hostname">]>')
    with pytest.raises(ValueError, match="document type"):
        orders_in(outside)


def test_entities_that_grow_are_refused() -> None:
    names = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "ha"}">' for n in range(10))
    with pytest.raises(ValueError, match=r"document type|cannot be read"):
        orders_in(whole(ORDER.format("&e9;"), f"<!DOCTYPE x [{names}]>"))


def test_a_file_that_unpacks_without_end_is_refused() -> None:
    with pytest.raises(ValueError, match="larger than a body may be"):
        orders_in(packed(("orders.xml", b" " * (UNPACKED + 1))))


def test_several_files_share_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.forms.commerceml_file.UNPACKED", 1000)
    half = b"<a>" + b" " * 500 + b"</a>"
    with pytest.raises(ValueError, match="larger than a body may be"):
        orders_in(packed(("one.xml", half), ("two.xml", half)))


def test_a_broken_or_locked_archive_is_refused() -> None:
    good = packed(("orders.xml", whole(ORDER.format("7"))))
    with pytest.raises(ValueError, match="cannot be undone"):
        orders_in(good[: len(good) // 2])


def test_pictures_in_an_archive_are_left_out() -> None:
    (order,) = orders_in(
        packed(("import_files/a.jpg", b"\xff\xd8"), ("orders.xml", whole(ORDER.format("7"))))
    )
    assert order.key == "order 7"


def test_more_orders_than_anybody_could_answer_are_refused() -> None:
    with pytest.raises(ValueError, match="more than 1,000 orders"):
        orders_in(whole("".join(map(ORDER.format, range(1001)))))


def test_orders_of_the_newer_format_lie_in_containers() -> None:
    (order,) = orders_in(whole(f"<Контейнер>{ORDER.format('9')}</Контейнер>"))
    assert order.key == "order 9"
