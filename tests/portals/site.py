"""The real udata on this machine, started for a run of the tests, as they see and steer it."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

HERE = Path(__file__).resolve().parent
ENGINE = HERE.parent.parent / ".venv-udata/bin/python"
DATASET = ("title", "description", "license", "frequency", "tags", "spatial", "temporal_coverage")
RESOURCE = ("title", "description", "type", "format", "mime", "filesize", "checksum", "extras")


class Site:
    """A udata that runs, with one organization, a member's key and a stranger's."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.url, self.organization = told["url"], told["organization"]
        self.key, self.stranger = told["token"], told["other_token"]
        self._controls = httpx.Client(base_url=f"{self.url}/_control/", timeout=60)
        self._api = httpx.Client(base_url=f"{self.url}/api/1/", headers={"X-API-KEY": self.key})

    def control(self, method: str, path: str, payload: Any = None) -> Any:
        return self._controls.request(method, path, json=payload).raise_for_status().json()

    def reset(self) -> None:
        self.control("POST", "reset")

    def fail(self, **failure: Any) -> None:
        """The next requests get this answer: see udata_controls.py."""
        self.control("POST", "failures", failure)

    def mend(self) -> None:
        self.control("DELETE", "failures")

    def requests(self, *, writes: bool = False) -> list[dict]:
        log = self.control("GET", "requests")
        return [each for each in log if not writes or each["method"] not in ("GET", "HEAD")]

    def forget(self) -> None:
        self.control("DELETE", "requests")

    def datasets(self) -> list[dict]:
        """Every dataset that is not deleted."""
        return [each for each in self.control("GET", "datasets") if not each["deleted"]]

    def dataset(self) -> dict:
        (dataset,) = self.datasets()
        return dataset

    def api(self, method: str, path: str, **request: Any) -> Any:
        """What a member does by hand on the site."""
        return self._api.request(method, path, **request).raise_for_status().json()

    def add_by_hand(self, name: str, data: bytes) -> dict:
        return self.api("POST", f"datasets/{self.dataset()['id']}/upload/", files={"file": (name, data)})

    def state(self) -> list:
        """What readers see, without what is new at each publication: ids, dates, addresses."""
        return [
            {
                "contacts": [(each["name"], each["email"]) for each in dataset["contact_points"]],
                "resources": [
                    {key: each[key] for key in RESOURCE} | {"schema": (each["schema"] or {}).get("url")}
                    for each in dataset["resources"]
                ],
                **{key: dataset[key] for key in (*DATASET, "private", "extras")},
            }
            for dataset in self.datasets()
        ]


@contextmanager
def running(errors: Path) -> Iterator[Site]:
    """A udata on a free port; what it says of its own faults goes to the file `errors`."""
    if not ENGINE.exists():
        message = f"{ENGINE} is missing: make test"
        pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)
    ambient = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "VIRTUAL"))}
    command = [ENGINE, HERE / "udata_server.py"]
    with errors.open("w") as stderr:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=stderr, text=True, env=ambient, cwd=errors.parent
        )
        try:
            line = process.stdout.readline()
            assert line, errors.read_text()
            yield Site(json.loads(line))
        finally:
            process.terminate()
            process.wait(timeout=30)
            process.stdout.close()
