"""What the files for download say of themselves and of each other, by the templates of site/notices/."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jinja2
from msgspec import Struct

from . import files
from .checkout import Checkout
from .package import TYPES
from .problems import Invalid

FOLDER = "site/notices"
_INDEX = ("name", "title", "description", "contact", "base", "files")
_ENTRY = ("name", "title", "description", "for", "type", "table", "sha256")


class File(Struct, frozen=True):
    """One file for download; `table` and `rows` are None where it does not hold one table.

    `kind` is "main" or "documentation", the words of data.gouv.fr; `readers` says for whom it is.
    """

    name: str
    title: str
    description: str
    readers: str
    kind: str
    mediatype: str
    data: bytes
    table: str | None
    rows: int | None

    @property
    def format(self) -> str:
        return self.name.rpartition(".")[2]

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


def facts(checkout: Checkout) -> dict[str, str]:
    """What a download says of itself, in French: texts by their label."""
    package, version = checkout.package, checkout.version
    licence = package.descriptor["licenses"][0]
    commit = f", commit {version['commit']}" if version["commit"] else ""
    return {
        "Contenu": package.descriptor["description"],
        "Version de la page": f"{version['version']} (sha256 {version['sha256']}{commit})",
        "Version du jeu de données": package.version,
        "Source": f"{package.descriptor['sources'][0]['title']} : {checkout.sources.pages.adresse}",
        "Licence": f"{licence['title']} : {licence['path']}",
        "Éditeur": package.publisher["title"],
        "Contact": checkout.contact,
        "Signaler une erreur": checkout.publication.issues,
        "Tous les fichiers": f"{checkout.publication.downloads}{package.name}.zip",
    }


def notice(checkout: Checkout) -> bytes:
    """A text that Notepad shows well: the facts, then the tables and their fields."""
    return _render(checkout, "lisez-moi.txt").replace("\n", "\r\n").encode("utf-8-sig")


def json(checkout: Checkout, name: str, inventory: list[File]) -> bytes:
    """A template of JSON that tells of these files; it may be put as it is in a page. Raises Invalid."""
    described = files.load_json(_render(checkout, name, inventory).encode(), f"{FOLDER}/{name}")
    return files.dump_json(described).replace(b"<", b"\\u003c")


def _render(checkout: Checkout, name: str, inventory: Sequence[File] = ()) -> str:
    """What a template says of a checkout and of some of its files. Raises Invalid."""

    def template(each: str) -> str:
        return files.decode(checkout.sources.data(f"{FOLDER}/{each}"), f"{FOLDER}/{each}")

    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(template), undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    told = {"checkout": checkout, "facts": facts(checkout), "types": TYPES, "inventory": inventory}
    try:
        return environment.get_template(name).render(told)
    except (jinja2.TemplateError, TypeError) as error:
        line = getattr(error, "lineno", None)
        raise Invalid.because(f"{FOLDER}/{name}", line, f"gabarit : {error}") from None


def read_index(checkout: Checkout, folder: Path) -> dict[str, Any]:
    """What index.json says of a distribution of this checkout. Raises Invalid when it is of another."""
    path = folder / "index.json"
    if not path.exists():
        raise Invalid.because(str(path), None, "pas de distribution ; lancer « make dist »")
    index = files.load_json(files.read(path), str(path))
    try:
        made = index["version"], index["page"]["sha256"]
        whole = {*_INDEX} <= {*index} and all({*_ENTRY} <= {*each} for each in index["files"])
    except (KeyError, TypeError):
        made, whole = None, False
    if not whole or made != (checkout.package.version, checkout.version["sha256"]):
        raise Invalid.because(str(path), None, "ce n'est pas celui de ces sources ; lancer « make dist »")
    return index
