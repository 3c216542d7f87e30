"""The lookup site: how heavy it is, how soon it answers a key press, how fast it is built."""

from __future__ import annotations

import functools
import http.server
import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import trees
from harness import Case, Failed, Figure

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
from beneficiaires import publication, website  # noqa: E402

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
]
FLAGS += ["--disable-sync", "--no-first-run"]
TRIES = 9
MANY = 10_000
STUB = f'{{"files": [{{"name": "{publication.DATASET}", "for": ""}}]}}'
# From the key press to the result laid out: what has to be done before the browser can paint it.
WATCH = """() => {
    const field = document.getElementById("q");
    const place = document.getElementById("resultats");
    let pressed = 0;
    window.waits = [];
    field.addEventListener("keydown", () => { pressed = performance.now(); }, true);
    field.addEventListener("input", () => {
        if (place.firstElementChild) place.firstElementChild.getBoundingClientRect();
        waits.push(performance.now() - pressed);
    });
}"""


def cases(workspace: Path) -> Iterable[Case | Figure]:
    """The real site in a copy of the checkout, and the home page of an invented list."""
    copy = trees.checkout(workspace / "project", ROOT)
    run(["make", "-s", "site"], copy)
    home = [copy / "dist/site" / name for name in ("index.html", "style.css", "script.js", "favicon.svg")]
    yield Figure("home page with its style, script and icon", sum(map(size, home)) / 1000, "kB", 60.0)
    waited = wait(copy / "dist/site", "ministere agriculture")
    yield Figure("a key press answered, real list", waited, "ms", 16.7)
    waited = wait(many(workspace), "etablissement 042")
    yield Figure(f"a key press answered, {MANY:,} bodies", waited, "ms", 50.0)
    yield built(workspace, copy)


def size(path: Path) -> int:
    return path.stat().st_size


def run(command: Sequence[str], folder: Path) -> None:
    """Raises Failed with what the command said."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(
            f"{' '.join(command)}: exit {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        )


def wait(site: Path, query: str) -> float:
    """Milliseconds from a key press to the result laid out, for the slowest letter of the query.

    Each letter counts by the median of its tries. Raises Failed.
    """
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    if chromium is None:
        raise Failed("chromium is missing: apt-get install chromium")
    waits = []
    with served(site) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        tab = browser.new_page()
        tab.goto(address, timeout=120_000)
        tab.evaluate(WATCH)
        for _ in range(TRIES):
            tab.locator("#q").fill("")
            tab.evaluate("waits.length = 0")
            tab.locator("#q").press_sequentially(query)
            waits.append(tab.evaluate("waits"))
        browser.close()
    return max(median(letter) for letter in zip(*waits, strict=True))


@contextmanager
def served(site: Path) -> Iterator[str]:
    """The address of a folder on this machine."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


def many(workspace: Path) -> Path:
    """The home page of 10,000 bodies in two contracts: the other pages would only take time to write."""
    bodies, trees.BODIES = trees.BODIES, MANY
    root = trees.grow(workspace / "many", ROOT, 2 * MANY)
    trees.BODIES = bodies
    shutil.copy2(ROOT / publication.FILE, root / publication.FILE)
    dist = root / "dist"
    dist.mkdir()
    empty = {publication.INDEX: STUB, publication.SUMS: "", publication.DATASET: "{}", publication.FEED: ""}
    for name, text in empty.items():
        (dist / name).write_text(text, encoding="utf-8")
    site = website.read(root, dist)
    templates = ROOT / website.TEMPLATES
    outputs = website.render(website.environment(templates), website.pages(site)[:1])
    outputs |= {path.name: path.read_bytes() for path in templates.iterdir() if path.suffix != ".html"}
    for name, data in outputs.items():
        (dist / name).write_bytes(data)
    return dist


def built(workspace: Path, copy: Path) -> Case:
    """`make site` on a distribution that is there, and a bare loop over the same pages."""
    pages = website.pages(website.read(copy, copy / "dist"))
    first = pages[0].context
    common = [key for key, value in first.items() if all(page.context.get(key) is value for page in pages)]
    data = {
        "shared": plain({key: first[key] for key in common}),
        "pages": [
            {
                "template": page.template,
                "path": page.path,
                "own": plain({key: value for key, value in page.context.items() if key not in common}),
            }
            for page in pages
        ],
    }
    file = workspace / "pages.json"
    file.write_text(json.dumps(data), encoding="utf-8")
    out = workspace / "bare"
    peer = [sys.executable, str(ROOT / "bench/peers/site.py"), str(file), str(copy / "site"), str(out)]
    run(peer, workspace)
    for page in pages:
        if (out / page.path).read_bytes() != (copy / "dist/site" / page.path).read_bytes():
            raise Failed(f"{page.path}: the bare loop renders something else")
    fresh = [copy / "dist/site", out]
    return Case("make site, and a bare Jinja2 loop", ["make", "-s", "site"], peer, 2.0, copy, fresh)


def plain(value: Any) -> Any:
    """A value as JSON has it, the properties of a record among its fields."""
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        kind = type(value)
        names = [*value._fields, *(name for name in vars(kind) if isinstance(vars(kind)[name], property))]
        return {name: plain(getattr(value, name)) for name in names}
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value if isinstance(value, str | int | float | None) else str(value)
