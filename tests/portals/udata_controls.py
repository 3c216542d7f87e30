"""What the tests can see and do behind udata's back, over HTTP beside its API.

Controls, which no real udata has (JSON in and out, never written down nor failed on purpose):
  POST /_control/reset              no dataset, file, contact, failure nor request; every token and the
                                    extensions as at the start
  GET, DELETE /_control/requests    [{"method", "path", "status"}], oldest first; forget them
  POST, DELETE /_control/failures   see FAILURE: the next `count` requests of that method whose path
                                    holds `path` get that answer; forget them
  GET /_control/datasets            all of them as udata's API shows them, private and deleted too
  PATCH /_control/datasets/<id>     {"private": bool, "deleted": bool}, any of them
  DELETE /_control/tokens           {"token": "udata_..."}: revoked, the API answers 401 to it
  POST /_control/extensions         ["parquet"]: from now on udata takes these files too
  POST /_control/harvest            {"url": ".../catalog.jsonld"}: a DCAT harvest, run now
                                    -> {"status", "errors", "items": [{"status", "errors", "dataset"}]}
"""

import shutil
import time
from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import count
from pathlib import Path

from flask import jsonify, request

FAILURE = {
    "status": 500,  # 0: the connection is cut, None: udata's own answer
    "count": 1,
    "method": "",
    "path": "",
    "after": False,  # udata does the work first
    "headers": {},
    "body": '{"message": "failure on purpose"}',
    "delay": 0,  # seconds before the answer
    "lost": 0,  # bytes that an uploaded file loses on the way
}


class Clock(datetime):
    """Each time asked a second later: udata refuses a file twice in one second, and no test waits for it."""

    ticks = count()

    @classmethod
    def now(cls, tz=None):
        return datetime.now(tz) + timedelta(seconds=next(cls.ticks))


class Watch:
    """A WSGI application, its requests written down, and failing where it was told to."""

    def __init__(self, app):
        self.app, self.log, self.failures = app, [], []

    def __call__(self, environ, start_response):
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        if path.startswith("/_control/"):
            return self.app(environ, start_response)
        failure = next(
            (f for f in self.failures if f["count"] and f["method"] in ("", method) and f["path"] in path), None
        )
        answer, body = self.answer(environ, failure)
        self.log.append({"method": method, "path": path, "status": int(answer[0].split()[0])})
        if answer[0].startswith("0 "):
            raise ConnectionError("cut on purpose")
        start_response(*answer)
        return [body]

    def answer(self, environ, failure):
        failure = failure or {**FAILURE, "status": None}
        failure["count"] -= 1
        size = int(environ.get("CONTENT_LENGTH") or 0)
        sent = environ["wsgi.input"].read(size)
        if failure["lost"]:
            end = sent.rindex(b"\r\n--", 0, len(sent) - 4)
            sent = sent[: end - failure["lost"]] + sent[end:]
        environ |= {"wsgi.input": BytesIO(sent), "CONTENT_LENGTH": str(len(sent)) if sent else ""}
        answer, body = [], b""
        if failure["status"] is None or failure["after"]:
            body = b"".join(self.app(environ, lambda *args: answer.extend(args[:2])))
        time.sleep(failure["delay"])
        if failure["status"] is None:
            return answer, body
        headers = {"Content-Type": "application/json"} | failure["headers"]
        return [f"{failure['status']} Failure", list(headers.items())], failure["body"].encode()


def add_controls(app, organization, watch):
    def control(path, *methods):
        return lambda view: app.extensions["csrf"].exempt(app.route(f"/_control/{path}", methods=methods)(view))

    add_records(control, watch)
    add_state(control, app, watch)
    add_harvest(control, organization)


def add_records(control, watch):
    @control("<any(requests, failures):name>", "GET", "POST", "DELETE")
    def records(name):
        kept = watch.log if name == "requests" else watch.failures
        if request.method == "POST":
            kept.append(FAILURE | request.json)
        if request.method == "DELETE":
            kept.clear()
        return jsonify(kept)


def add_state(control, app, watch):
    from flask_restx import marshal
    from udata.core.api_token.models import ApiToken
    from udata.core.dataset import api
    from udata.core.dataset.api_fields import dataset_fields
    from udata.models import ContactPoint, Dataset

    api.datetime = Clock
    extensions = list(app.config["ALLOWED_RESOURCES_EXTENSIONS"])

    @control("reset", "POST")
    def reset():
        for each in (*Dataset.objects, *ContactPoint.objects):
            each.delete()
        for token in ApiToken.objects:
            token.revoked_at = None
            token.save()
        watch.log.clear()
        watch.failures.clear()
        app.config["ALLOWED_RESOURCES_EXTENSIONS"] = extensions
        shutil.rmtree(Path(app.config["FS_ROOT"]) / "resources", ignore_errors=True)
        return jsonify({})

    @control("datasets", "GET")
    def datasets():
        return jsonify([marshal(dataset, dataset_fields) for dataset in Dataset.objects])

    @control("datasets/<key>", "PATCH")
    def dataset(key):
        found = Dataset.objects.get(id=key)
        for name, value in request.json.items():
            setattr(found, name, value if name == "private" else datetime.now(UTC) if value else None)
        return jsonify(marshal(found.save(), dataset_fields))

    @control("tokens", "DELETE")
    def tokens():
        ApiToken.authenticate(request.json["token"])[0].revoke()
        return jsonify({})

    @control("extensions", "POST")
    def add_extensions():
        app.config["ALLOWED_RESOURCES_EXTENSIONS"] = extensions + request.json
        return jsonify({})


def add_harvest(control, organization):
    from flask_restx import marshal
    from udata.core.dataset.api_fields import dataset_fields
    from udata.harvest import actions
    from udata.harvest.models import HarvestJob, HarvestSource
    from udata.models import Organization

    def told(errors):
        return [error.message for error in errors]

    def item(each):
        shown = each.dataset and marshal(each.dataset, dataset_fields)
        return {"status": each.status, "errors": told(each.errors), "dataset": shown}

    @control("harvest", "POST")
    def harvest():
        url, owner = request.json["url"], Organization.objects.get(id=organization)
        source = HarvestSource(name=url, url=url, backend="dcat", organization=owner).save()
        actions.run(source)
        job = HarvestJob.objects(source=source).first()
        items = [item(each) for each in job.items]
        return jsonify({"status": job.status, "errors": told(job.errors), "items": items})
