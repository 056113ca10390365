"""The card is there before hello: on the screens of those whose telephones ring, and gone from them when it is over."""

from __future__ import annotations

import re

from msgspec import structs

from crm import contacts, sla
from crm.contacts import PHONE
from crm.setup import setup
from hub.bus import Notice
from hub.clock import now
from tests.crm.switchboard import KARIN, Switchboard
from tests.crm.web.console import Consoles


async def words(consoles: Consoles, name: str) -> str:
    """Give what rings for somebody."""
    return (await consoles.part(name, "/popups")).words


async def test_all_whose_telephones_ring_see_who_calls_and_others_do_not(
    pbx: Switchboard, consoles: Consoles
) -> None:
    await pbx.tells(pbx.rings())
    for name in ("Elin", "Johan"):
        shown = await words(consoles, name)
        assert "Calls you" in shown
        assert "070-174 06 12" in shown
        assert "Nobody we know" in shown
        assert "queue sales" in shown
    assert await words(consoles, "Sofia") == ""


async def test_it_goes_from_the_others_when_one_answers_and_from_all_at_the_end(
    pbx: Switchboard, consoles: Consoles
) -> None:
    call = pbx.rings()
    await pbx.tells(call)
    call = pbx.answered(call, "101")
    await pbx.tells(call)
    assert "In talk" in await words(consoles, "Elin")
    assert await words(consoles, "Johan") == ""
    await pbx.tells(pbx.ended(call, seconds=30))
    assert await words(consoles, "Elin") == ""


async def test_only_those_at_whose_telephones_it_is_look_at_their_popups_again(
    pbx: Switchboard, consoles: Consoles
) -> None:
    told: list[Notice] = []
    pbx.db.listen(Notice, lambda notice: told.append(notice) if notice.kind == "popup" else None)
    call = pbx.rings()
    await pbx.tells(call)
    await pbx.tells(pbx.answered(call, "101"))
    people = [await consoles.firm.who(name) for name in ("Elin", "Johan", "Sofia", "Maria")]
    assert [[person.hears(notice.audience) for person in people] for notice in told] == [
        [True, True, False, False], [True, True, False, False],
    ]  # fmt: skip


async def test_it_goes_from_whose_telephone_called_in_vain(pbx: Switchboard, consoles: Consoles) -> None:
    told: list[Notice] = []
    pbx.db.listen(Notice, lambda notice: told.append(notice) if notice.kind == "popup" else None)
    call = structs.replace(pbx.rings(), direction="outbound", rang=(), ringing=(), inside=("101",))
    await pbx.tells(call)
    assert "070-174 06 12" in await words(consoles, "Elin")
    told.clear()
    await pbx.tells(structs.replace(pbx.ended(call), inside=()))
    assert await words(consoles, "Elin") == ""
    elin = await consoles.firm.who("Elin")
    assert any(elin.hears(notice.audience) for notice in told)


async def test_a_known_caller_is_shown_with_what_is_open_and_what_happened(
    pbx: Switchboard, consoles: Consoles
) -> None:
    await pbx.misses(name="Karin Ekdahl")
    await pbx.tells(pbx.rings())
    shown = await consoles.part("Elin", "/popups")
    assert "Karin Ekdahl" in shown.words
    assert "Call back Karin Ekdahl" in shown.words
    assert "Call: missed" in shown.words
    assert 'href="/contacts/1"' in shown.html


async def test_who_may_not_open_the_card_sees_the_name_alone(pbx: Switchboard, consoles: Consoles) -> None:
    nils = (await consoles.firm.who("Nils")).user_id
    await pbx.firm.do(contacts.add_contact, "Karin Ekdahl", [(PHONE, KARIN)], responsible_id=nils)
    await pbx.tells(pbx.rings())
    shown = await consoles.part("Elin", "/popups")
    assert "Karin Ekdahl" in shown.words
    assert "Responsible: Nils Åkerman" in shown.words
    assert "/contacts/1" not in shown.html


async def test_a_name_with_markup_is_a_name(pbx: Switchboard, consoles: Consoles) -> None:
    await pbx.misses(name="<script>alert(1)</script>")
    await pbx.tells(pbx.rings())
    assert "<script>alert" not in (await consoles.part("Elin", "/popups")).html


async def test_who_has_no_telephone_is_shown_none(pbx: Switchboard, consoles: Consoles) -> None:
    await pbx.tells(pbx.rings(KARIN, ""))
    assert await words(consoles, "Maria") == ""


async def test_it_says_the_country_and_what_time_it_is_there(pbx: Switchboard, consoles: Consoles) -> None:
    await pbx.tells(pbx.rings("+12125550123"))
    shown = await words(consoles, "Elin")
    assert re.search(r"United States · \d\d:\d\d there", shown)
    await pbx.tells(pbx.rings(KARIN))
    assert "Sweden" in await words(consoles, "Johan")


async def test_what_is_open_stands_with_its_clock_before_what_happened(
    pbx: Switchboard, consoles: Consoles
) -> None:
    await pbx.misses(name="Karin Ekdahl")
    (task,) = await pbx.tasks()
    await pbx.db.write(lambda session: sla.promise(session, setup(session), task.id, "form", 1, now()))
    await pbx.tells(pbx.rings())
    html = (await consoles.part("Elin", "/popups")).html
    assert html.index("Call back Karin Ekdahl") < html.index("Call: missed")
    assert 'class="clock"' in html[: html.index("Call back Karin Ekdahl")]


async def test_it_says_whether_who_is_responsible_is_free(pbx: Switchboard, consoles: Consoles) -> None:
    johan = (await consoles.firm.who("Johan")).user_id
    await pbx.firm.do(contacts.add_contact, "Karin Ekdahl", [(PHONE, KARIN)], responsible_id=johan)
    call = pbx.rings(KARIN, "101")
    await pbx.tells(call)
    assert "Responsible: Johan Lindh free" in await words(consoles, "Elin")
    await pbx.tells(pbx.answered(pbx.rings("+46701740613", "102"), "102"))
    assert "Responsible: Johan Lindh in a call" in await words(consoles, "Elin")


async def test_a_screen_reader_is_told_by_words_and_not_by_each_refresh(
    pbx: Switchboard, consoles: Consoles
) -> None:
    await pbx.tells(pbx.rings())
    html = (await consoles.part("Elin", "/popups")).html
    assert 'data-says="Calls you. 070-174 06 12. Your telephone 101, queue sales"' in html
    assert "role=" not in html.split("<article")[0]
    assert "aria-live" not in html
