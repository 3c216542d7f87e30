"""The bullets of a page and their headings as CSV, with pandas: with_pandas.py PAGE.md OUT.csv"""

import sys

import markdown
import pandas
from bs4 import BeautifulSoup

page, out = sys.argv[1:]
with open(page, encoding="utf-8") as file:
    _, _, body = file.read().split("---\n", 2)
soup = BeautifulSoup(markdown.markdown(body), "html.parser")
rows = [
    {"intitule": bullets.find_previous("h2").get_text(), "libelle": bullet.get_text().strip()}
    for bullets in soup.find_all("ul")
    for bullet in bullets.find_all("li")
]
pandas.DataFrame(rows).to_csv(out, index=False)
