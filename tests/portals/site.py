"""The real udata on this machine, started for a run of the tests, as they see and steer it."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from helpers import report_missing

HERE = Path(__file__).resolve().parent
ENGINE = HERE.parent.parent / ".venv-udata/bin/python"
DATASET = (
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
RESOURCE = (
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
    """A udata that runs, with one organization, a member's key and a stranger's.

    Its other methods are those of Controls, in udata_server.py.
    """

    def __init__(self, url: str, key: str, stranger: str, organization: str) -> None:
        self.url, self.key, self.stranger, self.organization = url, key, stranger, organization
        self.reference: list = []
        self._client = httpx.Client(timeout=60)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return partial(self._control, name)

    def _control(self, name: str, **given: Any) -> Any:
        return (
            self._client.post(f"{self.url}/_control/{name}", json=given).raise_for_status().json()
        )

    def writes(self) -> list[dict]:
        return [each for each in self.requests() if each["method"] not in ("GET", "HEAD")]

    def dataset(self) -> dict:
        (dataset,) = self.datasets()
        return dataset

    def api(self, method: str, path: str, **request: Any) -> Any:
        """What a member does by hand on the site."""
        address, headers = f"{self.url}/api/1/{path}", {"X-API-KEY": self.key}
        answer = self._client.request(
            method, address, headers=headers, **request
        ).raise_for_status()
        return answer.json() if answer.content else None

    def state(self) -> list:
        """What readers see, without what is new at each publication: ids, dates, addresses."""
        return [
            {
                **{key: dataset[key] for key in DATASET},
                "contacts": [each["email"] for each in dataset["contact_points"]],
                "resources": [
                    {key: each[key] for key in RESOURCE} for each in dataset["resources"]
                ],
            }
            for dataset in self.datasets()
        ]


@contextmanager
def running(folder: Path) -> Iterator[Site]:
    """A udata on a free port, which keeps its files and what it says of its own faults in that folder."""
    if not ENGINE.exists():
        report_missing("udata is missing: make test")
    ambient = {
        key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "VIRTUAL"))
    }
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    errors = folder / "errors.log"
    line = [ENGINE, HERE / "udata_server.py", folder]
    with (
        errors.open("w") as stderr,
        subprocess.Popen(line, stderr=stderr, env=ambient, cwd=folder, **pipes) as process,
    ):
        told = process.stdout.readline()
        assert told, errors.read_text()
        yield Site(**json.loads(told))
        process.stdin.close()
