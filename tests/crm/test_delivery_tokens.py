"""Tokens of copies prove which copy they are of, for one purpose, and nothing else."""

from __future__ import annotations

from sqlalchemy.orm import Session

from crm.campaigns import Campaign
from crm.deliveries import Delivery
from crm.delivery_tokens import proven, token
from tests.crm.klarruta import Klarruta


def fill(session: Session) -> tuple[int, str]:
    """Make a campaign with two copies; give the second one's number and token."""
    campaigns = [Campaign(name=f"Spring {number}", key=f"key {number}") for number in range(2)]
    session.add_all(campaigns)
    session.flush()
    copies = [Delivery(campaign_id=campaigns[1].id, address=f"{each}@post.example", domain="post.example")
              for each in "ab"]  # fmt: skip
    session.add_all(copies)
    session.flush()
    return copies[1].id, token(campaigns[1], copies[1].id, "leave")


async def test_a_token_gives_its_copy_for_its_purpose_alone(firm: Klarruta) -> None:
    copy, given = await firm.do(fill)

    def look(session: Session) -> list[int | None]:
        tries = [proven(session, given, "leave"), proven(session, given.upper(), "leave"),
                 proven(session, given, "envelope")]  # fmt: skip
        return [row.id if row else None for row in tries]

    assert await firm.do(look) == [copy, copy, None]


async def test_what_is_no_token_gives_nothing(firm: Klarruta) -> None:
    _copy, given = await firm.do(fill)
    campaign, delivery, proof = given.split("-")
    tries = (
        "", "é-1-a", "1-2", given[:-1], f"{given}a", given.replace("-", "--"), given * 9, "-".join(["f" * 16] * 3),
        f"1-{delivery}-{proof}", f"{campaign}-1-{proof}", f"{campaign}-{delivery}-",
    )  # fmt: skip
    found = await firm.do(lambda session: [proven(session, each, "leave") for each in tries])
    assert found == [None] * len(tries)
