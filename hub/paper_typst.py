"""PDFs by typst. A template reads what is said of the deal by `json(bytes(sys.inputs.data))`.

It sees the files that lie beside it and no others, has typst's own fonts, so that it looks alike everywhere, and gets
no packages.
"""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import typst

from hub.paper_orders import FaultyError, Paper

MAIN = "template.typ"
_NO_FILE = re.compile(r"file not found|failed to load file|access denied|path ")
_MISSING = re.compile(r'dictionary does not contain key "(.+?)"|unknown variable: (\S+)')
_PLACE = re.compile(r"┌─ .*?([^/\s]+):(\d+):\d+")


class Typesetter:
    """Sets one document after the other in a folder of its own; its fonts are read once."""

    def __init__(self, folder: Path) -> None:
        """Work in this folder."""
        self._desk = folder / "desk"
        self._empty = folder / "packages"
        self._desk.mkdir()
        self._empty.mkdir()
        self._files: dict[str, bytes] = {}
        self._compiler = typst.Compiler(
            root=self._desk, font_paths=typst.Fonts(include_system_fonts=False),
            package_path=self._empty, package_cache_path=self._empty,
        )  # fmt: skip

    def make(self, paper: Paper) -> bytes:
        """Make a PDF. FaultyError says what is wrong with the template."""
        self._lay_out({**paper.files, MAIN: paper.template})
        try:
            made = self._compiler.compile(
                self._desk / MAIN, format="pdf", timestamp=paper.at,
                sys_inputs={"data": msgspec.json.encode(paper.data).decode()},
            )  # fmt: skip
        except typst.TypstError as error:
            raise _faulty(error, paper) from None
        if not isinstance(made, bytes):
            raise FaultyError("wrong", "PDF")
        return made

    def _lay_out(self, files: dict[str, bytes]) -> None:
        """Have these files lie there and no others; what lay there before is not written again."""
        for name in self._files.keys() - files.keys():
            (self._desk / name).unlink()
        for name, content in files.items():
            if self._files.get(name) != content:
                (self._desk / Path(name).name).write_bytes(content)
        self._files = files


def _faulty(error: typst.TypstError, paper: Paper) -> FaultyError:
    message, where = str(error.message), _where(str(error.diagnostic or ""), paper)
    if missing := _MISSING.search(message):
        return FaultyError("missing", missing[1] or missing[2], where)
    if "package" in message:
        return FaultyError("package", where=where)
    if _NO_FILE.match(message):
        return FaultyError("file", where=where)
    return FaultyError("wrong", message.splitlines()[0], where)


def _where(diagnostic: str, paper: Paper) -> str:
    """Give the line where it is wrong: "template.typ, 3: Hello #d.deal.colour"."""
    place = _PLACE.search(diagnostic)
    if place is None:
        return ""
    text = {**paper.files, MAIN: paper.template}.get(place[1], b"").decode(errors="replace").splitlines()
    line = int(place[2])
    quoted = text[line - 1].strip() if line <= len(text) else ""
    return f"{place[1]}, {line}: {quoted}"
