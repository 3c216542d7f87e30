"""The real udata on this machine, started for a run of the tests, as they see and steer it."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from helpers import report_missing

FOLDER = Path(__file__).resolve().parent
PYTHON = FOLDER.parent.parent / ".venv-udata/bin/python"

DATASET_FIELDS = (
    "title",
    "description",
    "license",
    "frequency",
    "tags",
    "spatial",
    "temporal_coverage",
    "private",
    "extras",
)
RESOURCE_FIELDS = (
    "title",
    "description",
    "type",
    "format",
    "mime",
    "filesize",
    "checksum",
    "extras",
    "schema",
)


class Site:
    """A udata that runs, with one organisation, the key of a member and that of a stranger.

    Its other methods are those of Controls, in udata_server.py.
    """

    def __init__(self, url: str, key: str, stranger: str, organization: str) -> None:
        self.url = url
        self.key = key
        self.stranger = stranger
        self.organization = organization
        self._client = httpx.Client(timeout=60)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return partial(self._call_control, name)

    def _call_control(self, name: str, **arguments: Any) -> Any:
        """Call a method of Controls. Return its result."""
        return self._send("POST", f"_control/{name}", json=arguments)

    def api(self, method: str, path: str, **request: Any) -> Any:
        """Do what a member does by hand on the site. Return the answer."""
        return self._send(method, f"api/1/{path}", headers={"X-API-KEY": self.key}, **request)

    def _send(self, method: str, path: str, **request: Any) -> Any:
        """Send a request that succeeds. Return the JSON of its answer, None without any."""
        answer = self._client.request(method, f"{self.url}/{path}", **request)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def writes(self) -> list[dict[str, str]]:
        """Return the requests that were more than a look."""
        return [request for request in self.requests() if request["method"] not in ("GET", "HEAD")]

    def dataset(self) -> dict[str, Any]:
        """Return the only dataset."""
        (dataset,) = self.datasets()
        return dataset

    def state(self) -> list[dict[str, Any]]:
        """Return what readers see, without what each publication makes new.

        These are identifiers, dates and addresses.
        """
        states = []
        for dataset in self.datasets():
            state = pick(dataset, DATASET_FIELDS)
            state["contacts"] = [contact["email"] for contact in dataset["contact_points"]]
            state["resources"] = [
                pick(resource, RESOURCE_FIELDS) for resource in dataset["resources"]
            ]
            states.append(state)
        return states


def pick(record: Mapping[str, Any], fields: tuple[str, ...]) -> dict[str, Any]:
    """Return some fields of a record."""
    return {field: record[field] for field in fields}


@contextmanager
def start_udata(folder: Path) -> Iterator[Site]:
    """Start udata on a free port, and stop it after the block.

    The folder gets its files, and errors.log with what it writes about its own faults.
    """
    if not PYTHON.exists():
        report_missing("udata is missing: make test")
    environment = {}
    for name, value in os.environ.items():
        if not name.startswith(("PYTHON", "VIRTUAL")):
            environment[name] = value
    log = folder / "errors.log"
    with (
        log.open("w") as stderr,
        subprocess.Popen(
            [PYTHON, FOLDER / "udata_server.py", folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            env=environment,
            cwd=folder,
        ) as process,
    ):
        ready_line = process.stdout.readline()
        assert ready_line, log.read_text()
        yield Site(**json.loads(ready_line))
        process.stdin.close()
