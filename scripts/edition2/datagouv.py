"""The API of a portal that runs udata, as data.gouv.fr does: https://www.data.gouv.fr/api/1/swagger.json .

Every fault is one line. The key goes to the portal alone: it follows no redirection, and is cut out
of whatever the portal says. A request is sent once; `again` makes a whole function begin anew, on what may pass.
"""

import json
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import httpx
import tenacity

from .problems import Invalid

KEY = "DATAGOUV_API_KEY"
PATIENCE = 60.0  # seconds before a request is given up
_MEANT = {401: f"clé refusée, en créer une sur le portail et la mettre dans {KEY} ; ", 404: "introuvable ; "}
Json = dict[str, Any]


class Transient(Invalid):
    """A fault that may pass; `wait` is what the portal asks for, in seconds up to 120, 0 when it says nothing."""

    wait = 0.0


again = tenacity.retry(
    retry=tenacity.retry_if_exception_type(Transient),
    wait=lambda state: state.outcome.exception().wait or 2.0**state.attempt_number,
    stop=tenacity.stop_after_attempt(5),
    before_sleep=lambda state: print(f"{state.outcome.exception()} ; nouvel essai", file=sys.stderr),
    reraise=True,
)


class Portal:
    """One portal, spoken to with one key, or with "" to read what is public. All raise Invalid, or Transient."""

    def __init__(self, site: str, key: str) -> None:
        if not re.fullmatch(r"https://.+|http://(127\.0\.0\.1|localhost)(:\d+)?", site):
            raise Invalid.because(site, None, "la clé ne va qu'à un portail https://…")
        if not re.fullmatch(r"[!-~]*", key):
            raise Invalid.because(KEY, None, "ce n'est pas une clé : blanc ou caractère accentué")
        self.site, self._key = site, key
        self._api = httpx.Client(base_url=f"{site}/api/1/", headers={"X-API-KEY": key} if key else {})

    def dataset(self, name: str) -> Json:
        """The dataset of that id, when it is not deleted."""
        found = self.ask(f"jeu de données {name}", "GET", f"datasets/{name}/", ("resources", "quality"))
        if found["deleted"]:
            told = "le restaurer sur le portail, ou vider « jeu » dans source/publication.yml"
            raise self.fault(f"jeu de données {name} : supprimé le {found['deleted'][:10]} ; {told}")
        return found

    def marked(self, organization: str, mark: str) -> str:
        """The id of the dataset of an organization that has this extra, "" when none has."""
        what, path = f"organisation « {organization} »", f"organizations/{organization}/datasets/"
        fields = {"X-Fields": "data{id,deleted,extras},next_page"}
        query = {"page_size": 100}
        while query:
            page = self.ask(what, "GET", path, ("data", "next_page"), params=query, headers=fields)
            for each in page["data"]:
                if mark in each["extras"] and not each["deleted"]:
                    return each["id"]
            query = httpx.URL(page["next_page"] or "").params
        return ""

    def read_back(self, what: str, address: str, data: bytes) -> None:
        """Download a file as anyone does, without the key, as it may lie on another host; compare it."""
        if self._request(httpx.request, what, "GET", address, follow_redirects=True).content != data:
            raise self.fault(f"{what} : le fichier relu n'est pas celui qui a été envoyé", Transient)

    def ask(self, what: str, method: str, path: str, keys: tuple[str, ...] = (), **request: Any) -> Any:
        """The answer to one request about `what`, in which these keys or values are; {} for an empty one."""
        answer = self._request(self._api.request, what, method, path, **request)
        with suppress(TypeError, ValueError):
            found = answer.json() if answer.content else {}
            if all(key in found for key in keys):
                return found
        raise self.fault(f"{what} : réponse illisible, ce n'est pas celle de l'API d'udata")

    def _request(self, send: Callable[..., httpx.Response], what: str, *place: str, **request: Any) -> httpx.Response:
        try:
            answer = send(*place, timeout=PATIENCE, **request)
        except httpx.HTTPError as error:
            raise self.fault(f"{what} : pas de réponse ({type(error).__name__})", Transient) from None
        if answer.is_success:
            return answer
        status, asked = answer.status_code, answer.headers.get("Retry-After", "")
        passing = status == 429 or status >= 500
        told = f"{what} : {_MEANT.get(status, '')}HTTP {status} {_said(answer)}".strip()
        fault = self.fault(told, Transient if passing else Invalid)
        fault.wait = min(float(asked), 120.0) if asked.isdecimal() else 0.0
        raise fault

    def fault(self, message: str, kind: type[Invalid] = Invalid) -> Any:
        """The exception that tells this of the portal, in one line."""
        hidden = message.replace(self._key, "…") if self._key else message
        return kind.because(self.site, None, re.sub(r"\s+", " ", hidden)[:500])


def _said(answer: httpx.Response) -> str:
    """What an answer says in JSON, else where it leads."""
    try:
        return json.dumps(answer.json(), ensure_ascii=False)
    except ValueError:
        return answer.headers.get("Location", "")
