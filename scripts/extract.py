"""Turn the page into the tables of data/, and write their sizes and hashes into datapackage.json."""

from pathlib import Path

from edition2 import checkout, files, sources, yamlfile
from edition2.problems import run

OPTIONS = {
    "--out": {
        "type": Path,
        "metavar": "DIR",
        "help": "write there instead, and change nothing here",
    },
    "--schemas": {"action": "store_true", "help": "write schemas/source/ instead, for editors"},
}


def main(root: Path, out: Path | None, schemas: bool) -> None:
    if schemas:
        found = {f"{name}.json": yamlfile.schema(*told) for name, told in sources.MODELS.items()}
        files.write(
            root / "schemas/source",
            {name: files.dump_json(schema) for name, schema in found.items()},
        )
        return
    project = checkout.read(root)
    counts = ", ".join(f"{name} {len(rows)}" for name, rows in project.rows.items())
    written = files.write(out or root, project.outputs())
    print(f"page du {project.readings[-1].version.date} : {counts} ; {written}")


if __name__ == "__main__":
    run(main, OPTIONS, __doc__)
