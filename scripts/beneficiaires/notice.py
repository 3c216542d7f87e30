"""What a download says of itself: what it is, where it comes from, under which licence."""

from __future__ import annotations

from . import dictionary
from .edition import Edition


def lines(edition: Edition) -> list[tuple[str, str]]:
    """Pairs of a label and a text, in French, to be shown in this order."""
    descriptor, page = edition.package.descriptor, edition.provenance.newest
    source, licence = descriptor["sources"][0], descriptor["licenses"][0]
    issues, email = edition.publication.issues, edition.package.publisher["email"]
    return [
        ("Contenu", descriptor["description"]),
        ("Version", descriptor["version"]),
        ("Source", f"{source['title']} : {page.url}"),
        ("Date de la page", page.date.isoformat()),
        (
            "Empreinte de la page",
            f"sha256 {page.sha256}" + (f", commit {page.commit}" if page.commit else ""),
        ),
        ("Éditeur", edition.package.publisher["title"]),
        ("Licence", f"{licence['title']} : {licence['path']}"),
        ("Signaler une erreur", f"{issues} ou {email}"),
        ("Télécharger", f"{edition.publication.base}{edition.name}.zip"),
    ]


def readme(edition: Edition) -> str:
    """The notice as Markdown."""
    title = f"# {edition.package.descriptor['title']}"
    return "\n\n".join([title, *(f"{label} : {text}" for label, text in lines(edition))]) + "\n"


def text(edition: Edition) -> bytes:
    """The notice, then the data dictionary."""
    return f"{readme(edition)}\n{dictionary.tables(edition.package)}\n".encode()
