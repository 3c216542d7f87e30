"""The API of a portal that runs udata, as data.gouv.fr does: https://www.data.gouv.fr/api/1/swagger.json .

Every fault is one line. The key goes to the portal alone: it follows no redirection, and is cut out
of whatever the portal says. A request is sent once; `again` begins a whole piece of work anew.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import tenacity

from .problems import Invalid

KEY = "DATAGOUV_API_KEY"
ATTEMPTS = 5
PATIENCE = 60.0
"""Seconds before a request is given up."""
LONGEST_WAIT = 120.0
_SITE = re.compile(r"https://[\w.-]+(:\d+)?|http://(127\.0\.0\.1|localhost)(:\d+)?")
_SHOWN = ("id", "deleted", "extras", "resources", "contact_points", "tags", "organization", "quality", "page")
Json = dict[str, Any]


class Transient(Invalid):
    """A fault that may pass; `wait` is what the portal asks for, in seconds, 0 when it says nothing."""

    wait = 0.0


class Portal:
    """One portal, spoken to with one key, or with "" to read what is public.

    `say` is given a line for each fault that may pass. All but `scrub` raise Invalid, or Transient.
    """

    def __init__(self, site: str, key: str, say: Callable[[str], None]) -> None:
        if not _SITE.fullmatch(site):
            raise Invalid.because(site, None, "portail attendu : https://… et rien après l'hôte")
        if not re.fullmatch(r"[!-~]*", key):
            raise Invalid.because(KEY, None, "ce n'est pas une clé : blanc ou caractère accentué")
        self.site, self._key, self._say = site, key, say
        headers = {"X-API-KEY": key} if key else {}
        self._api = httpx.Client(base_url=f"{site}/api/1/", headers=headers, timeout=PATIENCE)
        self._anyone = httpx.Client(timeout=PATIENCE, follow_redirects=True)

    def again(self, work: Callable[[], Any]) -> Any:
        """What `work` gives, begun anew after each fault that may pass, ATTEMPTS times in all."""
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(Transient),
            wait=lambda state: state.outcome.exception().wait or 2.0**state.attempt_number,
            stop=tenacity.stop_after_attempt(ATTEMPTS),
            before_sleep=lambda state: self._say(f"{state.outcome.exception()} ; nouvel essai"),
            reraise=True,
        )
        return retrying(work)

    def organization(self, name: str) -> Json:
        """The organization of that id or slug, when the key has a right on it."""
        found = self.ask(f"organisation « {name} »", "GET", f"organizations/{name}/", ("permissions",))
        if self._key and not found["permissions"].get("private"):
            raise self.fault(f"cette clé n'a aucun droit sur l'organisation « {found['name']} »")
        return found

    def dataset(self, name: str) -> Json:
        """The dataset of that id, when it is not deleted."""
        found = self.ask(f"jeu de données {name}", "GET", f"datasets/{name}/", _SHOWN)
        if found["deleted"]:
            told = "le restaurer sur le portail, ou vider « jeu » dans source/publication.yml"
            raise self.fault(f"jeu de données {name} : supprimé le {found['deleted'][:10]} ; {told}")
        return found

    def marked(self, organization: str, mark: str) -> str:
        """The id of the dataset of an organization that has this extra, "" when none has."""
        what, path = "jeux de données de l'organisation", f"organizations/{organization}/datasets/"
        fields, found = {"X-Fields": "data{id,deleted,extras},next_page"}, []
        for number in count(1):
            query = {"page": number, "page_size": 100}
            page = self.ask(what, "GET", path, ("data", "next_page"), params=query, headers=fields)
            found += [each["id"] for each in page["data"] if mark in each["extras"] and not each["deleted"]]
            if not page["next_page"]:
                break
        if len(found) > 1:
            told = "en supprimer, ou dire lequel par « jeu » dans source/publication.yml"
            raise self.fault(f"plusieurs jeux de données de ce projet ({', '.join(found)}) ; {told}")
        return found[0] if found else ""

    def send_file(self, what: str, path: str, file: Path) -> Json:
        """The resource that now holds the file, as the portal tells it."""
        with file.open("rb") as content:
            return self.ask(what, "POST", path, ("id", "latest"), files={"file": (file.name, content)})

    def read_back(self, what: str, address: str, sha256: str) -> None:
        """Download a file as anyone does, without the key: it may lie on another host; compare its hash."""
        answer = self._request(self._anyone, what, "GET", address)
        if hashlib.sha256(answer.content).hexdigest() != sha256:
            raise self.fault(f"{what} : le fichier relu n'est pas celui qui a été envoyé", Transient)

    def ask(self, what: str, method: str, path: str, keys: tuple[str, ...] = (), **request: Any) -> Any:
        """The answer to one request about `what`, in which these keys or values are; empty to a DELETE."""
        answer = self._request(self._api, what, method, path, **request)
        try:
            found = [] if method == "DELETE" else answer.json()
        except ValueError:
            found = None
        if not isinstance(found, dict | list) or any(key not in found for key in keys):
            raise self.fault(f"{what} : réponse illisible, ce n'est pas celle de l'API d'udata")
        return found

    def _request(self, client: httpx.Client, what: str, *place: str, **request: Any) -> httpx.Response:
        try:
            answer = client.request(*place, **request)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            late = isinstance(error, httpx.TimeoutException)
            told = f"pas de réponse en {PATIENCE:g} s" if late else "connexion impossible ou coupée"
            raise self.fault(f"{what} : {told} ({type(error).__name__})", Transient) from None
        if answer.is_success:
            return answer
        raise self._refusal(what, answer)

    def _refusal(self, what: str, answer: httpx.Response) -> Invalid:
        """What a status that is not a success means."""
        status, kind = answer.status_code, answer.headers.get("Content-Type", "")
        said = f"HTTP {status} {answer.text if 'json' in kind else ''}".strip()
        if status == 429 or status >= 500:
            fault = self.fault(f"{what} : {said}", Transient)
            asked = answer.headers.get("Retry-After", "")
            fault.wait = min(float(asked), LONGEST_WAIT) if asked.isdecimal() else 0.0
            return fault
        new_key = f"clé refusée ({said}) ; en créer une sur le portail, la mettre dans {KEY}"
        told = {401: new_key, 404: "introuvable", 410: "supprimé"}.get(status, said)
        if answer.is_redirect:
            told = f"le portail renvoie à {answer.headers.get('Location')} ; corriger « portail »"
        return self.fault(f"{what} : {told}")

    def fault(self, message: str, kind: type[Invalid] = Invalid) -> Any:
        """The exception that tells this of the portal, in one line."""
        return kind.because(self.site, None, self.scrub(re.sub(r"\s+", " ", message))[:500])

    def scrub(self, text: str) -> str:
        """The text without the key, which a portal may have sent back."""
        return text.replace(self._key, "…") if self._key else text
