"""Invented projects: the commands and schemas of this one, with another page and another registry."""

import hashlib
import shutil
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
SPELLINGS = ("L’{}", "Le {}.", "Les {}", "{},")


def grow(root: Path, contracts: int, bodies: int) -> Path:
    """A project whose page lists every body in every contract; a tenth of the bullets have a perimetre."""
    slugs = [f"marche-{rank}" for rank in range(contracts)]
    names = [f"Établissement public n° {n:05} de l'Équipement et de la Réunion" for n in range(bodies)]
    marches = {slug: {"nom": f"Marché {slug}", "titres": [f"Liste du {slug}"]} for slug in slugs}
    organismes = {f"organisme-{n}": {"nom": nom, "categorie": "ministere"} for n, nom in enumerate(names)}
    _project(root, [_page(slugs, names)])
    (root / "source/marches.yml").write_text(yaml.safe_dump(marches), encoding="utf-8")
    (root / "source/organismes.yml").write_text(yaml.safe_dump(organismes), encoding="utf-8")
    return root


def change(root: Path, versions: int) -> Path:
    """A project whose page is the real one in that many versions, each without one of its bullets."""
    lines = max((ROOT / "source/pages").glob("*.md")).read_text(encoding="utf-8").splitlines(keepends=True)
    bullets = [number for number, line in enumerate(lines) if line.startswith("- ")]
    gone = (bullets[version % len(bullets)] for version in range(versions))
    _project(root, (lines[:number] + lines[number + 1 :] for number in gone))
    return root


def _page(slugs: list[str], names: list[str]) -> Iterator[str]:
    yield "---\ntitle: Bénéficiaires\ndate: 2022-01-18\n---\n\nÉcrire à [nous](mailto:nous@example.org).\n"
    for rank, slug in enumerate(slugs):
        yield f"\n## Liste du {slug}\n\n"
        for number, name in enumerate(names):
            scope = "" if number % 10 else f" : *uniquement sur le lot {rank}-{number}*"
            yield f"- {SPELLINGS[(rank + number) % len(SPELLINGS)].format(name)}{scope}\n"


def _project(root: Path, pages: Iterable[Iterable[str]]) -> None:
    """This project with these versions of its page, each in parts; bytecode keeps its dates, so it holds."""
    left_out = (".*", "*.md", "bench", "data", "dist", "published.json", "site", "tests")
    shutil.copytree(ROOT, root, ignore=shutil.ignore_patterns(*left_out))
    entries = [(root / "source/pages.yml").read_text(encoding="utf-8").partition("  - date")[0]]
    for number, parts in enumerate(pages):
        day = date(2000, 1, 1) + timedelta(days=number)
        with (root / f"source/pages/{day}.md").open("w+b") as page:
            page.writelines(part.encode() for part in parts)
            page.seek(0)
            digest = hashlib.file_digest(page, "sha256").hexdigest()
        entries.append(f"  - date: {day}\n    sha256: {digest}\n")
    (root / "source/pages.yml").write_text("".join(entries), encoding="utf-8")
    (root / "published.json").write_text('{"version": "1.0.0", "champs": {}, "organismes": []}', encoding="utf-8")
