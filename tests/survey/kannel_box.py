"""Real Kannel from Debian's packages on loopback: bearerbox, smsbox, and fakesmsc, which plays the operator."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from urllib.error import URLError
from urllib.parse import unquote_to_bytes
from urllib.request import urlopen

FAKESMSC = Path("/usr/lib/kannel/test/fakesmsc")
BEARERBOX, SMSBOX = (shutil.which(name, path="/usr/sbin:/usr/bin") for name in ("bearerbox", "smsbox"))
MISSING = "Kannel is not installed: apt-get install kannel kannel-extras"
IS_THERE = FAKESMSC.exists() and BEARERBOX is not None and SMSBOX is not None

_CONFIG = """
group = core
admin-port = {admin}
admin-password = a
smsbox-port = {boxes}
box-allow-ip = "127.0.0.1"
log-level = 2
store-type = file
store-location = "{folder}/store"
store-dump-freq = 1
dlr-storage = internal

group = smsc
smsc = fake
smsc-id = FAKE
port = {operator}
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {sendsms}
log-level = 2
mo-recode = true
http-request-retry = 5
http-queue-delay = 1

group = sendsms-user
username = u
password = p
max-messages = 6
concatenation = true

group = sms-service
keyword = default
catch-all = true
max-messages = 0
get-url = "http://127.0.0.1:{product}/gateway/kannel/inbound/{key}?from=%p&to=%P&text=%b&id=%I"
"""
_GOT = re.compile(r"Got message \d+: <(\S+) (\S+) (text|ucs-2|udh) (.*)>")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def until(holds: Callable[[], object], seconds: float = 20.0) -> bool:
    """Wait for it; tells whether it came."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.1)
    return False


class Kannel:
    """Started and stopped piece by piece, to see what the product makes of it."""

    def __init__(self, folder: Path, key: str) -> None:
        self.folder = folder
        self.ports = {name: free_port() for name in ("admin", "boxes", "operator", "sendsms", "product")}
        self.config = folder / "kannel.conf"
        self.config.write_text(_CONFIG.format(folder=folder, key=key, **self.ports))
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports['sendsms']}/cgi-bin/sendsms"

    def start(self, *names: str) -> None:
        for name in names:
            program = {"bearerbox": BEARERBOX, "smsbox": SMSBOX}[name]
            self._run(name, str(program), str(self.config))
            port = self.ports["admin" if name == "bearerbox" else "sendsms"]
            assert until(lambda port=port: _listens(port)), f"{name} does not listen"

    def start_operator(self, *texts: str) -> None:
        """The phone network; it sends each of `texts` ("from to text words") to us, then only listens."""
        count = str(len(texts) or 0)
        words = texts or ("1 2 text unused",)
        self._run("operator", str(FAKESMSC), "-r", str(self.ports["operator"]), "-i", "0.3", "-m", count, *words)

    def _run(self, name: str, *command: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log)

    def kill(self, name: str) -> None:
        process = self.running.pop(name)
        process.kill()
        process.wait()

    def stop(self) -> None:
        for name in list(self.running):
            self.kill(name)

    def arrived(self) -> list[tuple[str, str]]:
        """What reached the operator: number and text, one entry for each part."""
        log = (self.folder / "operator.log").read_text(errors="replace")
        return [(match[2], _text(match[3], match[4])) for match in _GOT.finditer(log)]


def _text(kind: str, data: str) -> str:
    if kind == "text":
        return data
    raw = unquote_to_bytes(data.replace("+", " "))
    return raw.decode("utf-16-be", "replace") if kind == "ucs-2" else data


def _listens(port: int) -> bool:
    try:
        urlopen(f"http://127.0.0.1:{port}/", timeout=1)
    except URLError as exc:
        return not isinstance(exc.reason, ConnectionRefusedError)
    except OSError:
        return True
    return True
