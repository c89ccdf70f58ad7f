"""Starting a browser and hosts, for tests and for pictures."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, sync_playwright
from tests.browser.visiting import Host

HOSTS: Final = {"django": "django_host.py", "flask": "flask_host.py"}
ARGUMENTS: Final = [
    *("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


def found() -> str | None:
    """Return where Chromium is; None if it is nowhere."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


@contextmanager
def browsing(executable: str) -> Iterator[Browser]:
    """Give a browser."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        try:
            yield launched
        finally:
            launched.close()


@contextmanager
def hosting(framework: str, folder: Path) -> Iterator[Host]:
    """Give an application that serves the portal; it keeps its files in *folder*, and ends with this process."""
    command = [sys.executable, str(Path(__file__).with_name(HOSTS[framework])), str(folder)]
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        assert process.stdout is not None
        told = process.stdout.readline()
        assert told, (folder / "log").read_text()
        try:
            yield Host(framework, json.loads(told))
        finally:
            process.terminate()
