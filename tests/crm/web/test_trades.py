"""An admin starts with his trade: he sees what it brings, brings it with one press, and sees that it is there."""

from __future__ import annotations

from sqlalchemy import func, select

from crm.processes import ProcessVersion
from hub.db import Database
from tests.crm.web.conftest import Sit


async def test_an_admin_sees_what_a_trade_brings_and_brings_it(sit: Sit, db: Database) -> None:
    amir = await sit("Amir Hadad", "admin")
    offered = await amir.reads("/trades?language=en")
    for name in ("Windows", "Beauty salon", "Travel agency", "Real estate", "Bank", "Transport", "Wholesale"):
        assert name in offered
    shown = await amir.reads("/trades?trade=beauty&language=sv")
    for words in (
        "Skönhetssalong brings",
        "Genomsnittlig nota",
        "Förfrågan → Bokad → Bekräftad → Besökt",
        "Bring 17 things",
    ):
        assert words in shown
    answer = await amir.sends("/trades", fragment=False, trade="beauty", language="sv")
    assert (answer.status, answer.headers["Location"]) == (303, "/trades?trade=beauty&language=sv")
    assert "You have all of this already." in await amir.reads("/trades?trade=beauty&language=sv")
    assert "Besökt" in await amir.reads("/pipelines")
    assert (
        await db.read(lambda session: session.scalar(select(func.count()).select_from(ProcessVersion))) == 1
    )


async def test_what_is_there_already_is_told(sit: Sit) -> None:
    amir = await sit("Amir Hadad", "admin")
    shown = await amir.reads("/trades?trade=windows&language=en")
    assert "Too dear (there already)" in shown
    assert "Windows (there already)" in shown
    assert "Works with these documents Quote · Contract · Order confirmation · Installation report" in shown


async def test_nobody_else_brings_trades_and_one_that_there_is_not_is_refused(sit: Sit) -> None:
    maria, amir = await sit("Maria Berg", "manager"), await sit("Amir Hadad", "admin")
    assert (await maria.asks("/trades")).status == 403
    assert (await maria.sends("/trades", trade="bank")).status == 403
    assert (await amir.sends("/trades", trade="../secrets")).status == 409
    assert (await amir.asks("/trades?trade=witchcraft")).status == 409
    assert "Bank" in await amir.reads("/trades?language=xx")
