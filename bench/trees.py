"""Invented projects: the commands and schemas of this one, with another page and another registry."""

import hashlib
import shutil
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
HEAD = "---\ntitle: Bénéficiaires\ndate: 2022-01-18\n---\n\nÉcrire à [contact](mailto:contact@example.org).\n"
SPELLINGS = ("L’{}", "Le {}.", "Les {}", "{},")
TOWNS = ("Besançon", "Évry", "Nîmes", "Orléans", "l'Haÿ-les-Roses", "Saint-Étienne", "La Réunion")


def grow(root: Path, contracts: int, bodies: int) -> Path:
    """A project whose page lists every body in every contract; a tenth of the bullets have a perimetre."""
    slugs = [f"marche-{rank}" for rank in range(contracts)]
    names = [f"Établissement de l'Équipement n° {n:05} de {TOWNS[n % len(TOWNS)]}" for n in range(bodies)]
    sources = {
        "marches": {slug: {"nom": f"Marché {slug}", "titres": [f"Liste du {slug}"]} for slug in slugs},
        "organismes": {
            f"organisme-{n}": {"nom": name, "categorie": "ministere"} for n, name in enumerate(names)
        },
    }
    _project(root, [_page(slugs, names)])
    for name, entries in sources.items():
        (root / f"source/{name}.yml").write_text(
            yaml.safe_dump(entries, allow_unicode=True), encoding="utf-8"
        )
    return root


def change(root: Path, versions: int) -> Path:
    """A project whose page is the real one in that many versions, each without one of its bullets."""
    lines = max((ROOT / "source/pages").glob("*.md")).read_text(encoding="utf-8").splitlines(keepends=True)
    bullets = [number for number, line in enumerate(lines) if line.startswith("- ")]
    gone = (bullets[version % len(bullets)] for version in range(versions))
    _project(root, (lines[:number] + lines[number + 1 :] for number in gone))
    return root


def _page(slugs: list[str], names: list[str]) -> Iterator[str]:
    yield HEAD
    for rank, slug in enumerate(slugs):
        yield f"\n## Liste du {slug}\n\n"
        for number, name in enumerate(names):
            scope = "" if number % 10 else f" : *uniquement sur le lot {rank}-{number}*"
            yield f"- {SPELLINGS[(rank + number) % len(SPELLINGS)].format(name)}{scope}\n"


def _project(root: Path, pages: Iterable[Iterable[str]]) -> None:
    """This project with these versions of its page, each in parts; bytecode is copied with its dates."""
    for folder in ("scripts", "schemas", "source"):
        shutil.copytree(ROOT / folder, root / folder)
    shutil.copy(ROOT / "datapackage.json", root)
    header, _, _ = (root / "source/pages.yml").read_text(encoding="utf-8").partition("  - date")
    shutil.rmtree(root / "source/pages")
    (root / "source/pages").mkdir()
    with (root / "source/pages.yml").open("w", encoding="utf-8") as entries:
        entries.write(header)
        for number, parts in enumerate(pages):
            day = date(2000, 1, 1) + timedelta(days=number)
            with (root / f"source/pages/{day}.md").open("w+b") as page:
                page.writelines(part.encode() for part in parts)
                page.seek(0)
                sha256 = hashlib.file_digest(page, "sha256").hexdigest()
            entries.write(f"  - date: {day}\n    sha256: {sha256}\n")
