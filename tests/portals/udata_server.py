"""Run the real udata, the software of data.gouv.fr, on loopback and in memory, for the tests.

It runs in an environment of its own, and keeps uploaded files in the folder that it is given. It
prints one line of JSON when it is ready ("url", "key", "stranger", "organization"), then serves
until its standard input ends. POST /_control/NAME, with JSON in and out, calls a method of Controls.
"""

import itertools
import json
import os
import socket
import sys
import threading
from datetime import UTC, datetime, timedelta
from io import BytesIO

os.environ["UDATA_SETTINGS"] = "/nonexistent"  # or udata would read ./udata.cfg

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

# As https://www.data.gouv.fr/api/1/datasets/licenses/ has them.
LICENCES = {
    "lov2": (
        "Licence Ouverte / Open Licence version 2.0",
        "https://www.etalab.gouv.fr/licence-ouverte-open-licence",
    ),
    "notspecified": ("License Not Specified", None),
}

FAILURE = {
    "method": "",
    "path": "",
    "status": 500,
    "headers": {"Content-Type": "application/json"},
    "body": '{"message": "failure on purpose"}',
    "count": 1,
    "skip": 0,
    "lost": 0,
    "after": False,
}
"""A failure, as Controls.fail describes it, where a test says nothing else."""


class Clock(datetime):
    """A clock that is a second later at each look.

    udata refuses a file twice in one second, and no test waits for it.
    """

    look_numbers = itertools.count()

    @classmethod
    def now(cls, tz=None):
        return datetime.now(tz) + timedelta(seconds=next(cls.look_numbers))


class Controls:
    """What the tests do behind the back of udata. Their own requests never fail nor are logged."""

    def __init__(self):
        self.log = []
        self.failures = []

    def reset(self):
        """Remove every dataset, contact, failure and request."""
        for document in [*Dataset.objects, *ContactPoint.objects]:
            document.delete()
        self.failures.clear()
        self.log.clear()

    def requests(self):
        """Return the requests, oldest first: {"method", "path"}."""
        return self.log

    def forget(self):
        """Forget the requests."""
        self.log.clear()

    def fail(self, **failure):
        """Make some requests fail: `count` of them, after `skip` that go well.

        They are those of `method` whose path holds `path`. `status`, `headers` and `body` are their
        answer; a status of 0 cuts the connection, and None leaves the answer of udata. With `after`
        udata has done the work. `lost` is how many bytes an uploaded file loses on the way.
        """
        self.failures.append({**FAILURE, **failure})

    def find_failure(self, method, path):
        """Return the failure that a request meets, or None."""
        for failure in self.failures:
            is_met = failure["method"] in ("", method) and failure["path"] in path
            if not is_met or failure["count"] == 0:
                continue
            if failure["skip"] > 0:
                failure["skip"] -= 1
                continue
            failure["count"] -= 1
            return failure
        return None

    def datasets(self):
        """Return the datasets that are not deleted as the API shows them, private ones too."""
        return [marshal(dataset, dataset_fields) for dataset in Dataset.objects(deleted=None)]

    def harvest(self, url, organization):
        """Harvest a DCAT catalogue now. Return the errors and the datasets."""
        source = HarvestSource(name=url, url=url, backend="dcat", organization=organization)
        source.save()
        actions.run(source)
        job = HarvestJob.objects(source=source).first()
        errors = [error.message for error in job.errors]
        datasets = []
        for item in job.items:
            errors += [error.message for error in item.errors]
            datasets.append(marshal(item.dataset, dataset_fields))
        return errors, datasets


class FailingApplication:
    """The WSGI application of udata, which logs its requests and fails where it should."""

    def __init__(self, application, controls):
        self.application = application
        self.controls = controls

    def __call__(self, environ, start_response):
        method = environ["REQUEST_METHOD"]
        path = environ["PATH_INFO"]
        if path.startswith("/_control/"):
            return self.application(environ, start_response)
        self.controls.log.append({"method": method, "path": path})
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        failure = self.controls.find_failure(method, path)
        if failure is None:
            status, headers, answer = self.call_udata(environ, body)
        else:
            status, headers, answer = self.fail(environ, body, failure)
        start_response(status, headers)
        return [answer]

    def fail(self, environ, body, failure):
        """Return the status, headers and body with which a request fails."""
        if failure["lost"] > 0:
            body = shorten_upload(body, failure["lost"])
        if failure["status"] is None:
            return self.call_udata(environ, body)
        if failure["after"]:
            self.call_udata(environ, body)
        if failure["status"] == 0:
            raise ConnectionError("cut on purpose")
        headers = list(failure["headers"].items())
        return f"{failure['status']} Failure", headers, failure["body"].encode()

    def call_udata(self, environ, body):
        """Return the status, headers and body of the answer of udata."""
        environ["wsgi.input"] = BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body)) if body else ""
        start = []

        def start_response(status, headers, exc_info=None):
            start[:] = [status, headers]

        answer = b"".join(self.application(environ, start_response))
        status, headers = start
        return status, headers, answer


def shorten_upload(body, lost):
    """Return a multipart body whose last part has lost its last bytes."""
    end = body.rindex(b"\r\n--", 0, len(body) - 4)
    return body[: end - lost] + body[end:]


def make_settings(port, folder):
    """Return the settings of udata."""

    class Settings(Testing, Defaults):
        SERVER_NAME = f"127.0.0.1:{port}"
        PREFERRED_URL_SCHEME = "http"
        SECRET_KEY = "test"
        API_TOKEN_SECRET = "test"
        MONGODB_SETTINGS = {  # noqa: RUF012
            "host": "mongodb://localhost:27017/udata",
            "mongo_client_class": mongomock.MongoClient,
            "uuidRepresentation": "standard",
        }
        FS_ROOT = folder
        URLS_ALLOW_PRIVATE = True
        HARVESTER_BACKENDS = ("dcat",)

    return Settings


def make_user(name):
    """Return a new user."""
    user = User(
        email=f"{name}@example.org",
        first_name=name,
        last_name="Test",
        fs_uniquifier=name,
        active=True,
        confirmed_at=datetime.now(UTC),
    )
    return user.save()


def make_key(user):
    """Return a new key of a user."""
    _, key = ApiToken.generate(user, name="tests")
    return key


def fill_store():
    """Store what a portal has from the start. Return the keys and the organisation."""
    for name, (title, url) in LICENCES.items():
        License(id=name, title=title, url=url, active=True).save()
    # Without its level, udata refuses the granularity.
    GeoLevel(id="country", name="Country", admin_level=20).save()
    GeoZone(id="country:fr", slug="france", name="France", code="fr", level="country").save()
    member = make_user("admin")
    stranger = make_user("stranger")
    organization = Organization(
        name="Organisation de test",
        description="Pour les tests.",
        members=[Member(user=member, role="admin")],
    )
    organization.save()
    return {
        "key": make_key(member),
        "stranger": make_key(stranger),
        "organization": str(organization.id),
    }


def main(folder):
    """Serve until the standard input ends."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    app = standalone(create_app(make_settings(port, folder)))
    api.datetime = Clock
    controls = Controls()

    @app.extensions["csrf"].exempt
    @app.post("/_control/<name>")
    def call_control(name):
        return jsonify(getattr(controls, name)(**request.json))

    with app.app_context():
        identifiers = fill_store()
    application = FailingApplication(app, controls)
    server = make_server("127.0.0.1", port, application, fd=listener.fileno())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps({"url": f"http://127.0.0.1:{port}", **identifiers}), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1])
