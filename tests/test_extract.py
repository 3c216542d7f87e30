"""What a page gives: the rows that a person reads in it, or its faults, each at its line."""

import csv
import json

from conftest import ROOT, call


def test_the_real_page_gives_the_rows_that_a_person_reads_in_it(tmp_path):
    assert call("extract", "--out", tmp_path).status == 0
    with (ROOT / "tests/golden/attendu.csv").open(encoding="utf-8", newline="") as golden:
        wanted = list(csv.DictReader(golden))
    rows = json.loads((tmp_path / "data/beneficiaires.json").read_bytes())
    assert [{key: str(row[key] or "") for key in wanted[0]} for row in rows] == wanted
