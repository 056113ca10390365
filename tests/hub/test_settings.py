"""A mistake in a settings file is told with file, key and what to write instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from hub.settings import Settings, SettingsError, database_url, default_file, load

if TYPE_CHECKING:
    from pathlib import Path


class Step(msgspec.Struct, forbid_unknown_fields=True):
    """A step of a policy."""

    when: str
    tell: str


class Policies(msgspec.Struct, forbid_unknown_fields=True):
    """A file with tables in it."""

    steps: tuple[Step, ...] = ()


def written(tmp_path: Path, content: str) -> Path:
    path = tmp_path / "ringback.toml"
    path.write_text(content, encoding="utf-8")
    return path


def test_an_empty_file_gives_the_defaults(tmp_path: Path) -> None:
    assert load(written(tmp_path, ""), Settings) == Settings()


def test_our_own_file_is_right() -> None:
    assert load(default_file("ringback.toml"), Settings) == Settings()


def test_what_is_written_counts(tmp_path: Path) -> None:
    assert load(written(tmp_path, "journal_days = 30"), Settings).journal_days == 30


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("jornal_days = 30", "jornal_days: this key is not known; did you mean “journal_days”?"),
        ("qwertyuiop = 1", "qwertyuiop: this key is not known; take it out"),
        ('journal_days = "thirty"', "journal_days: expected `int`, got `str`"),
        ("behind_proxy = 1", "behind_proxy: expected `bool`, got `int`"),
        ("journal_days = \n", "line 1"),
        ("[journal_days]", "journal_days: expected `int`, got `object`"),
    ],
)
def test_a_mistake_names_file_key_and_what_to_do(tmp_path: Path, content: str, told: str) -> None:
    path = written(tmp_path, content)
    with pytest.raises(SettingsError) as caught:
        load(path, Settings)
    assert str(caught.value).startswith(f"{path}: ")
    assert told in str(caught.value)


def test_a_mistake_inside_a_table_is_found_there(tmp_path: Path) -> None:
    path = written(tmp_path, '[[steps]]\nwhen = "at breach"\ntel = "head"')
    with pytest.raises(SettingsError, match=r"steps.*tel: this key is not known; did you mean “tell”\?"):
        load(path, Policies)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.toml: there is no such file"):
        load(tmp_path / "none.toml", Settings)


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ringback.toml"
    path.write_bytes(b'url = "\xff\xfe"')
    with pytest.raises(SettingsError, match=r"ringback\.toml: "):
        load(path, Settings)


def test_without_a_database_address_the_store_is_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RINGBACK_DATABASE", raising=False)
    assert database_url() is None


def test_a_database_address_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGBACK_DATABASE", " postgresql://hub@db/ringback ")
    assert database_url() == "postgresql://hub@db/ringback"


def test_an_unknown_kind_of_database_is_refused_without_telling_its_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RINGBACK_DATABASE", "mysql://hub:secret@db/ringback")
    with pytest.raises(SettingsError, match="“mysql” is no database we know") as caught:
        database_url()
    assert "secret" not in str(caught.value)
