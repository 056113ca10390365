"""A real WordPress with our plug-in: Debian's package and PHP's own server, on a MariaDB of its own.

Form plug-ins and the shop cannot be had from Debian: `wordpress_site/stand-ins.php` calls their hooks with the shapes
that they document. Its clock ticks when a test asks, and it asks nobody outside this machine.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from zipfile import ZipFile

import aiohttp

from connectors.forms import wordpress_zip
from tests.servers.debian import MissingError, need
from tests.servers.ports import free_port
from tests.servers.unpacked import CACHE, alone

SECONDS = 180  # on a machine that does much else; alone it takes four
OURS = Path(__file__).parent / "wordpress_site"
# What has no table of its own here: nobody but this machine's own user comes to the socket, and to nothing of his.
DATABASE = ("--no-defaults", "--skip-networking", "--skip-grant-tables", "--innodb-buffer-pool-size=16M",
            "--innodb-log-file-size=4M", "--innodb-flush-log-at-trx-commit=0", "--performance-schema=OFF")  # fmt: skip
OWNER, PASSWORD = "owner", "correct horse"


class WordPress:
    """A running site. `address` is where it is, `log` holds what PHP complained of."""

    def __init__(self, folder: Path, port: int) -> None:
        """Stand for the site in this folder."""
        self.folder = folder
        self.address = f"http://127.0.0.1:{port}"
        self.log = folder / "debug.log"
        self.environment = {
            **os.environ, "SITE": self.address, "SOCKET": str(folder / "sql"), "LOG": str(self.log),
            "PHP_CLI_SERVER_WORKERS": "3",
        }  # fmt: skip

    def php(self, *words: str | Path) -> str:
        """Run PHP and give what it prints."""
        php = need("php-cli", "/usr/bin/php")
        asked = subprocess.run([php, *words], env=self.environment, check=False, capture_output=True,
                               text=True, timeout=SECONDS)  # fmt: skip
        assert asked.returncode == 0, self._words() or asked.stdout + asked.stderr
        return asked.stdout

    def run(self, code: str) -> str:
        """Run a line of PHP within the site and give what it prints."""
        host = self.address.removeprefix("http://")
        load = f"$_SERVER['HTTP_HOST'] = '{host}'; require '{self.folder}/site/wp-load.php';"
        return self.php("-r", f"{load} {code}").strip()

    def sql(self, statement: str) -> list[list[str]]:
        """Ask its database; `QUEUE` stands for the plug-in's table."""
        said = statement.replace("QUEUE", "wp_ringback_queue")
        code = (
            "$line = new mysqli('localhost', 'root', '', 'wordpress', 0, getenv('SOCKET'));"
            "$found = $line->query($argv[1]);"
            "if (is_object($found)) { echo json_encode($found->fetch_all()); } else { echo '[]'; }"
        )
        rows: list[list[str]] = json.loads(self.php("-r", code, "--", said))
        return rows

    def set_up(self, **settings: object) -> None:
        """Set the plug-in up, over what it is by itself."""
        said = json.dumps(settings)  # no quotes of PHP's among them
        self.run(
            f"update_option('ringback_settings', json_decode('{said}', true));"
            "delete_transient('ringback_cannot_call_itself');"
        )

    def tick(self) -> None:
        """Let WordPress's clock tick: what is due is sent."""
        self.run("do_action('ringback_every_minute');")

    async def submit(self, plugin: str, said: object, **headers: str) -> dict[str, float]:
        """Have a visitor submit something, and give for how many milliseconds he was held up: `page` and `after`."""
        async with (
            aiohttp.ClientSession() as visitor,
            visitor.post(f"{self.address}/?stand-in={plugin}", json=said, headers=headers) as answer,
        ):
            held: dict[str, float] = await answer.json()
            return held

    def complaints(self) -> str:
        """Give what PHP complained of in our files."""
        return "\n".join(
            line for line in self._words().splitlines() if "plugins/ringback/" in line or "Ringback" in line
        )

    def _words(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""


@contextlib.contextmanager
def running() -> Iterator[WordPress]:
    """Start a site in a folder of its own and stop it at the end; MissingError where it cannot be had."""
    folder = Path(tempfile.mkdtemp(prefix="ringback-wordpress-"))
    site = WordPress(folder, free_port())
    try:
        lay_out(folder / "site")
        with database(folder):
            site.php(OURS / "install.php", folder / "site")
            with serving(site):
                yield site
    finally:
        shutil.rmtree(folder)


def lay_out(site: Path) -> None:
    """Put WordPress there, with our plug-in as it is downloaded, and what stands in for those of others."""
    with tempfile.TemporaryDirectory(prefix="ringback-wordpress-") as unpacked:
        subprocess.run(["dpkg-deb", "--extract", package(), unpacked], check=True, timeout=SECONDS)
        shutil.move(Path(unpacked, "usr/share/wordpress"), site)
    shutil.rmtree(site / "wp-content", ignore_errors=True)
    (site / "wp-content/plugins").mkdir(parents=True)
    (site / "wp-content/mu-plugins").mkdir()
    (site / "wp-content/themes/bare").mkdir(parents=True)
    (site / "wp-config.php").unlink()
    shutil.copy(OURS / "wp-config.php", site)
    shutil.copy(OURS / "stand-ins.php", site / "wp-content/mu-plugins")
    ZipFile(io.BytesIO(wordpress_zip.packed())).extractall(site / "wp-content/plugins")


def package() -> Path:
    """Give Debian's package, fetched once; those that it needs for other things than this are left out."""
    kept = CACHE / "wordpress"
    CACHE.mkdir(parents=True, exist_ok=True)
    with alone(CACHE / "wordpress.lock"):
        if not any(kept.glob("*.deb")):
            kept.mkdir(exist_ok=True)
            subprocess.run(["apt-get", "--quiet=2", "download", "wordpress"], cwd=kept, check=False, timeout=SECONDS,
                           capture_output=True)  # fmt: skip
    found = sorted(kept.glob("*.deb"))
    if not found:
        raise MissingError("wordpress is missing: apt-get download wordpress")
    return found[-1]


@contextlib.contextmanager
def database(folder: Path) -> Iterator[None]:
    """Run a MariaDB in this folder."""
    program = need("mariadb-server-core", "/usr/sbin/mariadbd")
    need("php-mysql", "/usr/lib/php/*/mysqli.so")
    (folder / "data").mkdir()
    place = [f"--datadir={folder}/data", f"--socket={folder}/sql", f"--pid-file={folder}/pid"]
    as_root = ["--user=root"] if os.geteuid() == 0 else []
    with begun([program, *DATABASE, *as_root, *place], folder / "sql.log", os.environ) as server:
        await_it(server, folder / "sql.log", socket.AF_UNIX, str(folder / "sql"))
        yield


@contextlib.contextmanager
def serving(site: WordPress) -> Iterator[None]:
    """Serve the site."""
    port = int(site.address.rpartition(":")[2])
    words = [need("php-cli", "/usr/bin/php"), "-S", f"127.0.0.1:{port}", "-t", site.folder / "site"]
    with begun(words, site.folder / "php.log", site.environment) as server:
        await_it(server, site.folder / "php.log", socket.AF_INET, ("127.0.0.1", port))
        yield


@contextlib.contextmanager
def begun(
    words: Sequence[str | Path], log: Path, environment: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """Begin a program that ends with us, however we end."""
    with log.open("wb") as output:
        server = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *words], env=environment, stdout=output,
                                  stderr=output, start_new_session=True)  # fmt: skip
    try:
        yield server
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait(SECONDS)


def await_it(server: subprocess.Popen[bytes], log: Path, family: int, address: object) -> None:
    """Wait until it takes connections; what it said is told when it takes none."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(OSError), socket.socket(family) as line:
            line.connect(address)
            return
        time.sleep(0.02)
    raise RuntimeError(f"it did not start: {log.read_text(errors='replace')[-2000:]}")
