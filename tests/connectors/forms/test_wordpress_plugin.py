"""The plug-in's own files: they parse, are packed the same every time, and all words have a Swedish side."""

from __future__ import annotations

import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from zipfile import ZipFile

import pytest
from babel.messages.pofile import read_po

from connectors.forms import wordpress_zip
from connectors.forms.wordpress_zip import FOLDER, packed
from tests.servers.debian import MissingError, need

SOURCES = sorted(FOLDER.rglob("*.php"))
SAID = re.compile(r"(?:__|_e|esc_html__|esc_html_e|esc_attr__)\(\s*'((?:[^'\\]|\\.)*)',\s*'ringback'")
COUNTED = re.compile(r"_n\(\s*'((?:[^'\\]|\\.)*)',\s*'((?:[^'\\]|\\.)*)'")


def test_every_file_parses() -> None:
    try:
        php = need("php-cli", "/usr/bin/php")
    except MissingError as error:
        pytest.skip(str(error))

    def wrong(path: object) -> str:
        words = [php, "-l", str(path)]
        looked = subprocess.run(words, check=False, capture_output=True, text=True, timeout=60)  # noqa: S603 - ours
        return looked.stdout + looked.stderr if looked.returncode else ""

    with ThreadPoolExecutor(2) as pool:
        assert [each for each in pool.map(wrong, SOURCES) if each] == []


def test_no_file_is_run_by_itself() -> None:
    guard = re.compile(r"defined\( '(ABSPATH|WP_UNINSTALL_PLUGIN)' \) \|\| exit;")
    assert [path.name for path in SOURCES if not guard.search(path.read_text())] == []


def test_every_word_has_a_swedish_side() -> None:
    swedish = read_po(BytesIO((FOLDER / "languages/ringback-sv_SE.po").read_bytes()))
    source = "\n".join(path.read_text() for path in SOURCES)
    said = {words.replace("\\'", "'") for words in SAID.findall(source)} | {
        one for one, _ in COUNTED.findall(source)
    }
    known = {
        each.id[0] if isinstance(each.id, tuple) else each.id for each in swedish if each.string and each.id
    }
    described = re.search(r"Description: (.+)", (FOLDER / "ringback.php").read_text())
    assert described is not None
    assert known == said | {described[1]}


def test_it_is_packed_the_same_every_time_and_holds_nothing_else() -> None:
    first = packed()
    packed.cache_clear()
    assert packed() == first
    with ZipFile(BytesIO(first)) as archive:
        entries = archive.infolist()
    assert {entry.date_time for entry in entries} == {wordpress_zip.BEGINNING}
    assert [entry.filename for entry in entries] == sorted(entry.filename for entry in entries)
    assert {entry.filename.rpartition(".")[2] for entry in entries} == {"php", "txt", "po", "mo"}


def test_one_version_is_said_everywhere() -> None:
    plugin, readme = (FOLDER / "ringback.php").read_text(), (FOLDER / "readme.txt").read_text()
    versions = re.findall(r"(?:Version:|VERSION = '|Stable tag:)\s*(\d+\.\d+\.\d+)", plugin + readme)
    assert len(versions) == 3
    assert len(set(versions)) == 1
