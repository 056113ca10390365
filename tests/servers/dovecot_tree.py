"""Dovecot's programs out of Debian's packages, in a folder where an ordinary user may run them.

Dovecot refuses to handle mail as root and looks into folders that are compiled into it, so the tree of the cache,
which root alone may see, is copied and taught to look beside itself.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.servers.unpacked import Tree, unpacked

SUITE = "bookworm"  # Dovecot 2.3, whose configuration differs from 2.4's
PROGRAMS = ("usr/sbin/dovecot", "usr/bin/doveconf")
COMPILED_IN = b"/usr/lib/dovecot/modules\0"
BESIDE = b"modules"  # in the folder in which every process of it begins: base_dir


class Programs:
    """What can be run, and by which words."""

    def __init__(self, folder: Path) -> None:
        """Copy them into this folder; MissingError where they cannot be had."""
        cached = unpacked(SUITE, "dovecot-imapd", "dovecot-lmtpd")
        self.libexec = folder / "usr/lib/dovecot"
        shutil.copytree(cached.root / "usr/lib/dovecot", self.libexec, symlinks=True)
        libraries = folder / cached.libraries.relative_to(cached.root)
        libraries.mkdir()
        for library in cached.libraries.glob("*.so*"):
            shutil.copy2(library, libraries, follow_symlinks=False)
        for program in PROGRAMS:
            (folder / program).parent.mkdir(exist_ok=True)
            shutil.copy2(cached.root / program, folder / program)
        for library in self.libexec.glob("libdovecot*.so*"):
            _teach(library)
        self._tree = Tree(folder)

    def loader(self) -> str:
        """Give the words that stand before a program."""
        path = f"{self._tree.libraries}:{self.libexec}:{self.libexec}/modules/old-stats"
        loader = next(self._tree.libraries.glob("ld-linux*.so.*")).resolve()
        return f"{loader} --library-path {path}"

    def master(self, configuration: Path) -> list[str]:
        """Give the words that run Dovecot; doveconf reads the configuration for it, and becomes it."""
        loader = self.loader().split()
        dovecot, doveconf = (str(self._tree.root / program) for program in PROGRAMS)
        read = [*loader, doveconf, "-p", "-f", "service=master", "-m", "master", "-c", str(configuration)]
        return [*read, "-e", *loader, dovecot, "-F", "-c", str(configuration)]

    def lead(self, base: Path) -> None:
        """Put its modules where it looks for them."""
        (base / BESIDE.decode()).symlink_to(self.libexec / "modules")


def _teach(library: Path) -> None:
    """Change the compiled-in folder of modules into one beside the process."""
    if not library.is_symlink():
        code = library.read_bytes()
        library.write_bytes(code.replace(COMPILED_IN, BESIDE.ljust(len(COMPILED_IN), b"\0")))
