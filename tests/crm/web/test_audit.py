"""The room Audit: found by who, what and when; and every record's history, for those who may see the record."""

from __future__ import annotations

import pytest
from aiohttp.test_utils import TestClient
from sqlalchemy.orm import Session

from hub import audit
from hub.clock import now
from hub.users import Viewer
from tests.crm.klarruta import Klarruta
from tests.crm.web.console import Consoles


@pytest.fixture
async def consoles(firm: Klarruta, client: TestClient) -> Consoles:
    """Give everybody a console of one hub."""
    return Consoles(firm, client)


def write(session: Session, who: Viewer, verb: str, record: int, **changes: tuple[object, object]) -> None:
    audit.record(session, who, verb, "contact", record, changes=changes)


async def test_an_entry_is_read_in_words_with_labels_and_names(firm: Klarruta, consoles: Consoles) -> None:
    await firm.request("Karin Ekdahl")
    await firm.do(write, await firm.who("Sofia"), audit.CHANGED, 1, responsible_id=(1, 2))
    words = (await consoles.get("Maria", "/audit")).words
    assert "Sofia Hjelm changed Karin Ekdahl Contact Responsible Elin Sandgren → Johan Lindh" in words


async def test_it_is_found_by_person_verb_field_words_and_day(firm: Klarruta, consoles: Consoles) -> None:
    await firm.do(write, await firm.who("Elin"), audit.CHANGED, 1, name=("Karin", "Karin Ekdahl"))
    await firm.do(write, await firm.who("Johan"), audit.EXPORTED, 2)
    today = f"{now():%Y-%m-%d}"
    for query in (
        "who=1",
        "verb=changed",
        "field=name",
        "q=ekdahl",
        f"q=Karin&since={today}",
        "kind=contact&id=1",
    ):
        words = (await consoles.part("Maria", f"/audit?{query}")).words
        assert ("Elin Sandgren" in words, "Johan Lindh" in words) == (True, False), query
    assert "Nothing found" in (await consoles.part("Maria", "/audit?until=2020-01-01")).words


async def test_older_ones_are_one_press_away(firm: Klarruta, consoles: Consoles) -> None:
    sofia = await firm.who("Sofia")
    for number in range(51):
        await firm.do(write, sofia, audit.CHANGED, 1, city=("", f"Place {number}"))
    first = await consoles.get("Maria", "/audit?kind=contact")
    assert "Place 50" in first.words
    assert "Place 0 " not in first.words
    older = first.html.split('href="/audit?kind=contact&amp;before=')[1].split('"')[0]
    assert "Place 0 " in (await consoles.get("Maria", f"/audit?kind=contact&before={older}")).words


async def test_the_room_is_for_managers_the_history_for_whoever_sees_the_record(
    firm: Klarruta, consoles: Consoles
) -> None:
    await firm.request("Karin Ekdahl", of="Sales")
    sofia = await firm.who("Sofia")
    await firm.do(write, sofia, audit.CHANGED, 1, name=("", "Karin Ekdahl"))
    await firm.do(write, sofia, audit.READ, 1)
    assert (await consoles.get("Sofia", "/audit")).status == 403
    words = (await consoles.get("Elin", "/audit/contact/1")).words
    assert "Sofia Hjelm changed Name Karin Ekdahl" in words
    assert "read" not in words.split("History", 1)[1]
    assert (await consoles.get("Nils", "/audit/contact/1")).status == 404
    assert (await consoles.get("Elin", "/audit/policy/1")).status == 404


async def test_it_is_paged_over_a_bounded_look(
    firm: Klarruta, consoles: Consoles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.audit_search.LOOK", 2)
    elin = await firm.who("Elin")
    await firm.do(write, elin, audit.CHANGED, 1, name=("", "Karin"))
    for _ in range(2):
        await firm.do(write, elin, audit.READ, 1)
    shown = await consoles.part("Maria", "/audit?q=karin")
    assert "The newest entries were looked through" in shown.words
    older = shown.html.split('href="/audit?q=karin&amp;before=')[1].split('"')[0]
    assert "Karin" in (await consoles.part("Maria", f"/audit?q=karin&before={older}")).words
