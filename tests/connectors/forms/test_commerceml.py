"""Files of 1C that mean harm: nothing of them is fetched, and no more is unpacked than a body may be."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from io import BytesIO

import pytest
from msgspec import structs

from connectors.forms import Forms, FormSettings
from connectors.forms.commerceml_file import LINES, MARKS, PACKED, UNPACKED, orders_in
from hub.connector import Raw

ORDER = "<Документ><Ид>{0}</Ид><Номер>{0}</Номер></Документ>"


def whole(inner: str, before: str = "") -> bytes:
    return f'<?xml version="1.0"?>{before}<КоммерческаяИнформация>{inner}</КоммерческаяИнформация>'.encode()


def packed(*files: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    into = BytesIO()
    with zipfile.ZipFile(into, "w", method) as archive:
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


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2], ids=["lzma", "bzip2"])
def test_an_archive_that_makes_gigabytes_of_a_kilobyte_is_refused(method: int) -> None:
    with pytest.raises(ValueError, match="cannot be undone"):
        orders_in(packed(("orders.xml", whole(ORDER.format("7"))), method=method))


def test_an_archive_of_very_many_entries_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be undone"):
        orders_in(b"PK\x03\x04" + b"PK\x01\x02" * (PACKED + 1))


@pytest.mark.parametrize(
    "inner", ["<b/>" * (MARKS + 1), f"<b {'a=' * (MARKS + 1)}/>"], ids=["elements", "attributes"]
)
def test_more_elements_than_are_read_within_a_second_are_refused(inner: str) -> None:
    with pytest.raises(ValueError, match="too many elements"):
        orders_in(packed(("orders.xml", whole(inner))))


def test_several_files_share_the_bound_of_elements(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.forms.commerceml_file.MARKS", 1000)
    half = b"<a>" + b"<b/>" * 600 + b"</a>"
    with pytest.raises(ValueError, match="too many elements"):
        orders_in(packed(("one.xml", half), ("two.xml", half)))


def test_elements_cannot_hide_in_another_way_of_writing() -> None:
    hidden = '<?xml version="1.0" encoding="UTF-7"?><a>+ADw-Документ/+AD4-</a>'.encode()
    assert orders_in(hidden) == []


def test_no_order_is_made_that_nobody_will_get(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    monkeypatch.setattr("connectors.forms.commerceml_file._address", lambda *_: made.append(1) or "")
    with pytest.raises(ValueError, match="more than 1,000 orders"):
        orders_in(whole("<Документ/>" * 5000))
    assert made == []


def test_of_very_many_lines_the_first_are_kept_and_it_is_said() -> None:
    line = "<Товар><Наименование>Окно</Наименование></Товар>"
    (order,) = orders_in(whole(f"<Документ><Ид>7</Ид><Товары>{line * (LINES + 1)}</Товары></Документ>"))
    assert order.order is not None
    assert len(order.order.lines) == LINES
    assert "more lines than the 1,000" in str(order.body.remarks)


@pytest.mark.parametrize("body", [b"PK\x03\x04", whole("")], ids=["packed", "plain"])
def test_a_file_however_small_is_read_in_a_thread(raw: Callable[..., Raw], body: bytes) -> None:
    forms = Forms("website", "sesame", FormSettings())
    assert forms.is_long(structs.replace(raw(body), headers={":query": "type=sale&mode=file"}))
    assert not forms.is_long(raw("name=Irina"))
