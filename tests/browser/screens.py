"""
Take a picture of every page, as it is on a desk and on a telephone, in light and in dark.

    python tests/browser/screens.py docs/screens
"""

import sys
import tempfile
from pathlib import Path
from typing import Final

if not __package__:  # run as a file: the tests' folder is found from here
    sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.browser.hosting import browsing, found, hosting
from tests.browser.pages import PAGES
from tests.browser.visiting import visiting

WIDTHS: Final = {1280: 800, 320: 640}
HEAD: Final = """# Every page

As Flask shows them at 1280 and at 320 pixels, in light and in dark; Django's are the same. The practice and its people
are invented. `make screens` takes the pictures anew.
"""
SCHEMES: Final = ("light", "dark")
QUALITY: Final = 30
PAINTED: Final = "new Promise(seen => requestAnimationFrame(() => requestAnimationFrame(seen)))"
"""Waits until the window is painted as large as it has become."""
TALLEST: Final = 2_000
"""Pixels of a picture: what comes below are more lines of the same."""


def main(folder: Path, names: list[str]) -> None:
    """Write pictures of the pages called *names*, or of all, to *folder*."""
    executable = found()
    if executable is None:
        raise SystemExit("no Chromium: install the package `chromium`, or say where it is in CHROMIUM")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place, browsing(executable) as browser, hosting("flask", Path(place)) as host:
        for name, page in PAGES.items():
            if names and name not in names:
                continue
            for scheme in SCHEMES:
                state = page.state(browser, host)
                with visiting(
                    browser, host, state, color_scheme=scheme, viewport={"width": 1280, "height": 800}
                ) as visit:
                    page.open(visit)
                    for width, height in WIDTHS.items():
                        visit.page.set_viewport_size({"width": width, "height": height})
                        # As tall as the page, so that what sticks to an edge of the window stands where it belongs.
                        tall = visit.page.evaluate("document.documentElement.scrollHeight")
                        visit.page.set_viewport_size({"width": width, "height": max(height, tall)})
                        visit.page.evaluate(PAINTED)
                        path = folder / f"{name}-{width}-{scheme}.jpg"
                        visit.page.screenshot(
                            path=path,
                            clip={"x": 0, "y": 0, "width": width, "height": min(max(height, tall), TALLEST)},
                            type="jpeg",
                            quality=QUALITY,
                        )
            print(name, flush=True)
    (folder / "index.md").write_text(gallery(), encoding="utf-8")


def gallery() -> str:
    """Return the page that shows all pictures."""
    return "\n".join([HEAD, *(shown(name) for name in PAGES)])


def shown(name: str) -> str:
    """Return the part of it that shows one page."""
    pictures = [
        f"```{{image}} {name}-{width}-{scheme}.jpg\n:alt: {name}, {width} pixels, {scheme}\n:width: {share}\n```\n"
        for width, share in ((1280, "38%"), (320, "10%"))
        for scheme in SCHEMES
    ]
    title = name.replace("-", " ").capitalize()
    return f"## {title}\n\n`{PAGES[name].path.partition('?')[0]}`\n\n{''.join(pictures)}"


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
