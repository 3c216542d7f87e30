"""A site that runs udata, as data.gouv.fr does, through its official client.

The client raises bare exceptions, tries again after any of them, even after a write that was
done, and follows a redirection with the key: here each is a problem in one line, nothing is
written twice, and the key goes to the site alone.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import niquests
from datagouv import Client
from datagouv.api.dataset import DatasetCreator
from datagouv.api.resource import ResourceCreator
from datagouv.utils.base_object import BaseObject
from tenacity import stop_after_attempt

from .problems import Invalid

WAITS = (2, 5, 15, 30)
"""Seconds before each new try, where the site does not say."""
LONGEST_WAIT = 120
TIMEOUT = 60
_LOCAL = r"http://(127\.0\.0\.1|localhost)(:\d+)?"

for method in (
    DatasetCreator.create,
    ResourceCreator.create_static,
    BaseObject.refresh,
    BaseObject.update,
    BaseObject.delete,
):
    method.retry.stop = stop_after_attempt(1)

Json = Mapping[str, Any]


class Transient(Invalid):
    """A fault that may pass; `wait` is what the site asks for, in seconds."""

    wait: int | None = None


class Found(NamedTuple):
    """What a site has: `contacts` and `dataset` as its API tells them, `dataset` None before it is made.

    `doubles` are the ids of empty datasets that an interrupted publication made besides it.
    """

    organization: Json
    contacts: Sequence[Json]
    extensions: frozenset[str]
    dataset: Json | None
    doubles: Sequence[str] = ()


class Portal:
    """One site, spoken to with one key, or with none to read what is public."""

    def __init__(self, site: str, key: str) -> None:
        """Raises Invalid when the address or the key cannot be one."""
        if not re.fullmatch(rf"https://[\w.-]+(:\d+)?|{_LOCAL}", site):
            raise Invalid.because(site, None, "adresse de site attendue : https://… sans rien après l'hôte")
        if not re.fullmatch(r"[!-~]*", key):
            raise Invalid.because(
                "DATAGOUV_API_KEY", None, "ce n'est pas une clé : blanc ou caractère accentué"
            )
        self.site, self._key = site, key
        self._client, self._anonymous = self._open(key), self._open("")
        self._client.session.max_redirects = 0

    def _open(self, key: str) -> Client:
        client = Client("dev", key or None, verbose=False, timeout=TIMEOUT)
        client.base_url = self.site
        return client

    def find(self, organization: str, dataset: str, mark: str) -> Found:
        """What the site has of a dataset: of that id, or with `mark` among its extras. Raises Invalid.

        Without `dataset`, `organization` is the id or the slug of the one to look into.
        """
        with self._told("lecture du site"):
            return self._find(organization, dataset, mark)

    def _find(self, organization: str, dataset: str, mark: str) -> Found:
        shown = self._get(f"datasets/{dataset}/", f"jeu de données {dataset}") if dataset else None
        if shown and shown["deleted"]:
            raise self._invalid(
                f"jeu de données {dataset} : supprimé le {shown['deleted'][:10]} ; le restaurer sur le site, "
                "ou vider « jeu » dans source/publication.yml pour en publier un autre"
            )
        organization = shown["organization"]["id"] if shown and shown["organization"] else organization
        owner = self._get(f"organizations/{organization}/", f"organisation « {organization} »")
        if self._key and not owner["permissions"]["private"]:
            raise self._invalid(f"cette clé n'a aucun droit sur l'organisation « {owner['name']} »")
        contacts = self._list(f"organizations/{owner['id']}/contacts/", "id,name,email,role")
        extensions = frozenset(self._get("datasets/extensions/", "liste des extensions"))
        if not extensions:
            raise self._invalid("réponse illisible, aucune extension de fichier n'y serait permise")
        doubles: list[str] = []
        if not shown:
            shown, doubles = self._search(owner["id"], mark)
        return Found(owner, contacts, extensions, shown, doubles)

    def _search(self, organization: str, mark: str) -> tuple[Json | None, list[str]]:
        """The oldest dataset with the mark, and the ids of the empty others."""
        fields = "id,created_at,deleted,extras,resources{id}"
        listed = self._list(f"organizations/{organization}/datasets/", fields)
        ours = [each for each in listed if mark in each["extras"] and not each["deleted"]]
        full = [each for each in ours if each["resources"]]
        if len(full) > 1:
            ids = ", ".join(each["id"] for each in full)
            raise self._invalid(f"plusieurs jeux de données de ce projet ({ids}) : dire lequel par --dataset")
        if not ours:
            return None, []
        kept = min(full or ours, key=lambda each: (each["created_at"], each["id"]))["id"]
        shown = self._get(f"datasets/{kept}/", f"jeu de données {kept}")
        return shown, [each["id"] for each in ours if each["id"] != kept]

    def create_contact(self, payload: Json) -> str:
        with self._told("création du contact"):
            answer = self._client.session.post(f"{self.site}/api/1/contacts/", json=payload)
            answer.raise_for_status()
            return answer.json()["id"]

    def create_dataset(self, payload: Json) -> str:
        with self._told("création du jeu de données"):
            return self._client.create_dataset(dict(payload)).id

    def update_dataset(self, dataset: str, payload: Json) -> None:
        with self._told("description du jeu de données"):
            self._client.dataset(dataset, fetch=False).update(dict(payload))

    def delete_dataset(self, dataset: str) -> None:
        with self._told(f"retrait du jeu de données {dataset}"):
            self._client.dataset(dataset, fetch=False).delete()

    def upload(self, dataset: str, path: Path, payload: Json) -> None:
        with self._told(path.name):
            self._client.create_static_resource(str(path), dict(payload), dataset)

    def update(self, dataset: str, resource: Json, payload: Json, path: Path | None = None) -> None:
        """Describe a resource anew, after putting the file `path` in place of its own."""
        with self._told(path.name if path else resource["title"]):
            known = self._resource(self._client, dataset, resource)
            known.update(dict(payload), str(path) if path else None, timeout=TIMEOUT)

    def delete(self, dataset: str, resource: Json) -> None:
        with self._told(f"retrait de « {resource['title']} »"):
            self._resource(self._client, dataset, resource).delete()

    def order(self, dataset: str, rank: Callable[[Json], Any]) -> None:
        """Put the resources of a dataset in the order of `rank`, given each as the API tells it."""
        shown = self._get(f"datasets/{dataset}/", f"jeu de données {dataset}")
        places = {each["id"]: place for place, each in enumerate(sorted(shown["resources"], key=rank))}
        with self._told("ordre des ressources"):
            known = self._client.dataset(dataset, fetch=False)
            known.resources = [self._resource(self._client, dataset, each) for each in shown["resources"]]
            known.sort_resources(sort_function=lambda them: sorted(them, key=lambda each: places[each.id]))

    def sha256(self, dataset: str, resource: Json) -> str:
        """Of the file as anyone downloads it, without the key: it may lie on another host."""

        def download() -> str:
            known = self._resource(self._anonymous, dataset, resource)
            return hashlib.sha256(known.download_buffer(max_mib=None).getbuffer()).hexdigest()

        return self._again(f"relecture de « {resource['title']} »", download)

    def _resource(self, client: Client, dataset: str, resource: Json) -> Any:
        known = dict(resource)
        return client.resource(resource["id"], dataset_id=dataset, fetch=False, _from_response=known)

    def _get(self, path: str, what: str) -> Any:
        def get() -> Any:
            answer = self._client.session.get(f"{self.site}/api/1/{path}")
            answer.raise_for_status()
            return answer.json()

        return self._again(what, get)

    def _list(self, path: str, fields: str) -> list[Json]:
        query = f"api/1/{path}?page_size=100"
        mask = f"data{{{fields}}}"
        return self._again(path, lambda: list(self._client.get_all_from_api_query(query, mask=mask)))

    def _again(self, what: str, read: Callable[[], Any]) -> Any:
        """What a request that changes nothing gives, tried again after each fault that may pass."""
        for wait in WAITS:
            try:
                with self._told(what):
                    return read()
            except Transient as error:
                time.sleep(wait if error.wait is None else error.wait)
        with self._told(what):
            return read()

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        """Turn whatever a request raises into a problem. Raises Invalid, Transient when it may pass."""
        try:
            yield
            return
        except Invalid as error:
            fault = error
        except Exception as error:
            fault = self._fault(what, error)
        raise fault

    def _fault(self, what: str, error: Exception) -> Invalid:
        answer = getattr(error.__cause__ or error, "response", None)
        status = getattr(answer, "status_code", None)
        if isinstance(error, niquests.TooManyRedirects):
            return self._invalid(
                f"{what} : le site renvoie à {answer.headers.get('location')} ; le donner par --site"
            )
        if isinstance(error, (TimeoutError, niquests.Timeout)):
            return self._transient(f"{what} : pas de réponse en {TIMEOUT} s")
        if (
            status is None
            and isinstance(error, niquests.RequestException)
            and not isinstance(error, ValueError)
        ):
            return self._transient(f"{what} : connexion impossible ou coupée ({type(error).__name__})")
        if status is None:
            return self._invalid(f"{what} : réponse illisible, ce n'est pas celle de l'API d'udata")
        if status == 401:
            return self._invalid(
                f"clé refusée ({_reason(answer)}) ; en créer une sur le site, la mettre dans DATAGOUV_API_KEY"
            )
        if status == 403:
            return self._invalid(f"{what} : cette clé n'en a pas le droit ({_reason(answer)})")
        if status == 429 or status >= 500:
            return self._transient(f"{what} : {_reason(answer)}", answer.headers.get("retry-after"))
        if status in (404, 410):
            verb = {404: "introuvable", 410: "supprimé"}[status]
            fault = self._transient if answer.request.method != "GET" else self._invalid
            return fault(f"{what} : {verb}")
        return self._invalid(f"{what} : {_reason(answer)}")

    def _invalid(self, message: str, kind: type[Invalid] = Invalid) -> Invalid:
        return kind.because(self.site, None, self.scrub(re.sub(r"\s+", " ", message)))

    def _transient(self, message: str, after: str | None = None) -> Transient:
        fault = self._invalid(message, Transient)
        fault.wait = min(int(after), LONGEST_WAIT) if after and after.isdecimal() else None
        return fault

    def scrub(self, text: str) -> str:
        """The text without the key, which a site may have sent back."""
        return text.replace(self._key, "…") if self._key else text


def _reason(answer: niquests.Response) -> str:
    """What the site says of a refusal: the message of its API, or only its status."""
    try:
        said = answer.json()
        errors = said.get("errors") or said.get("message") or said.get("error")
    except (ValueError, AttributeError):
        errors = None
    said = ", ".join(_texts(errors))
    return f"HTTP {answer.status_code}" + (f", {said[:300]}" if said else "")


def _texts(errors: Any) -> Iterator[str]:
    """The messages of an API, each after the fields that it is about."""
    if isinstance(errors, dict):
        yield from (f"{key} : {text}" for key, inner in errors.items() for text in _texts(inner))
    elif isinstance(errors, list):
        yield from (text for inner in errors for text in _texts(inner))
    elif errors:
        yield str(errors)
