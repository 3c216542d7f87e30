"""Copies of the project: as it is, or with an invented page of any size and the registry that it needs."""

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

BODIES = 1000
CATEGORIES = ("ministere", "administration-centrale", "etablissement-public", "juridiction")
TOWNS = (
    "Besançon",
    "Évry",
    "Nîmes",
    "Orléans",
    "l'Haÿ-les-Roses",
    "Saint-Étienne",
    "La Réunion",
    "Angoulême",
)
SPELLINGS = ("L’{}", "Le {}.", "Les {} ", "{},")
FRONT_MATTER = "---\ntitle: Bénéficiaires\ndate: 2023-09-01\n---\n\nUne page inventée.\n"


def checkout(root: Path, project: Path) -> Path:
    """A copy of `project` in `root` with its environment, so that a make there spoils nothing here."""
    shutil.copytree(project, root, ignore=shutil.ignore_patterns(".*", "dist", "__pycache__"))
    (root / ".venv").symlink_to(project / ".venv")
    return root


def grow(root: Path, project: Path, bullets: int) -> Path:
    """A tree in `root` with the commands and schemas of `project`, and a page of that many bullets.

    Each list names the same bodies, 1000 at most, in its own order and spellings; a tenth of
    the bullets have a perimetre that no other has.
    """
    bodies = min(BODIES, bullets // 2)
    contracts = ["support", "expertise", *(f"marche-{n}" for n in range(3, bullets // bodies + 1))]
    for folder in ("scripts", "schemas"):
        shutil.copytree(project / folder, root / folder)
    shutil.copy(project / "datapackage.json", root)
    pages = root / "source/pages"
    pages.mkdir(parents=True)
    (root / "source/marches.yml").write_text("".join(map(_contract, contracts)), encoding="utf-8")
    (root / "source/organismes.yml").write_text("\n".join(map(_body, range(bodies))), encoding="utf-8")
    digest = hashlib.sha256()
    with (pages / "2023-09-01.md").open("wb") as file:
        for part in _page(contracts, bodies):
            digest.update(part.encode())
            file.write(part.encode())
    (root / "source/pages.yml").write_text(_provenance(digest.hexdigest()), encoding="utf-8")
    return root


def _name(number: int) -> str:
    return f"Établissement de l'Équipement n° {number:04} de {TOWNS[number % len(TOWNS)]}"


def _page(contracts: list[str], bodies: int) -> Iterator[str]:
    """The text of the page, one list at a time."""
    yield FRONT_MATTER
    for rank, slug in enumerate(contracts):
        order = range(rank, rank + bodies)
        bullets = "".join(f"- {_label(rank, number % bodies)}\n" for number in order)
        yield f"\n## Liste du marché {slug}\n\n{bullets}"


def _label(rank: int, number: int) -> str:
    label = SPELLINGS[(rank + number) % len(SPELLINGS)].format(_name(number))
    return f"{label.strip()} : *uniquement sur le lot {rank}-{number}*" if number % 10 == 0 else label


def _contract(slug: str) -> str:
    return f"{slug}:\n  nom: Marché {slug}\n  titres:\n    - Liste du marché {slug}\n"


def _body(number: int) -> str:
    return (
        f"organisme-{number:04}:\n"
        f"  nom: {_name(number)}\n"
        f"  categorie: {CATEGORIES[number % len(CATEGORIES)]}\n"
        f"  site: https://organisme-{number}.example\n"
        "  sources:\n"
        "    site:\n"
        "      preuves:\n"
        "        - inventé pour la mesure\n"
    )


def _provenance(sha256: str) -> str:
    return (
        "pages:\n"
        "  - date: 2023-09-01\n"
        "    url: https://page.example/\n"
        "    brut: https://page.example/page.md\n"
        "    depot: inventé\n"
        "    chemin: page.md\n"
        f"    sha256: {sha256}\n"
        "    licence: etalab-2.0\n"
    )
