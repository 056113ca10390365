"""Large things are on the disk, whole, before anything names them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hub.blobs import Blobs, digest

PLAN = b"a plan of the house"


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    """Give an empty blob folder."""
    return Blobs(tmp_path / "blobs")


async def test_content_comes_back_under_its_name(blobs: Blobs) -> None:
    name = await blobs.put(PLAN)
    assert name == digest(PLAN)
    assert await blobs.get(name) == PLAN


async def test_the_same_content_is_kept_once(blobs: Blobs) -> None:
    assert await blobs.put(PLAN) == await blobs.put(PLAN)
    assert len([path for path in blobs.folder.rglob("*") if path.is_file()]) == 1


async def test_what_is_not_there_is_said_to_be_missing(blobs: Blobs) -> None:
    with pytest.raises(FileNotFoundError):
        await blobs.get(digest(PLAN))


def watch_disk(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note what is forced to the disk and what gets its name, in order."""
    steps: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def noting_fsync(handle: int) -> None:
        steps.append(f"fsync {Path(f'/proc/self/fd/{handle}').readlink().name[:3]}")
        fsync(handle)

    def noting_replace(path: Path, target: Path) -> Path:
        steps.append("rename")
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", noting_fsync)
    monkeypatch.setattr(Path, "replace", noting_replace)
    return steps


def test_it_is_on_the_disk_with_its_folders_before_its_name_is_given(
    blobs: Blobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = watch_disk(monkeypatch)
    name = blobs.put_now(PLAN)
    assert steps == ["fsync tmp", "rename", f"fsync {name[:2]}", "fsync blo"]


def test_who_finds_it_there_makes_sure_of_the_folders_too(
    blobs: Blobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else may have renamed it a moment ago and not have forced the folder to the disk yet."""
    blobs.put_now(PLAN)
    steps = watch_disk(monkeypatch)
    name = blobs.put_now(PLAN)
    assert steps == [f"fsync {name[:2]}", "fsync blo"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_crash_in_between_leaves_no_half_file_under_its_name(
    blobs: Blobs, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def crash(*_: object) -> None:
        raise OSError("No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(os if step == "fsync" else Path, step, crash)
        with pytest.raises(OSError, match="No space left"):
            blobs.put_now(PLAN)
    assert not [path for path in blobs.folder.rglob("*") if path.is_file()]
    assert blobs.path(blobs.put_now(PLAN)).read_bytes() == PLAN
