"""The plug-in for WordPress as it is installed: its folder in a zip, with its translations compiled.

It holds nothing of this hub, and the same files give the same bytes, whenever and wherever it is packed.
"""

from __future__ import annotations

import functools
import io
from pathlib import Path
from struct import pack, unpack
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

NAME = "ringback-wordpress.zip"
FOLDER = Path(__file__).parent / "wordpress"
WITHIN = "ringback"  # what the folder is called among a site's plug-ins
BEGINNING = (1980, 1, 1, 0, 0, 0)
KINDS = {".php", ".txt", ".po"}


@functools.cache
def packed() -> bytes:
    """Give the zip."""
    kept = io.BytesIO()
    with ZipFile(kept, "w", ZIP_DEFLATED) as archive:
        for name, content in sorted(_files().items()):
            entry = ZipInfo(f"{WITHIN}/{name}", BEGINNING)
            entry.compress_type = ZIP_DEFLATED
            entry.create_system, entry.external_attr = 3, 0o100644 << 16
            archive.writestr(entry, content)
    return kept.getvalue()


def _files() -> dict[str, bytes]:
    sources = [path for path in FOLDER.rglob("*") if path.suffix in KINDS]
    files = {path.relative_to(FOLDER).as_posix(): path.read_bytes() for path in sources}
    spoken = {name: content for name, content in files.items() if name.endswith(".po")}
    return files | {name.removesuffix("po") + "mo": _compiled(content) for name, content in spoken.items()}


def _compiled(words: bytes) -> bytes:
    """Compile translations; WordPress asks where their table of hashes stands, also where there is none."""
    kept = io.BytesIO()
    write_mo(kept, read_po(io.BytesIO(words)))
    _magic, _revision, count, _originals, translations = unpack("<5I", kept.getbuffer()[:20])
    kept.getbuffer()[24:28] = pack("<I", translations + 8 * count)
    return kept.getvalue()
