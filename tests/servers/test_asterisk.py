"""The tests' own Asterisk: it is ours alone, and it ends with us."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from pathlib import Path

from tests.eventually import eventually
from tests.servers import asterisk as asterisk_server
from tests.servers.asterisk import Asterisk
from tests.servers.phone import Phone

KILLED = """
import signal
from tests.servers.asterisk import running
with running() as server:
    print(server.process_id, server.folder, flush=True)
    signal.pause()
"""


async def test_two_telephones_hear_each_other(asterisk: Asterisk) -> None:
    trunk = await Phone.open("trunk", asterisk.sip, asterisk.trunk)
    anna = await Phone.open("101", asterisk.sip, hertz=600)
    assert await anna.register() == 200
    outside = await trunk.call("+46846500401", user="+46701740605")
    inside = await anna.rings()
    inside.answer()
    await outside.is_answered()
    await eventually(lambda: outside.media.received > 5 and inside.media.received > 5)
    outside.hang_up()
    await inside.is_over()
    anna.close()
    trunk.close()
    await asyncio.sleep(0)  # the loop lets go of the socket


def test_two_servers_stand_side_by_side(asterisk: Asterisk) -> None:
    with asterisk_server.running() as other:
        assert other.ami_port != asterisk.ami_port
        assert "Asterisk" in other.tell("core show version")


def test_it_ends_when_the_tests_are_killed(asterisk: Asterisk) -> None:
    assert asterisk.process_id  # it can be had
    with subprocess.Popen([sys.executable, "-c", KILLED], stdout=subprocess.PIPE) as tests:
        assert tests.stdout is not None
        number, folder = tests.stdout.readline().decode().split()
        server = Path("/proc", number)
        assert server.exists()
        tests.kill()
    asyncio.run(eventually(lambda: not server.exists(), 30))
    shutil.rmtree(folder, ignore_errors=True)
