"""A recording is heard from the card by whom it is for, and whoever heard it stands in the audit."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient
from msgspec import structs
from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.asterisk.shelf import Shelf
from crm import recordings
from crm.calls import Call
from crm.recordings import Recording
from crm.waveform import measure
from hub.audit import Entry
from hub.connector import Unavailable
from hub.users import add_user
from hub.web.keys import BLOBS
from tests.crm.klarruta import Klarruta
from tests.crm.switchboard import Switchboard
from tests.crm.test_waveform import tone
from tests.crm.web.console import Consoles
from tests.eventually import eventually

PLACE = "/calls/1/recording"


@pytest.fixture
async def pbx(firm: Klarruta, consoles: Consoles) -> Switchboard:
    """Give the company's PBX, and a call of Sales that Elin took and that was recorded."""
    del consoles
    made = Switchboard(firm)
    await made.open()
    talking = structs.replace(made.answered(made.rings()), recorded=True, recording="/spool/a.wav")
    await made.tells(talking)
    await made.tells(made.ended(talking, seconds=3))
    return made


@pytest.fixture
async def kept(pbx: Switchboard, client: TestClient, tmp_path: Path) -> bytes:
    """Give the sound of its recording, which was fetched and written down."""
    file = tone(tmp_path / "a.wav", 0, 0.8, 0.3)
    assert client.app is not None
    blob = await client.app[BLOBS].put_file(file)

    def keep(session: Session) -> None:
        row = session.scalars(select(Recording)).one()
        recordings.keep(session, row.id, blob, measure(file))
        recordings.write_down(session, row.id, "[0:01] Hello & welcome")

    await pbx.db.write(keep)
    return file.read_bytes()


async def test_the_card_leads_to_it_and_it_is_heard_in_parts(consoles: Consoles, kept: bytes) -> None:
    card = await consoles.get("Elin", "/contacts/1")
    assert f'href="{PLACE}"' in card.html
    assert "Recording 0:03" in card.words
    player = await consoles.part("Elin", PLACE)
    assert 'class="wave"' in player.html
    assert "0:01" in player.words
    assert "Hello &amp; welcome" in player.html
    whole = await hears(consoles, "Elin")
    assert (whole[0], whole[1]) == (200, kept)
    status, part, kind = await hears(consoles, "Elin", "bytes=100-199")
    assert (status, part, kind) == (206, kept[100:200], "audio/wav")


async def test_whoever_heard_it_stands_in_the_audit_also_of_a_part(
    consoles: Consoles, kept: bytes, firm: Klarruta
) -> None:
    del kept
    await hears(consoles, "Elin", "bytes=100-199")
    await hears(consoles, "Sofia")

    async def heard() -> list[str]:
        wanted = select(Entry.who).where(Entry.kind == "recording", Entry.record_id == 1).order_by(Entry.who)
        found = await firm.do(lambda session: list(session.scalars(wanted)))
        return found if len(found) > 1 else []

    assert await eventually(heard) == ["Elin Sandgren", "Sofia Hjelm"]


@pytest.mark.parametrize("path", [PLACE, f"{PLACE}/player", f"{PLACE}/sound"])
async def test_others_neither_hear_nor_see_it(
    consoles: Consoles, kept: bytes, firm: Klarruta, path: str
) -> None:
    del kept
    assert await statuses(consoles, path) == (404, 404)
    assert PLACE not in (await consoles.get("Johan", "/contacts/1")).html
    await firm.change_department("Sales", recordings_heard_by="department")
    assert await statuses(consoles, path) == (200, 404)
    assert (await consoles.get("Elin", path.replace("1", "77"))).status == 404


async def test_a_remark_stands_at_its_second_and_is_taken_back_by_its_writer_alone(
    consoles: Consoles, kept: bytes
) -> None:
    del kept
    remarks = f"{PLACE}/remarks"
    assert (await consoles.press("Elin", remarks, second="2.4", text="Wants <three> windows")).status == 200
    assert (await consoles.press("Sofia", remarks, second="inf", text="At the beginning")).status == 200
    assert (await consoles.press("Elin", remarks, second="1", text="  ")).status == 409
    assert (await consoles.press("Johan", remarks, second="1", text="Not mine")).status == 404
    words = (await consoles.part("Elin", f"{PLACE}/player")).words
    assert "0:00 At the beginning Sofia Hjelm" in words
    assert "0:02 Wants <three> windows Elin Sandgren" in words
    assert (await consoles.press("Sofia", "/recording-remarks/1", "DELETE")).status == 404
    assert (await consoles.press("Elin", "/recording-remarks/1", "DELETE")).status == 200
    assert "windows" not in (await consoles.part("Elin", f"{PLACE}/player")).words


async def test_what_failed_is_said_and_fetched_again_by_a_press(
    consoles: Consoles, pbx: Switchboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def is_away(*_asked: object) -> None:
        raise Unavailable("It is away.")

    monkeypatch.setattr(Shelf, "bring", is_away)  # the hub tries as soon as it is pressed
    shown = await consoles.part("Elin", f"{PLACE}/player")
    assert "It is being fetched from the PBX." in shown.words
    assert "<audio" not in shown.html
    await pbx.db.write(recordings.put_off, 1, "The folder is not there.", for_good=True)
    shown = await consoles.part("Elin", f"{PLACE}/player")
    assert "The folder is not there." in shown.words
    assert (await consoles.press("Elin", PLACE)).status == 200
    due = await pbx.db.read(lambda session: session.scalars(select(Recording.due_at)).one())
    assert due is not None
    assert (await consoles.get("Elin", f"{PLACE}/sound")).status == 410


async def test_an_admin_says_who_hears_them_and_for_how_long(
    consoles: Consoles, pbx: Switchboard, firm: Klarruta
) -> None:
    del pbx
    await firm.do(add_user, "amir@klarruta.example", "Amir Hadad", "admin")
    place = "/departments/1/recordings"
    assert (await consoles.press("Amir", place, heard_by="heads", days="30")).status == 200
    page = await consoles.get("Amir", "/departments/1")
    assert 'value="heads" selected' in page.html
    assert 'name="days" type="text" value="30"' in page.html
    for wrong in ({"heard_by": "all", "days": "3"}, {"heard_by": "heads", "days": "0"},
                  {"heard_by": "heads", "days": "9999"}, {"heard_by": "heads", "days": "٣"}):  # fmt: skip
        assert (await consoles.press("Amir", place, **wrong)).status == 422
    assert (await consoles.press("Maria", place, heard_by="heads", days="30")).status == 403
    assert (
        await consoles.press("Amir", "/departments/99/recordings", heard_by="heads", days="3")
    ).status == 404


async def statuses(consoles: Consoles, path: str) -> tuple[int, int]:
    """Tell what Johan of the same department is answered, and Nils of another."""
    johan, nils = [(await hears(consoles, name, path=path))[0] for name in ("Johan", "Nils")]
    return johan, nils


async def hears(
    consoles: Consoles, name: str, part: str = "", path: str = f"{PLACE}/sound"
) -> tuple[int, bytes, str]:
    """Fetch the sound, or a part of it, as a browser does."""
    cookie = {"Cookie": f"ringback={await consoles._cookie(name)}", **({"Range": part} if part else {})}
    async with consoles.client.get(path, headers=cookie) as answer:
        return answer.status, await answer.read(), answer.headers["Content-Type"]


async def test_every_call_that_is_recorded_has_one(pbx: Switchboard) -> None:
    await pbx.misses()
    rows = await pbx.db.read(lambda session: session.scalars(select(Recording.call_id)).all())
    assert rows == [1]
    assert len(await pbx.db.read(lambda session: session.scalars(select(Call.id)).all())) == 2
