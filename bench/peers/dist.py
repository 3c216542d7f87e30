"""The tables as one workbook and as Parquet files, by pandas alone: dist.py DATA OUT."""

import sys
from pathlib import Path

import pandas

data, out = map(Path, sys.argv[1:])
out.mkdir(parents=True, exist_ok=True)
with pandas.ExcelWriter(out / "tables.xlsx", engine="xlsxwriter") as book:
    for path in sorted(data.glob("*.csv")):
        table = pandas.read_csv(path, dtype={"siren": str})
        table.to_excel(book, sheet_name=path.stem, index=False, freeze_panes=(1, 0))
        table.to_parquet(out / f"{path.stem}.parquet")
