"""The feed tells each version of the page once, to any reader, with the same bytes everywhere."""

import xml.etree.ElementTree as ET

import pytest

from beneficiaires import feed, project
from conftest import ROOT

ATOM = "{http://www.w3.org/2005/Atom}"
REAL = (ROOT / "source/pages/2023-09-01.md").read_text(encoding="utf-8")
TAG = "tag:code.gouv.fr,2026:marches-logiciels-libres-beneficiaires"


def entries(data: bytes) -> list[ET.Element]:
    return ET.fromstring(data).findall(f"{ATOM}entry")


def told(entry: ET.Element, name: str) -> str:
    return entry.findtext(ATOM + name)


def test_one_page_is_one_entry():
    (entry,) = entries(feed.render(project.read(ROOT)))
    assert told(entry, "id") == f"{TAG}:2023-09-01"
    assert told(entry, "updated") == "2023-09-01T00:00:00+00:00"
    assert told(entry, "content") == (
        "<p>Première page connue : marché support, 23 bénéficiaires, marché expertise, 27 bénéficiaires.</p>"
    )


@pytest.fixture
def grown(checkout):
    checkout.publish(REAL.replace("- Le ministère des Sports\n", "", 1), "2024-02-01")
    checkout.publish("Cassée\n", "2024-03-01", corrections="    illisible: true\n    motif: Vide.\n")
    checkout.publish(REAL.replace("- Sorbonne Université.", "- Sorbonne Université : \\<b>", 1), "2024-04-01")
    return project.read(checkout.root)


def test_each_page_that_can_be_read_is_an_entry_newest_first(grown):
    found = entries(feed.render(grown))
    assert [told(entry, "id") for entry in found] == [
        f"{TAG}:2024-04-01",
        f"{TAG}:2024-02-01",
        f"{TAG}:2023-09-01",
    ]
    assert [told(entry, "title") for entry in found] == [
        "Page du 2024-04-01 : 2 changements sur le fond.",
        "Page du 2024-02-01 : 1 changement sur le fond.",
        "Page du 2023-09-01",
    ]
    assert told(found[1], "content") == (
        "<p>1 changement sur le fond.</p>\n<p>Sur le fond :</p>\n"
        "<ul><li>« Ministère des Sports » sort du marché support (ligne 36 avant).</li></ul>"
    )


def test_what_the_page_says_is_escaped(checkout):
    checkout.publish(
        REAL.replace("- Sorbonne Université.", "- Sorbonne Université : \\<b>&amp;", 1), "2024-04-01"
    )
    newest = entries(feed.render(project.read(checkout.root)))[0]
    assert "« &lt;b&gt;&amp; »" in told(newest, "content")


def test_it_is_valid_atom(grown):
    """What RFC 4287 requires: once each, in the feed and in every entry."""
    data = feed.render(grown, "https://example.org/changements.atom")
    root = ET.fromstring(data)
    assert root.tag == f"{ATOM}feed"
    for element in (root, *entries(data)):
        for name in ("id", "title", "updated"):
            assert len(element.findall(ATOM + name)) == 1
            assert told(element, name)
    assert root.findtext(f"{ATOM}author/{ATOM}name")
    links = {link.get("rel"): link.get("href") for link in root.findall(f"{ATOM}link")}
    assert links["self"] == "https://example.org/changements.atom"
    assert told(root, "updated") == told(entries(data)[0], "updated")
    assert len({told(entry, "id") for entry in entries(data)}) == len(entries(data))


def test_an_entry_stays_the_same_when_a_page_comes_after(grown):
    newer = feed.render(grown)
    older = grown._replace(provenance=grown.provenance._replace(versions=grown.provenance.versions[:2]))
    assert [ET.tostring(entry) for entry in entries(newer)[1:]] == [
        ET.tostring(entry) for entry in entries(feed.render(older))
    ]
    assert feed.render(grown) == newer
