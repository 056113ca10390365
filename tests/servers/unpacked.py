"""Programs of another Debian suite, unpacked into a cache and run through their own loader and libraries.

Nothing is installed: no root, no container, no change to the machine. apt resolves the packages against an empty
machine, fetches them from the mirror that the machine's own apt knows, and verifies them by Debian's keyring. The cache
is RINGBACK_TEST_CACHE, or ringback-tests among the user's caches; it is kept until somebody deletes it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from tests.servers.debian import MissingError

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
SECONDS = 600
CACHE = Path(
    os.environ.get("RINGBACK_TEST_CACHE")
    or Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache", "ringback-tests")
).expanduser()


class Tree:
    """An unpacked file tree of one suite."""

    def __init__(self, root: Path) -> None:
        """Find the tree's own libraries."""
        self.root = root
        self.libraries = next((root / "usr/lib").glob("*-linux-gnu*"))

    def command(self, program: str, *arguments: object) -> list[str]:
        """Give the words that run `program`, a path within the tree, by the tree's own loader."""
        loader = next(self.libraries.glob("ld-linux*.so.*"))
        path = f"{self.libraries}:{self.libraries.parent}"
        return [str(loader.resolve()), "--library-path", path, str(self.root / program), *map(str, arguments)]

    @property
    def environment(self) -> dict[str, str]:
        """What a program of the tree must be told so that it loads nothing of the machine's."""
        return {**os.environ, "OPENSSL_MODULES": str(self.libraries / "ossl-modules")}


def unpacked(suite: str, *packages: str) -> Tree:
    """Give a tree with these packages and all that they need, fetched once; MissingError where it cannot be had."""
    folder = CACHE / f"{suite}-{'-'.join(packages)}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with alone(CACHE / f"{folder.name}.lock"):
        if not folder.exists():
            new = folder.with_suffix(".new")
            shutil.rmtree(new, ignore_errors=True)
            fetch(suite, packages, new)
            new.rename(folder)
    return Tree(folder)


@contextlib.contextmanager
def alone(place: Path) -> Iterator[None]:
    """Let one process in at a time; the lock goes with the process, however it ends."""
    with place.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def fetch(suite: str, packages: tuple[str, ...], root: Path) -> None:
    """Download and unpack; what went wrong is told in words."""
    downloads = root.with_suffix(".downloads")
    shutil.rmtree(downloads, ignore_errors=True)
    try:
        apt = resolver(suite, downloads)
        run(*apt, "update")
        run(*apt, "install", "--download-only", "--yes", *packages)
        merge(sorted((downloads / "archives").glob("*.deb")), root)
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", None) or b""
        told = said.decode(errors="replace").strip() or error
        raise MissingError(f"{', '.join(packages)} of Debian {suite} cannot be had: {told}") from error
    finally:
        shutil.rmtree(downloads, ignore_errors=True)


def resolver(suite: str, folder: Path) -> list[str]:
    """Give an apt-get that knows one suite only, and a machine on which nothing is installed."""
    for name in ("lists/partial", "archives/partial"):
        (folder / name).mkdir(parents=True)
    (folder / "status").touch()
    (folder / "sources.list").write_text(f"deb [signed-by={KEYRING}] {mirror()} {suite} main\n")
    options = {
        "Dir::State::Lists": folder / "lists", "Dir::State::Status": folder / "status",
        "Dir::Cache::Archives": folder / "archives", "Dir::Cache::pkgcache": "", "Dir::Cache::srcpkgcache": "",
        "Dir::Etc::SourceList": folder / "sources.list", "Dir::Etc::SourceParts": "/dev/null",
        "APT::Install-Recommends": "false", "APT::Sandbox::User": "root" if os.geteuid() == 0 else "_apt",
        "Acquire::Check-Valid-Until": "false", "Acquire::Languages": "none", "Acquire::Retries": "3",
        "APT::Update::Error-Mode": "any",
    }  # fmt: skip
    return ["apt-get", "--quiet=2", *(f"--option={name}={value}" for name, value in options.items())]


def mirror() -> str:
    """Give the Debian mirror that the machine's own apt uses."""
    if not KEYRING.exists():
        raise MissingError("packages of Debian cannot be verified: apt-get install debian-archive-keyring")
    known = run("apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages").split()
    for address in known:
        if urlsplit(address).path.rstrip("/").endswith("/debian"):
            return address
    raise MissingError("this machine's apt knows no Debian mirror")


def merge(packages: list[Path], root: Path) -> None:
    """Unpack packages into one tree, its folders merged as Debian does; no script of theirs runs."""
    for name in ("bin", "sbin", "lib", "lib64"):
        (root / "usr" / name).mkdir(parents=True)
        (root / name).symlink_to(f"usr/{name}")
    left_out = [f"--exclude=./usr/share/{name}" for name in ("doc", "man", "locale")]
    unpack = [
        "tar",
        "--extract",
        "--directory",
        str(root),
        "--keep-directory-symlink",
        "--no-same-owner",
        *left_out,
    ]
    for package in packages:
        with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE) as files:
            subprocess.run(unpack, stdin=files.stdout, check=True, capture_output=True, timeout=SECONDS)
        if files.returncode:
            raise subprocess.CalledProcessError(files.returncode, f"dpkg-deb {package.name}")


def run(*words: str) -> str:
    """Run a program with a bound on its time and give what it prints."""
    return subprocess.run(words, check=True, capture_output=True, text=False, timeout=SECONDS).stdout.decode()
