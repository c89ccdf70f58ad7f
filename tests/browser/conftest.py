"""A real browser, Debian's Chromium, and hosts that serve the portal to it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser
from tests.browser.acting import MODES, Somebody, acting
from tests.browser.hosting import HOSTS, browsing, found, hosting
from tests.browser.visiting import Host


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """
    The browser; without one these tests are left out, and in CI they fail.

    It is closed with each module: while it is driven, an event loop runs in this thread, in which Django and others
    refuse to be asked anything that waits.
    """
    executable = found()
    if executable is None:
        pytest.skip("no Chromium: install the package `chromium`, or say where it is in CHROMIUM")
    with browsing(executable) as launched:
        yield launched


@pytest.fixture(scope="session", params=sorted(HOSTS))
def host(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """An application that serves the portal, of each framework."""
    with hosting(request.param, tmp_path_factory.mktemp(request.param)) as found_host:
        yield found_host


@pytest.fixture(params=MODES)
def somebody(browser: Browser, host: Host, request: pytest.FixtureRequest) -> Iterator[Somebody]:
    """Whoever goes through a flow: without scripts, and with them by the keyboard alone."""
    with acting(browser, host, request.param) as found_somebody:
        yield found_somebody
