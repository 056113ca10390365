"""The company's set-up is read once and kept until it changes, whoever changes it."""

from __future__ import annotations

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from crm.calls import people_at
from crm.company import Company
from crm.company_file import CompanyFile, DepartmentFile, HoursFile, PolicyFile, seed
from crm.setup import Setup, calendar_for, setup
from crm.working_hours import WorkingHours
from hub.clock import now
from hub.db import Database
from hub.users import Department, add_user, find_user
from tests.conftest import Store

FIRM = CompanyFile(
    name="Klarruta Fönster", country="SE", zone="Europe/Stockholm",
    hours=HoursFile(week={"mon-fri": ["08:00-17:00"]}),
    departments=(DepartmentFile("Sales"), DepartmentFile("Service", hours=HoursFile(always=True))),
    policies=(
        PolicyFile("Service answers", "1 h", kinds=("form",), departments=("Service",)),
        PolicyFile("New request", "15 min", kinds=("form",)),
        PolicyFile("Solved", "1 day", target="resolution"),
    ),
)  # fmt: skip


@pytest.fixture
def furniture() -> None:
    """Have nothing in the store: this company is another."""


@pytest.fixture
async def firm(db: Database) -> Database:
    """Give a store with a company in it."""
    await db.write(seed, FIRM)
    return db


def rename(session: Session, name: str) -> None:
    """Call the company otherwise."""
    session.get_one(Company, 1).name = name


async def name(db: Database) -> str:
    """Give what the set-up says the company is called."""
    return (await db.read(setup)).company.name


async def test_it_is_read_once(firm: Database) -> None:
    statements: list[str] = []

    def look(session: Session) -> Setup:
        event.listen(session.connection(), "before_cursor_execute", lambda *args: statements.append(args[2]))
        return setup(session)

    first = await firm.read(setup)
    assert await firm.read(look) is first
    assert len(statements) == 1


async def test_a_change_is_seen_by_the_next_who_looks(firm: Database) -> None:
    await firm.read(setup)
    await firm.write(rename, "Klarruta Glas")
    assert await name(firm) == "Klarruta Glas"


async def test_a_change_is_seen_within_its_own_transaction(firm: Database) -> None:
    def change(session: Session) -> str:
        setup(session)
        rename(session, "Klarruta Glas")
        session.flush()
        return setup(session).company.name

    assert await firm.write(change) == "Klarruta Glas"


async def test_a_change_that_was_taken_back_was_never_seen(firm: Database) -> None:
    def fail(session: Session) -> None:
        rename(session, "Nobody")
        session.flush()
        setup(session)
        raise RuntimeError("taken back")

    with pytest.raises(RuntimeError):
        await firm.write(fail)
    assert await name(firm) == "Klarruta Fönster"
    await firm.write(rename, "Klarruta Glas")
    assert await name(firm) == "Klarruta Glas"


async def test_another_process_that_changes_it_is_noticed(store: Store, firm: Database) -> None:
    other = await store.open()
    assert await name(firm) == "Klarruta Fönster"
    await other.write(rename, "Klarruta Glas")
    assert await name(firm) == "Klarruta Glas"


async def test_a_new_head_is_noticed_too(firm: Database) -> None:
    await firm.read(setup)
    head = await firm.write(lambda session: add_user(session, "sofia@k.example", "Sofia", "head", "Sales").id)
    assert (await firm.read(setup)).departments[1].head_id == head


async def test_an_unknown_department_is_the_first(firm: Database) -> None:
    state = await firm.read(setup)
    asked = [state.department(each) for each in ("Service", "", "Marketing")]
    assert [each.name if each else "" for each in asked] == ["Service", "Sales", "Sales"]


async def test_the_first_policy_of_each_target_that_covers_a_task_counts(firm: Database) -> None:
    state = await firm.read(setup)
    assert [policy.name for policy in state.policies_for("form", 1)] == ["New request", "Solved"]
    assert [policy.name for policy in state.policies_for("form", 2)] == ["Service answers", "Solved"]
    assert [policy.name for policy in state.policies_for("call", 2)] == ["Solved"]


async def test_a_department_works_by_its_own_hours_or_the_companys(firm: Database) -> None:
    state = await firm.read(setup)
    sales, service = state.working_hours(1, None), state.working_hours(2, None)
    assert sales.week[5] == ()
    assert service == WorkingHours.always("Europe/Stockholm")
    assert (await firm.read(calendar_for, 1)).hours == sales


async def test_its_rows_outlive_the_transaction_that_read_them(firm: Database) -> None:
    state = await firm.read(setup)
    await firm.write(lambda session: session.scalars(select(Department)).all())
    assert [each.name for each in state.departments.values()] == ["Sales", "Service"]


async def test_a_telephone_rings_for_who_sits_at_it_by_now(firm: Database) -> None:
    async def at_101() -> list[str]:
        return [user.name for user in await firm.read(people_at, ["101"])]

    await firm.write(lambda session: add_user(session, "elin@k.example", "Elin", "agent", "Sales").id)
    await firm.write(lambda session: add_user(session, "johan@k.example", "Johan", "agent", "Sales").id)
    assert await at_101() == []
    await firm.write(_change, "elin@k.example", extension="101")
    assert await at_101() == ["Elin"]
    await firm.write(_change, "elin@k.example", extension="")
    await firm.write(_change, "johan@k.example", extension="101")
    assert await at_101() == ["Johan"]
    await firm.write(_change, "johan@k.example", disabled_at=now())
    assert await at_101() == []


async def test_what_somebody_prefers_is_no_change_of_it(firm: Database) -> None:
    await firm.write(lambda session: add_user(session, "elin@k.example", "Elin", "agent", "Sales").id)
    first = await firm.read(setup)
    await firm.write(_change, "elin@k.example", preferences={"language": "sv"})
    assert await firm.read(setup) is first


def _change(session: Session, email: str, **values: object) -> None:
    for name_of, value in values.items():
        setattr(find_user(session, email), name_of, value)
