"""Interactions and forms over the API: what was said, what came again, and the files, which are never run."""

from __future__ import annotations

from aiohttp import FormData

from tests.crm.web.conftest import Api, Form, Json, Person
from tests.eventually import eventually


async def website(api: Api) -> Json:
    """Give the website's form."""
    (form,) = await api.items("/forms")
    return form


async def test_an_interaction_is_shown_by_the_words_that_programs_know(api: Api, form: Form) -> None:
    came = await form(name="Karin Ekdahl", phone="070-174 06 12", message="Seven windows", floor="3rd")
    assert (came["channel"], came["kind"], came["direction"]) == ("website", "form", "in")
    assert came["summary"] == came["text"] == "Seven windows"
    assert came["fields"]["floor"] == "3rd"
    assert str(came["at"]).endswith("Z")
    assert (came["attachments"], came["duplicates"]) == ([], [])
    assert await api.items(f"/interactions?contact={came['contact']}") == [came]
    assert await api.items("/interactions?contact=99") == []
    assert await api.ask("GET", f"/interactions/{came['id']}") == came


async def test_a_label_that_came_twice_keeps_both_answers(api: Api) -> None:
    answers = FormData([("name", "Karin"), ("room", "Kitchen"), ("room", "Hall"), ("phone", "070-174 06 12")])
    await api.client.post(str((await website(api))["intake"]), data=answers)
    (came,) = await eventually(lambda: api.items("/interactions"))
    assert came["fields"]["room"] == ["Kitchen", "Hall"]


async def test_the_same_request_is_one_interaction_that_came_twice(api: Api) -> None:
    answers = {"name": "Karin", "phone": "070-174 06 12", "message": "Seven windows"}
    for _ in range(2):
        await api.client.post(str((await website(api))["intake"]), data=answers)
    (came,) = await eventually(lambda: _came_again(api))
    assert len(came["duplicates"]) == 1


async def test_a_file_is_given_to_be_saved_and_to_nobody_else(api: Api, person: Person) -> None:
    answers = FormData({"name": "Karin", "phone": "070-174 06 12"}, quote_fields=False)
    answers.add_field(
        "pictures", b"<script>alert(1)</script>", filename="Ekdahl å.html", content_type="text/html"
    )
    await api.client.post(str((await website(api))["intake"]), data=answers)
    (came,) = await eventually(lambda: api.items("/interactions"))
    (file,) = came["attachments"]
    assert (file["name"], file["size"]) == ("Ekdahl å.html", 25)
    async with api.client.get(file["content"], headers=api.headers) as answer:
        assert await answer.read() == b"<script>alert(1)</script>"
        assert answer.content_type == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment;")
    omar = await person("Omar Nasser", "agent", "Service")
    await omar.ask("GET", file["content"].removeprefix("/api/v1"), status=404)
    await api.ask("GET", f"/interactions/{came['id']}/attachments/99", status=404)


async def test_a_form_tells_where_it_is_and_what_it_asks(api: Api) -> None:
    form = await website(api)
    token = str(form["page"]).removeprefix("/forms/")
    assert form["name"] == "website"
    assert (form["intake"], form["script"]) == (f"/in/website/{token}", f"/forms/{token}.js")
    assert [field["name"] for field in form["fields"]][:2] == ["about", "openings"]
    assert await api.ask("GET", f"/forms/{form['id']}") == form
    await api.ask("GET", "/forms/99", status=404)


async def test_the_addresses_of_forms_are_for_managers(person: Person) -> None:
    elin = await person("Elin Sandgren", "agent", "Sales")
    await elin.ask("GET", "/forms", status=403)
    maria = await person("Maria Berg", "manager")
    assert len(await maria.items("/forms")) == 1


async def _came_again(api: Api) -> list[dict[str, object]]:
    return [each for each in await api.items("/interactions") if each["duplicates"]]
