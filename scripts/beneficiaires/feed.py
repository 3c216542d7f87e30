"""The Atom feed of the changes (RFC 4287): one entry for each version of the page that can be read."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from itertools import pairwise
from urllib.parse import urlsplit

from feedgen.feed import FeedGenerator

from . import changes, sentences
from .project import Project


def render(project: Project, address: str | None = None) -> bytes:
    """The feed, newest entry first; `address` is where it will be published.

    Every date is that of a page, every id a tag URI (RFC 4151) made of the package's name and that
    date: a subscriber sees an entry once. Raises Invalid when a page cannot be read.
    """
    descriptor = project.package.descriptor
    host, year = urlsplit(descriptor["homepage"]).hostname, descriptor["created"][:4]
    tag = f"tag:{host},{year}:{descriptor['name']}"
    feed = FeedGenerator()
    feed.id(tag)
    feed.title(f"{descriptor['title']} : changements")
    feed.subtitle(descriptor["description"])
    feed.author([{"name": each["title"]} for each in descriptor["contributors"]])
    feed.language("fr")
    feed.rights(", ".join(each["title"] for each in descriptor["licenses"]))
    feed.link(href=descriptor["homepage"], rel="alternate")
    if address:
        feed.link(href=address, rel="self")
    feed.generator("python-feedgen")
    versions = project.provenance.readable
    for version, (title, content) in zip(versions, _told(project), strict=True):
        entry = feed.add_entry()
        entry.id(f"{tag}:{version.date}")
        entry.title(title)
        entry.updated(_midnight(version.date))
        entry.published(_midnight(version.date))
        entry.link(href=version.url, rel="alternate")
        entry.content(content, type="html")
    feed.updated(_midnight(versions[-1].date))
    return feed.atom_str(pretty=True) + b"\n"


def _told(project: Project) -> list[tuple[str, str]]:
    """The title and the HTML of each entry, oldest first."""
    readings = project.readings(project.snapshot())
    first = f"Page du {readings[0].date}", f"<p>Première page connue : {sentences.counts(readings[0])}.</p>"
    told = [first]
    for old, new in pairwise(readings):
        diff = changes.diff(old, new, project.registry)
        told.append((f"Page du {new.date} : {sentences.summary(diff)}", sentences.as_html(diff)))
    return told


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
