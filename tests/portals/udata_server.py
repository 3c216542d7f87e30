"""Run the real udata (data.gouv.fr's software) on an in-memory store, on loopback, for tests.

Runs in an environment of its own, and keeps uploaded files in the folder that it is given. Prints one JSON
line when ready ({"url", "key", "stranger", "organization"}), then serves until its standard input ends.
POST /_control/NAME, with JSON in and out, calls a method of Controls: what the tests do behind its back.
"""

import json
import os
import socket
import sys
import threading
from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import count

os.environ["UDATA_SETTINGS"] = "/nonexistent"  # else udata would read ./udata.cfg

import mongomock
from flask import jsonify, request
from flask_restx import marshal
from udata.app import create_app, standalone
from udata.core.api_token.models import ApiToken
from udata.core.dataset import api
from udata.core.dataset.api_fields import dataset_fields
from udata.harvest import actions
from udata.harvest.models import HarvestJob, HarvestSource
from udata.models import (
    ContactPoint,
    Dataset,
    GeoLevel,
    GeoZone,
    License,
    Member,
    Organization,
    User,
)
from udata.settings import Defaults, Testing
from werkzeug.serving import make_server

# As data.gouv.fr's own /api/1/datasets/licenses/ has them.
LICENSES = {
    "lov2": (
        "Licence Ouverte / Open Licence version 2.0",
        "https://www.etalab.gouv.fr/licence-ouverte-open-licence",
    ),
    "notspecified": ("License Not Specified", None),
}


class Clock(datetime):
    """Each time asked a second later: udata refuses a file twice in one second, and no test waits for it."""

    ticks = count()

    @classmethod
    def now(cls, tz=None):
        return datetime.now(tz) + timedelta(seconds=next(cls.ticks))


class Controls:
    """What the tests see and do behind udata's back; its own requests are never failed nor written down."""

    def __init__(self):
        self.log, self.failures = [], []

    def reset(self):
        """No dataset, contact, failure nor request."""
        for each in (*Dataset.objects, *ContactPoint.objects):
            each.delete()
        self.failures.clear()
        self.log.clear()

    def requests(self):
        """The requests, oldest first: {"method", "path"}."""
        return self.log

    def forget(self):
        self.log.clear()

    def fail(self, **failure):
        """The next `count` requests of that method whose path holds `path` get that answer.

        A status 0 cuts the connection, None leaves udata's answer; udata does the work first when `after`;
        `lost` tells the bytes that an uploaded file loses on the way; `skip` requests go well first.
        """
        told = {"status": 500, "count": 1, "method": "", "path": "", "after": False, "lost": 0}
        told |= {"skip": 0}
        answer = {
            "headers": {"Content-Type": "application/json"},
            "body": '{"message": "failure on purpose"}',
        }
        self.failures.append(told | answer | failure)

    def failure(self, method, path):
        """The first failure, if any, that this request is to meet."""
        for each in self.failures:
            if each["count"] and each["method"] in ("", method) and each["path"] in path:
                if each["skip"]:
                    each["skip"] -= 1
                    continue
                each["count"] -= 1
                return each
        return None

    def datasets(self):
        """Those that are not deleted, as udata's API shows them, private too."""
        return [marshal(each, dataset_fields) for each in Dataset.objects(deleted=None)]

    def harvest(self, url, organization):
        """A DCAT harvest, run now: the errors, then the datasets."""
        source = HarvestSource(name=url, url=url, backend="dcat", organization=organization).save()
        actions.run(source)
        job = HarvestJob.objects(source=source).first()
        errors = [error.message for each in (job, *job.items) for error in each.errors]
        return errors, [marshal(each.dataset, dataset_fields) for each in job.items]


class Watch:
    """udata's WSGI application, its requests written down, and failing where it was told to."""

    def __init__(self, app, controls):
        self.app, self.controls = app, controls

    def __call__(self, environ, start_response):
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        if path.startswith("/_control/"):
            return self.app(environ, start_response)
        self.controls.log.append({"method": method, "path": path})
        sent = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        answer, body = self.answer(environ, sent, self.controls.failure(method, path))
        start_response(*answer)
        return [body]

    def answer(self, environ, sent, failure):
        if not failure:
            return self.work(environ, sent)
        if failure["lost"]:
            end = sent.rindex(b"\r\n--", 0, len(sent) - 4)
            sent = sent[: end - failure["lost"]] + sent[end:]
        done = self.work(environ, sent) if failure["status"] is None or failure["after"] else None
        if failure["status"] == 0:
            raise ConnectionError("cut on purpose")
        if failure["status"] is None:
            return done
        return [f"{failure['status']} Failure", list(failure["headers"].items())], failure[
            "body"
        ].encode()

    def work(self, environ, sent):
        environ |= {"wsgi.input": BytesIO(sent), "CONTENT_LENGTH": str(len(sent)) if sent else ""}
        answer = []
        body = b"".join(self.app(environ, lambda *args: answer.extend(args[:2])))
        return answer, body


def settings(port, folder):
    store = {"host": "mongodb://localhost:27017/udata", "mongo_client_class": mongomock.MongoClient}
    options = {
        "SERVER_NAME": f"127.0.0.1:{port}",
        "PREFERRED_URL_SCHEME": "http",
        "SECRET_KEY": "test",
        "API_TOKEN_SECRET": "test",
        "MONGODB_SETTINGS": {**store, "uuidRepresentation": "standard"},
        "FS_ROOT": folder,
        "URLS_ALLOW_PRIVATE": True,
        "HARVESTER_BACKENDS": ["dcat"],
    }
    return type("Settings", (Testing, Defaults), options)


def user(name):
    given = {
        "first_name": name,
        "last_name": "Test",
        "fs_uniquifier": name,
        "confirmed_at": datetime.now(UTC),
    }
    return User(email=f"{name}@example.org", active=True, **given).save()


def seed():
    for name, (title, url) in LICENSES.items():
        License(id=name, title=title, url=url, active=True).save()
    GeoLevel(id="country", name="Country", admin_level=20).save()  # makes the granularity valid
    GeoZone(id="country:fr", slug="france", name="France", code="fr", level="country").save()
    admin, other = user("admin"), user("other")
    members = [Member(user=admin, role="admin")]
    organization = Organization(
        name="Organisation de test", description="Pour les tests.", members=members
    ).save()
    key, stranger = (ApiToken.generate(each, name="tests")[1] for each in (admin, other))
    return {"key": key, "stranger": stranger, "organization": str(organization.id)}


def main(folder):
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    app = standalone(create_app(settings(port, folder)))
    api.datetime = Clock
    controls = Controls()

    @app.extensions["csrf"].exempt
    @app.post("/_control/<name>")
    def control(name):
        return jsonify(getattr(controls, name)(**request.json))

    with app.app_context():
        seeded = seed()
    server = make_server("127.0.0.1", port, Watch(app, controls), fd=listener.fileno())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps({"url": f"http://127.0.0.1:{port}"} | seeded), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1])
