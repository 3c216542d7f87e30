"""The portal harvests the catalogue that the official shapes accept, with the quality of 1."""

import json
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from helpers import run_command

pytestmark = [pytest.mark.programs, pytest.mark.xdist_group("udata")]


def test_the_portal_harvests_every_file_of_the_catalogue(site, tmp_path):
    distribution = tmp_path / "dist"
    assert run_command("build_dist", "--out", distribution).status == 0
    serve = partial(SimpleHTTPRequestHandler, directory=distribution)
    with ThreadingHTTPServer(("127.0.0.1", 0), serve) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        address = f"http://127.0.0.1:{server.server_port}/catalog.jsonld"
        errors, datasets = site.harvest(url=address, organization=site.organization)
        server.shutdown()

    assert errors == []
    (dataset,) = datasets
    index = json.loads((distribution / "index.json").read_bytes())
    assert (dataset["title"], dataset["description"]) == (index["title"], index["description"])
    assert (dataset["license"], dataset["frequency"]) == ("lov2", "irregular")
    assert dataset["quality"]["score"] == 1.0
    resources = {resource["title"]: resource for resource in dataset["resources"]}
    files = {file["title"]: file for file in index["files"] if file["type"] == "main"}
    assert resources.keys() == files.keys()
    for title, file in files.items():
        resource = resources[title]
        described = (resource["format"], resource["mime"], resource["filesize"])
        assert described == (file["format"], file["mediatype"], file["size"])
        schema = resource["schema"]
        url = None if schema is None else schema["url"]
        assert url == (None if file["schema"] is None else f"{index['base']}{file['schema']}")
