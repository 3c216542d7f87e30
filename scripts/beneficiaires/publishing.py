"""Doing what a plan says, until the site shows what is wanted, whatever happens on the way."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from . import plan, portal
from .plan import Plan, Step, Verb
from .portal import Found, Json, Portal, Transient
from .problems import Invalid, Problem, raise_if_any
from .publication import Datagouv, Place
from .shipment import Item, Wanted

MAX_PASSES = 6


def place(settings: Datagouv, site: str, organization: str, dataset: str) -> Place:
    """Where to publish: what the options say, then what publication.yml says of the site. Raises Invalid."""
    known = settings.sites.get(site, Place("", ""))
    chosen = Place(organization or known.organization, dataset or known.dataset)
    if not any(chosen):
        message = f"aucune organisation pour {site} : l'y écrire, ou --organization"
        raise Invalid.because("source/publication.yml", None, message)
    return chosen


class Publication:
    """One publication on one site; `say` takes a line of text, `advance` the bytes just sent."""

    def __init__(
        self,
        site: Portal,
        wanted: Wanted,
        prune: bool,
        say: Callable[[str], None],
        advance: Callable[[int], None],
    ) -> None:
        self.site, self.wanted, self.prune, self._say, self._advance = site, wanted, prune, say, advance
        self._uploaded: set[str] = set()

    def run(self, found: Found, dataset: str = "") -> Found:
        """Do what the plan says, then look again, until nothing differs; what the site then has.

        A step is sent once: after a fault that may pass, the site is read and the rest planned
        anew, so that what was done in spite of the fault is not done twice. Raises Invalid.
        """
        waits, before = list(portal.WAITS), None
        for _ in range(MAX_PASSES + len(waits)):
            todo = plan.draw(self.wanted, found, self.prune)
            texts = [str(step) for step in todo.steps]
            if not texts:
                self._verify(found)
                return found
            if texts == before:
                break
            before = texts if self._passes(todo, found, waits) else None
            known = found.dataset["id"] if found.dataset else dataset
            found = self.site.find(found.organization["id"], known, self.wanted.mark)
        told = [f"le site n'a pas gardé ce qui lui a été envoyé : {step.text}" for step in todo.steps]
        raise Invalid([Problem(self.site.site, None, self.site.scrub(text)) for text in told])

    def _passes(self, todo: Plan, found: Found, waits: list[int]) -> bool:
        """Whether the steps were all taken; when one met a fault that may pass, wait."""
        try:
            self._take_all(todo, found)
        except Transient as fault:
            if not waits:
                raise
            self._say(f"{fault} ; nouvel essai")
            wait = waits.pop(0)
            time.sleep(wait if fault.wait is None else fault.wait)
            return False
        return True

    def _take_all(self, todo: Plan, found: Found) -> None:
        """Take the steps, but none after a creation: another may have made the dataset meanwhile."""
        contact = plan.contact(self.wanted, found) or ""
        for step in todo.steps:
            if step.verb is Verb.CONTACT:
                owner = found.organization["id"]
                contact = self.site.create_contact({**self.wanted.contact, "organization": owner})
            elif step.verb is Verb.CREATE:
                self.site.create_dataset(_payload(self.wanted, found, contact, private=True))
                return
            elif step.verb is Verb.DELETE_DOUBLE:
                self.site.delete_dataset(step.resource["id"])
            elif step.verb is Verb.UPDATE:
                payload = _payload(self.wanted, found, contact, private=False)
                self.site.update_dataset(found.dataset["id"], payload)
            else:
                self._take(step, found.dataset["id"])

    def _take(self, step: Step, dataset: str) -> None:
        """Take a step that is about the resources."""
        item, resource = step.item, step.resource
        match step.verb:
            case Verb.UPLOAD:
                self.site.upload(dataset, item.path, item.about)
            case Verb.REPLACE:
                self.site.update(dataset, resource, _merged(item, resource), item.path)
            case Verb.DESCRIBE:
                self.site.update(dataset, resource, _merged(item, resource))
            case Verb.DELETE:
                self.site.delete(dataset, resource)
            case Verb.ORDER:
                self.site.order(dataset, lambda each: plan.rank(self.wanted, each))
        if step.verb in (Verb.UPLOAD, Verb.REPLACE):
            self._uploaded.add(item.name)
            self._advance(item.size)

    def _verify(self, found: Found) -> None:
        """Download the files just sent, as anyone would, and compare. Raises Invalid with every problem."""
        ours = plan.sort_out(self.wanted, found).ours
        raise_if_any(
            Problem(self.site.site, None, f"{item.name} : le fichier relu n'est pas celui qui a été envoyé")
            for item in self.wanted.items
            if item.name in self._uploaded
            and self.site.sha256(found.dataset["id"], ours[item.name]) != item.sha256
        )


def _payload(wanted: Wanted, found: Found, contact: str, *, private: bool) -> dict[str, Any]:
    """All that udata takes: what a PUT leaves out may be emptied. Others' contacts and extras stay."""
    shown = found.dataset or {"contact_points": [], "extras": {}}
    others = [each["id"] for each in shown["contact_points"] or ()]
    return {
        **wanted.dataset,
        "organization": found.organization["id"],
        "private": private,
        "contact_points": list(dict.fromkeys([contact, *others])),
        "extras": {**shown["extras"], **wanted.dataset["extras"]},
    }


def _merged(item: Item, resource: Json) -> dict[str, Any]:
    return {**item.about, "extras": {**resource["extras"], **item.about["extras"]}}
