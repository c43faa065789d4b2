"""A tablet at the counter in a Chromium of its own, and a citizen at it."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from playwright.sync_api import BrowserContext, Page, sync_playwright
from werkzeug.serving import make_server

from tests.journeys.browsing import ARGUMENTS, CHROMIUM

SEND = "Tôi đồng ý và gửi"


class Line:
    """The network between tablet and server. Cut, nobody listens at the address: a browser that starts its worker
    before it is told to be offline gets nothing through either."""

    def __init__(self, app: Flask) -> None:
        self._app, self._port = app, 0
        self.mend()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def mend(self) -> None:
        self._server = make_server("127.0.0.1", self._port, self._app, threaded=True)
        self._port = self._server.port
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def cut(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class Counter:
    """A tablet whose browser keeps its folder: it can be shut and opened again."""

    def __init__(self, line: Line, folder: Path) -> None:
        self.line, self.site, self.folder = line, line.address, folder

    @contextmanager
    def switched_on(self, *, width: int = 768) -> Iterator[Page]:
        with sync_playwright() as playwright:
            context: BrowserContext = playwright.chromium.launch_persistent_context(
                self.folder, executable_path=CHROMIUM, args=ARGUMENTS, viewport={"width": width, "height": 1024}
            )
            yield context.pages[0]
            context.close()

    def cut_off(self, page: Page) -> None:
        page.context.set_offline(True)
        self.line.cut()

    def connect(self, page: Page) -> None:
        self.line.mend()
        page.context.set_offline(False)

    def join(self, page: Page, link: str) -> None:
        page.goto(f"{self.site}/k/join/{link}")
        page.get_by_role("button", name="Dùng máy này").click()
        page.get_by_role("button", name="Bắt đầu").wait_for()
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")

    def pull_the_battery(self) -> None:
        """End the browser where it stands; nothing is closed or written first."""
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and str(self.folder).encode() in _command(entry):
                os.kill(int(entry.name), signal.SIGKILL)


def _command(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes()
    except OSError:  # it has ended meanwhile
        return b""


def answer(page: Page, word: str = "Hài lòng") -> str:
    """A whole answer; returns its receipt code."""
    page.get_by_role("button", name="Bắt đầu").click()
    for card in page.get_by_label(word, exact=True).all():
        card.check()
    page.get_by_role("button", name=SEND).click()
    page.get_by_role("heading", name="Cảm ơn Ông/Bà").wait_for()
    code = page.inner_text("#code")
    page.get_by_role("button", name="Xong").click()
    return code


def until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 45
    while not is_so():
        assert time.monotonic() < end, "not within 45 s"
        time.sleep(0.1)


def waiting(page: Page) -> str:
    return page.inner_text("#queued")
