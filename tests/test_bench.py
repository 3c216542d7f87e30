"""The bench compares like with like: its peers read what extract reads, its trees are projects."""

import csv
import importlib.util
import subprocess
import sys

import pytest

from conftest import ROOT

PAGE = "source/pages/2023-09-01.md"


def libelles(path):
    with path.open(encoding="utf-8", newline="") as file:
        return [row["libelle"] for row in csv.DictReader(file)]


@pytest.fixture
def trees():
    spec = importlib.util.spec_from_file_location("trees", ROOT / "bench/trees.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("peer", ["mistune", "pandas", "pyromark"])
def test_each_peer_reads_every_bullet_of_a_page(peer, trees, tmp_path):
    tree = trees.grow(tmp_path / "tree", ROOT, 40)
    subprocess.run([sys.executable, "scripts/extract.py", "--out", tmp_path], cwd=tree, check=True)
    table = tmp_path / "peer.csv"
    script = ROOT / f"bench/peers/with_{peer}.py"
    subprocess.run([sys.executable, script, PAGE, table], cwd=tree, check=True)
    assert len(libelles(table)) == 40
    assert libelles(table) == libelles(tmp_path / "beneficiaires.csv")


def test_a_copy_of_the_checkout_has_all_that_make_needs(trees, tmp_path):
    copy = trees.checkout(tmp_path / "copy", ROOT)
    done = subprocess.run(["make", "-n", "site"], cwd=copy, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
