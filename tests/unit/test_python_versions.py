"""The code is for every Python from 3.11 to 3.14; those that are found try it."""

import ast
import shutil
import subprocess

import pytest

from helpers import ROOT

TRY_THE_CODE = """
import sys
from pathlib import Path
for path in sorted(Path("scripts").rglob("*.py")):
    compile(path.read_bytes(), str(path), "exec")
sys.path.insert(0, "scripts")
import beneficiaires.cli
import beneficiaires.publish.udata_models
import beneficiaires.source.models
"""
"""Compiles all, and imports what needs no library."""


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13", "3.14"])
def test_each_python_takes_the_code_without_a_warning(version):
    python = shutil.which(f"python{version}")
    if python is None or subprocess.run([python, "-c", ""], capture_output=True).returncode != 0:
        pytest.skip(f"python{version} is missing")

    result = subprocess.run(
        [python, "-B", "-W", "error", "-c", TRY_THE_CODE],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert result.stderr == ""


def find_shadowed_types(module: ast.Module) -> list[str]:
    """Return the fields of classes that have the name of something in their own annotation."""
    fields = []
    for node in ast.walk(module):
        if not isinstance(node, ast.ClassDef):
            continue
        for statement in node.body:
            if not isinstance(statement, ast.AnnAssign):
                continue
            names = [
                part.id for part in ast.walk(statement.annotation) if isinstance(part, ast.Name)
            ]
            if ast.unparse(statement.target) in names:
                fields.append(f"{node.name}.{ast.unparse(statement.target)}")
    return fields


def test_no_field_is_named_like_its_type():
    """Python 3.14 reads annotations late: `date: date = None` would then be of the type None."""
    for path in sorted((ROOT / "scripts").rglob("*.py")):
        module = ast.parse(path.read_bytes())

        assert find_shadowed_types(module) == [], path.name
