"""A real Asterisk on loopback, with what config/asterisk gives an admin: phones, a trunk, queues, recording."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.servers.debian import MissingError, need
from tests.servers.ports import free_port
from tests.servers.unpacked import Tree, unpacked

PBX = Path(__file__).with_name("pbx")
ADDED = Path(__file__).parents[2] / "config/asterisk"
SUITE = os.environ.get("ASTERISK_SUITE", "sid")  # bullseye has Asterisk 16
TRUNK_HOST = "127.0.0.2"
CROWD_HOST = "127.0.0.3"
SECONDS = 30


class Asterisk:
    """A server in a folder of its own. It keeps its ports and its secret over a restart."""

    def __init__(self, tree: Tree, folder: Path) -> None:
        """Choose ports and write the configuration."""
        self.folder = folder
        self.ami_port, self.tls_port = free_port(), free_port()
        self.http_port, self.https_port = free_port(), free_port()
        self.certificate = folder / "ami.crt"
        self.secret = secrets.token_hex(16)
        self.sip = ("127.0.0.1", free_udp_port("127.0.0.1"))
        self.trunk = (TRUNK_HOST, free_udp_port(TRUNK_HOST))
        self.crowd = (CROWD_HOST, free_udp_port(CROWD_HOST))
        self.recordings = folder / "spool/monitor"
        self.cel_file, self.cel_database = folder / "log/cel-custom/ringback.csv", folder / "log/cel.db"
        self.cdr_file = folder / "log/cdr-csv/Master.csv"
        self._tree = tree
        self._process: subprocess.Popen[bytes] | None = None
        self._configure()

    @property
    def process_id(self) -> int:
        """The process that runs, or ran last."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start the process; it does not listen yet. The server ends with the thread that called this."""
        run = self._tree.command("usr/sbin/asterisk", "-f", "-C", self.folder / "etc/asterisk.conf")
        with (self.folder / "log/console").open("ab") as log:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", *run], cwd=self.folder, env=self._tree.environment,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip

    def is_ready(self) -> bool:
        """Tell whether calls and actions are served; what it said is told when it has ended instead."""
        assert self._process is not None
        if self._process.poll() is not None:
            raise RuntimeError(f"Asterisk did not start: {self.words()}")
        if "fully booted" not in self.tell("core waitfullybooted"):
            return False
        if "Unable to register extension" in (self.folder / "log/messages.log").read_text(errors="replace"):
            raise RuntimeError("a number stands twice in extensions.conf")
        return True

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it, by SIGKILL as a power cut would, and wait until it has ended."""
        assert self._process is not None
        self._process.send_signal(how)
        try:
            self._process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def tell(self, line: str) -> str:
        """Give what the console prints for a line; "" when nobody answers."""
        command = self._tree.command(
            "usr/sbin/asterisk", "-C", self.folder / "etc/asterisk.conf", "-rx", line
        )
        asked = subprocess.run(
            command, env=self._tree.environment, capture_output=True, timeout=SECONDS, check=False
        )
        return asked.stdout.decode(errors="replace") if asked.returncode == 0 else ""

    def write_into_a_database(self) -> None:
        """Write down calls in a database as well, from now on."""
        self.tell("module load cel_sqlite3_custom.so")

    def cut(self, user: str) -> None:
        """Cut all lines of an AMI account, as a broken network would; MissingError: Asterisk 16 cannot."""
        if "No such command" in self.tell("core show help manager kick session"):
            raise MissingError("this Asterisk cannot cut a line")
        connected = (line.split() for line in self.tell("manager show connected").splitlines())
        for words in connected:
            if words[:1] == [user]:
                self.tell(f"manager kick session {words[4]}")

    def words(self) -> str:
        """Give the end of what it said."""
        told = (self.folder / "log").glob("*")
        return "\n".join(path.read_text(errors="replace")[-2000:] for path in told if path.is_file())

    def _configure(self) -> None:
        for name in (
            "cache",
            "lib",
            "spool/monitor",
            "spool/outgoing",
            "run",
            "log/cel-custom",
            "log/cdr-csv",
            "agi",
        ):
            (self.folder / name).mkdir(parents=True)
        subprocess.run(
            [need("openssl", "/usr/bin/openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
             "-subj", "/CN=pbx", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", self.folder / "ami.key",
             "-out", self.certificate], check=True, capture_output=True, timeout=SECONDS,
        )  # fmt: skip
        shutil.copytree(PBX, self.folder / "etc")
        shutil.copytree(ADDED, self.folder / "etc", dirs_exist_ok=True)
        values = {
            "@TREE@": self._tree.root, "@MODULES@": next((self._tree.root / "usr/lib").glob("**/asterisk/modules")),
            "@HERE@": self.folder, "@AMI_PORT@": self.ami_port, "@TLS_PORT@": self.tls_port,
            "@HTTP_PORT@": self.http_port, "@HTTPS_PORT@": self.https_port, "@SIP_PORT@": self.sip[1],
            "@TRUNK_HOST@": TRUNK_HOST, "@TRUNK_PORT@": self.trunk[1],
            "@CROWD_HOST@": CROWD_HOST, "@CROWD_PORT@": self.crowd[1],
            "@SECRET@": self.secret, "CHANGE-THIS": self.secret,
        }  # fmt: skip
        for place in (self.folder / "etc").rglob("*.conf"):
            text = place.read_text()
            for name, value in values.items():
                text = text.replace(name, str(value))
            place.write_text(text)


@contextlib.contextmanager
def running(suite: str = SUITE) -> Iterator[Asterisk]:
    """Start a server and stop it at the end, also when the tests are killed; MissingError where there is none."""
    if not shutil.which("setpriv"):
        raise MissingError("setpriv is missing: apt-get install util-linux")
    tree = unpacked(suite, "asterisk")
    sounds = tree.root / "usr/share/asterisk/sounds"
    with contextlib.suppress(FileExistsError):  # the one step of the package's own script that is needed
        (sounds / "en").symlink_to("en_US_f_Allison")
    with tempfile.TemporaryDirectory(prefix="ringback-asterisk-") as folder:
        server = Asterisk(tree, Path(folder))
        server.start()
        try:
            wait_until_ready(server)
            yield server
        finally:
            server.stop()


def wait_until_ready(server: Asterisk) -> None:
    """Wait until it serves calls; what it said is told when it does not."""
    deadline = time.monotonic() + SECONDS
    while not server.is_ready():
        if time.monotonic() > deadline:
            raise RuntimeError(f"Asterisk did not start: {server.words()}")
        time.sleep(0.05)


def free_udp_port(host: str) -> int:
    """Find a port of UDP that nobody listens at."""
    with socket.socket(type=socket.SOCK_DGRAM) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
