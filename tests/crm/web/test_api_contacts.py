from __future__ import annotations
from tests.crm.web.conftest import Api, Form, Person


async def test_smoke(api: Api, form: Form) -> None:
    inter = await form(
        name="Karin Ekdahl",
        phone="070-174 06 12",
        email="karin@ekdahl.example",
        openings="7",
        message="Seven windows",
    )
    print(inter)
    print(await api.items("/contacts"))
    print(await api.items("/contacts?handle=+46701740612"))
    print(await api.items("/tasks?overdue=false"))
    print(await api.items("/deadlines"))
    print(await api.items("/forms"))
