"""Run the real udata (data.gouv.fr's software) on an in-memory store, on loopback, for tests.

Runs in an environment of its own, which must not hold datagouv-client. Prints one JSON line when
ready ({"url", "pid", "token", "other_token", "organization"}), then serves until SIGTERM, SIGINT
or the end of the thread that started it, and leaves nothing behind. Uploaded files are served at
their own address. udata_controls.py adds what the tests do behind udata's back.
"""

import atexit
import contextlib
import ctypes
import json
import logging
import os
import shutil
import signal
import socket
import sys
import tempfile
from datetime import UTC, datetime

os.environ["UDATA_SETTINGS"] = "/nonexistent"  # else udata would read ./udata.cfg

import mongomock
from udata.app import create_app, standalone
from udata.settings import Defaults, Testing
from udata_controls import Watch, add_controls
from werkzeug.serving import make_server

SITE = "https://www.etalab.gouv.fr"
# As data.gouv.fr's own /api/1/datasets/licenses/ has them.
LICENSES = [
    {
        "id": "lov2",
        "title": "Licence Ouverte / Open Licence version 2.0",
        "url": f"{SITE}/licence-ouverte-open-licence",
        "alternate_titles": ["Licence Ouverte v2.0", "Open Licence v2.0", "etalab-2.0"],
        "alternate_urls": [f"{SITE}/wp-content/uploads/2017/04/ETALAB-Licence-Ouverte-v2.0.pdf"],
    },
    {
        "id": "fr-lo",
        "title": "Licence Ouverte / Open Licence",
        "url": f"{SITE}/wp-content/uploads/2014/05/Licence_Ouverte.pdf",
    },
    {"id": "notspecified", "title": "License Not Specified"},
]
PR_SET_PDEATHSIG = 1


def settings(port, folder):
    options = {
        "SERVER_NAME": f"127.0.0.1:{port}",
        "PREFERRED_URL_SCHEME": "http",
        "SECRET_KEY": "test",
        "API_TOKEN_SECRET": "test",
        "MONGODB_SETTINGS": {
            "host": "mongodb://localhost:27017/udata",
            "mongo_client_class": mongomock.MongoClient,
            "uuidRepresentation": "standard",
        },
        "FS_ROOT": folder,
        "URLS_ALLOW_PRIVATE": True,
        "HARVESTER_BACKENDS": ["dcat"],
    }
    return type("Settings", (Testing, Defaults), options)


def seed():
    from udata.core.api_token.models import ApiToken
    from udata.models import GeoLevel, GeoZone, License, Member, Organization, User

    for fields in LICENSES:
        License(active=True, **fields).save()
    GeoLevel(id="country", name="Country", admin_level=20).save()  # makes the granularity valid
    GeoZone(id="country:fr", slug="france", name="France", code="fr", level="country").save()
    admin, other = (
        User(
            email=f"{name}@example.org",
            first_name=name,
            last_name="Test",
            active=True,
            fs_uniquifier=name,
            confirmed_at=datetime.now(UTC),
        ).save()
        for name in ("admin", "other")
    )
    members = [Member(user=admin, role="admin")]
    organization = Organization(name="Organisation de test", description="Pour les tests.", members=members)
    organization.save()
    token, other_token = (ApiToken.generate(user, name="tests")[1] for user in (admin, other))
    return {"token": token, "other_token": other_token, "organization": str(organization.id)}


def stop(*_):
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)  # a second one must not interrupt the clean-up
    sys.exit(0)


def main():
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    with contextlib.suppress(AttributeError):  # Linux alone has it
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    folder = tempfile.mkdtemp(prefix="udata-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    app = standalone(create_app(settings(port, folder)))
    app.logger.setLevel(logging.ERROR)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    watch = Watch(app)
    with app.app_context():
        seeded = seed()
        add_controls(app, seeded["organization"], watch)
    server = make_server("127.0.0.1", port, watch, fd=listener.fileno())
    print(json.dumps({"url": f"http://127.0.0.1:{port}", "pid": os.getpid()} | seeded), flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
