"""What the files for download and the pages say, by the templates of site/."""

from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import jinja2

from . import changes, files
from .checkout import Checkout
from .package import field_rows
from .problems import Invalid
from .tables import Row

INDEX, SUMS, FEED = "index.json", "SHA256SUMS", "changements.atom"
NOTICES = "site/notices"


def facts(checkout: Checkout) -> dict[str, str]:
    """What a download says of itself, in French: texts by their label."""
    package, version = checkout.package, checkout.version
    licence = package.licenses[0]
    commit = f", commit {version['commit']}" if version["commit"] else ""
    return {
        "Contenu": package.description,
        "Version de la page": f"{version['version']} (sha256 {version['sha256']}{commit})",
        "Version du jeu de données": package.version,
        "Source": f"{package.sources[0].title} : {checkout.pages.adresse}",
        "Licence": f"{licence.title} : {licence.path}",
        "Éditeur": package.publisher.title,
        "Contact": checkout.contact,
        "Signaler une erreur": f"{checkout.publication.depot}/issues",
        "Tous les fichiers": f"{checkout.publication.downloads}{package.name}.zip",
    }


def environment(checkout: Checkout) -> jinja2.Environment:
    """The templates of site/ and what they may use; what they put in HTML or XML is escaped."""
    found = jinja2.Environment(
        loader=jinja2.FileSystemLoader(checkout.root / "site"),
        autoescape=jinja2.select_autoescape(("html", "xml", "atom")),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "separators": (",", ":")}
    package, publication = checkout.package, checkout.publication
    found.globals |= {"project": checkout, "package": package, "publication": publication, "feed": FEED}
    found.globals |= {"facts": facts(checkout), "field_rows": field_rows, "stories": partial(_stories, checkout)}
    return found


def render(templates: jinja2.Environment, name: str, **told: Any) -> str:
    """What a template says. Raises Invalid when it is broken."""
    try:
        return templates.get_template(name).render(told)
    except (jinja2.TemplateError, TypeError, ValueError) as error:
        place, line = getattr(error, "name", None) or name, getattr(error, "lineno", None)
        raise Invalid.because(f"site/{place}", line, f"gabarit : {error}") from None


def notice(checkout: Checkout, name: str, **told: Any) -> bytes:
    """A file for download by its template; JSON may be put as it is in a page. Raises Invalid."""
    text = render(environment(checkout), f"notices/{name}", **told)
    if name.endswith(".txt"):  # for Notepad
        return text.replace("\n", "\r\n").encode("utf-8-sig")
    if name.endswith((".json", ".jsonld")):
        return files.dump_json(files.load_json(text.encode(), f"{NOTICES}/{name}")).replace(b"<", b"\\u003c")
    return text.encode()


def _stories(checkout: Checkout) -> list[tuple[Row, str, str]]:
    """Each version of the page, newest first: its row, what it changed in a few words, and as HTML."""
    versions = checkout.rows["versions"]
    first = f"<p>Première version connue : {versions[0]['nombre']} organismes cités.</p>"
    found = [changes.diff(old, new, checkout.registry) for old, new in pairwise(checkout.readings)]
    told = [("première version connue", first), *((changes.summary(each), changes.html(each)) for each in found)]
    return [(version, *said) for version, said in zip(versions, told, strict=True)][::-1]


def read_index(checkout: Checkout, folder: Path) -> dict[str, Any]:
    """What index.json says of a distribution of this checkout. Raises Invalid when it is of another."""
    path = folder / INDEX
    if not path.exists():
        raise Invalid.because(str(path), None, "pas de distribution ; lancer « make dist »")
    index = files.load_json(files.read(path), str(path))
    match index:
        case {"version": checkout.package.version, "page": {"sha256": sha256}} if sha256 == checkout.version["sha256"]:
            return index
    raise Invalid.because(str(path), None, "ce n'est pas celui de ces sources ; lancer « make dist »")
