"""What changed between two pages: substance apart from spelling, nothing inferred, nothing lost."""

import html
import json
from collections.abc import Iterable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beneficiaires import changes, history, labels, page, project, registry, sentences
from conftest import EXPERTISE, HEAD, ROOT, SUPPORT, bullets

PROJECT = project.read(ROOT)
REAL = (ROOT / "source/pages/2023-09-01.md").read_text(encoding="utf-8")
SPORTS = "- Le ministère des Sports\n"
OUTREMER = "- Le ministère des Outre-Mer\n"
MOVES = ("remplace", "deplace", "sort", "entre")
COURT = "- La Cour des comptes\n"


def edition(text: str, sources: project.Project = PROJECT):
    read = page.read(text.encode(), "page.md")
    version = sources.provenance.newest._replace(corrections=(), sha256=read.sha256)
    return sources.reading(project.Snapshot(read, version))


def told(new: str, old: str = REAL, sources: project.Project = PROJECT) -> dict[str, list[str]]:
    """The sentences of each level, the numbers of lines left in."""
    diff = changes.diff(edition(old, sources), edition(new, sources), sources.registry)
    return {
        level: [sentences.sentence(change, "« {} »".format) for change in diff.at(level)]
        for level in changes.LEVELS
        if diff.at(level)
    }


def test_the_same_page_changes_nothing():
    assert told(REAL) == {}


def test_who_enters_and_who_leaves_with_their_lines():
    assert told(REAL.replace(SPORTS, COURT, 1)) == {
        "fond": [
            "« Ministère des Sports » sort du marché support (ligne 36 avant).",
            "« Cour des comptes » entre dans le marché support (ligne 36 après).",
        ]
    }
    assert told(REAL.replace(SPORTS, "")) == {
        "fond": [
            "« Ministère des Sports » sort du marché support (ligne 36 avant).",
            "« Ministère des Sports » sort du marché expertise (ligne 63 avant).",
        ]
    }
    assert told(REAL.replace(OUTREMER, OUTREMER + COURT[:-1] + " : uniquement sur le lot 2\n", 1)) == {
        "fond": [
            "« Cour des comptes » entre dans le marché support, périmètre : « uniquement sur le lot 2 » (ligne 38 après)."
        ]
    }


def reformatted(text: str) -> str:
    """The page after someone tidied it: apostrophes, capitals, blanks, punctuation, and both orders."""
    head, support, expertise = text.split("## ")

    def tidy(part: str) -> str:
        title, *lines = part.split("\n")
        items = [line for line in lines if line.startswith("- ")]
        items = [
            line.replace("Le ministère", "Ministère").replace(" de ", "  de\u00a0")
            for line in reversed(items)
        ]
        return "\n".join([title.replace("Liste", "liste"), "", *items, ""])

    return "## ".join([head, tidy(support), tidy(expertise)]).replace("’", "'").replace(".\n", ";\n")


def test_pure_reformatting_changes_nothing_of_substance():
    levels = told(reformatted(REAL))
    assert set(levels) == {"forme"}
    kinds = " ".join(levels["forme"])
    for words in (
        "L'ordre de la liste support change",
        "est écrit autrement",
        "Le titre de la liste expertise change",
    ):
        assert words in kinds


def test_an_order_names_the_bodies_that_moved():
    moved = REAL.replace(SPORTS, "", 1).replace(
        "- Le Conseil constitutionnel\n", "- Le Conseil constitutionnel\n" + SPORTS, 1
    )
    assert told(moved) == {"forme": ["L'ordre de la liste support change : « Ministère des Sports »."]}


def test_the_perimetre_is_substance_unless_its_spelling_alone_changes():
    label = "- Le ministère de la Justice"
    lot = REAL.replace(label, f"{label} : uniquement sur l’État", 1)
    assert told(lot) == {
        "fond": [
            "Le périmètre de « Ministère de la Justice » change dans le marché support : aucun → « uniquement sur l’État » (ligne 28 avant, ligne 28 après)."
        ]
    }
    respelled = lot.replace("uniquement sur l’État", "Uniquement  sur l'Etat.")
    assert set(told(respelled, lot)) == {"forme"}
    assert "« uniquement sur le lot 1 » → « uniquement sur le lot 2 »" in str(
        told(
            REAL.replace(label, f"{label} : uniquement sur le lot 2"),
            REAL.replace(label, f"{label} : uniquement sur le lot 1"),
        )
    )


def test_the_sigle_that_the_page_gives_is_told():
    assert told(REAL.replace(" (CNAF),", "").replace(" (CNAF)\n", "\n")) == {
        "fond": [
            "Le sigle que la page donne à « Caisse nationale des allocations familiales » change dans le marché support : « CNAF » → aucun (ligne 39 avant, ligne 39 après)."
        ]
    }


def test_a_wording_that_the_registry_knows_is_another_name_and_another_perimetre():
    label = "- Les Services et entités relevant du périmètre budgétaire des services du Premier ministre\n"
    assert [
        line.split(" change")[0].split(" porte")[0]
        for line in told(REAL.replace(label, "- Les services du Premier ministre\n"))["fond"]
    ] == [
        "Le périmètre de « Services du Premier ministre »",
        "« Services du Premier ministre »",
    ]


def test_a_body_that_moves_to_the_other_contract_is_told_once():
    only = "- Agence nationale de la sécurité des systèmes d’information (ANSSI).\n"
    moved = REAL.replace(only, "").replace(OUTREMER, OUTREMER + only, 1)
    assert told(moved) == {
        "fond": [
            "« Agence nationale de la sécurité des systèmes d'information » passe du marché expertise au marché support (ligne 69 avant, ligne 38 après)."
        ]
    }


def test_two_lists_swapped_move_those_that_differ():
    head, support, expertise = REAL.split("## ")
    support, expertise = (part.split("\n", 1) for part in (support, expertise))
    swapped = "## ".join([head, f"{support[0]}\n{expertise[1]}", f"{expertise[0]}\n{support[1]}"])
    lines = told(swapped)["fond"]
    moved = [line for line in lines if " passe du marché expertise au marché support" in line]
    assert [line.split(" »")[0][2:] for line in moved] == [
        "Cour des comptes",
        "Institut des hautes études de défense nationale",
        "Agence nationale de la sécurité des systèmes d'information",
        "Conseil économique, social et environnemental",
    ]
    assert not [line for line in lines if " entre " in line or " sort " in line]
    assert told(REAL, REAL) == told("## ".join([head, *(f"{a}\n{b}" for a, b in (expertise, support))]))


def test_texts_of_the_page_are_told_apart_from_the_lists():
    changed = REAL.replace("contact@code.gouv.fr", "bonjour@code.gouv.fr").replace(
        "date: 2022-01-18", "date: 2024-01-18"
    )
    changed = changed.replace("title: Bénéficiaires des marchés", "title: Bénéficiaires de nos marchés")
    assert told(changed) == {
        "page": [
            "Le titre de la page change : « Bénéficiaires des marchés interministériels support et expertise logiciels libres » → « Bénéficiaires de nos marchés interministériels support et expertise logiciels libres ».",
            "La date de l'en-tête de la page change : « 2022-01-18 » → « 2024-01-18 ».",
            "L'adresse de contact change : « contact@code.gouv.fr » → « bonjour@code.gouv.fr ».",
        ]
    }


PROOF = "{date: 2024-09-21, confiance: haute, preuves: [Un décret.]}"


def related(*entries: tuple[str, str, str]) -> project.Project:
    """The project, its registry with other bodies: name, slug, and whom they succeed."""
    text = PROJECT.registry.text
    for nom, slug, before in entries:
        relation = f"  succede_a: [{before}]\n  sources:\n    succede_a: {PROOF}\n" if before else ""
        text += f"\n{slug}:\n  nom: {nom}\n  categorie: ministere\n{relation}"
    return PROJECT._replace(registry=registry.parse(text, "organismes.yml", PROJECT.registry.categories))


def test_a_rename_is_a_departure_and_an_arrival_until_the_registry_says_otherwise():
    renamed = REAL.replace(SPORTS, "- Le ministère des Sports et de la Vie associative\n", 1)
    entry = ("Ministère des Sports et de la Vie associative", "zz-vie")
    assert told(renamed, sources=related((*entry, ""))) == {
        "fond": [
            "« Ministère des Sports » sort du marché support (ligne 36 avant).",
            "« Ministère des Sports et de la Vie associative » entre dans le marché support (ligne 36 après).",
        ]
    }
    assert told(renamed, sources=related((*entry, "ministere-des-sports"))) == {
        "fond": [
            "« Ministère des Sports et de la Vie associative » remplace « Ministère des Sports » dans le marché support, depuis le 2024-09-21 d'après le registre (ligne 36 avant, ligne 36 après)."
        ]
    }


def test_a_merger_a_split_and_a_chain_are_one_replacement_each():
    merged = REAL.replace(SPORTS, "", 1).replace(OUTREMER, "- Ministère uni\n", 1)
    both = "ministere-des-sports, ministere-des-outre-mer"
    assert told(merged, sources=related(("Ministère uni", "zz-uni", both)))["fond"] == [
        "« Ministère uni » remplace « Ministère des Sports » et « Ministère des Outre-mer » dans le marché support, depuis le 2024-09-21 d'après le registre (lignes 36 et 37 avant, ligne 36 après)."
    ]
    split = REAL.replace(SPORTS, "- Ministère A\n- Ministère B\n", 1)
    parts = related(
        ("Ministère A", "zz-a", "ministere-des-sports"), ("Ministère B", "zz-b", "ministere-des-sports")
    )
    assert told(split, sources=parts)["fond"] == [
        "« Ministère A » et « Ministère B » remplacent « Ministère des Sports » dans le marché support, depuis le 2024-09-21 d'après le registre (ligne 36 avant, lignes 36 et 37 après)."
    ]
    chain = related(("Ministère A", "zz-a", "ministere-des-sports"), ("Ministère B", "zz-b", "zz-a"))
    assert told(split.replace("- Ministère A\n", "", 1), sources=chain)["fond"][0].startswith(
        "« Ministère B » remplace « Ministère des Sports »"
    )


def test_bodies_that_share_out_what_two_others_did_are_one_replacement():
    shared = REAL.replace(SPORTS, "- Ministère A\n", 1).replace(OUTREMER, "- Ministère B\n", 1)
    both = "ministere-des-sports, ministere-des-outre-mer"
    sources = related(("Ministère A", "zz-a", both), ("Ministère B", "zz-b", "ministere-des-outre-mer"))
    (line,) = told(shared, sources=sources)["fond"]
    assert line.startswith(
        "« Ministère A » et « Ministère B » remplacent « Ministère des Sports » et « Ministère des Outre-mer »"
    )


def test_a_successor_beside_its_predecessor_only_enters():
    beside = REAL.replace(SPORTS, f"{SPORTS}- Ministère A\n", 1)
    assert told(beside, sources=related(("Ministère A", "zz-a", "ministere-des-sports"))) == {
        "fond": ["« Ministère A » entre dans le marché support (ligne 37 après)."]
    }


def test_the_command_compares_the_last_two_pages_and_any_two(checkout, tmp_path):
    done = checkout.run("diff")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "Une seule page lisible, source/pages/2023-09-01.md : rien à comparer.\n"
    checkout.publish(REAL.replace(SPORTS, "", 1), "2024-02-01")
    checkout.publish("Cassée\n", "2024-03-01", corrections="    illisible: true\n    motif: Vide.\n")
    expected = """De la page du 2023-09-01 à celle du 2024-02-01 : 1 changement sur le fond.

Sur le fond :
- « Ministère des Sports » sort du marché support (ligne 36 avant).
"""
    assert checkout.run("diff").stdout == expected
    assert checkout.run("diff", "2023-09-01").stdout == expected
    assert checkout.run("diff", "2023-09-01", checkout.root / "source/pages/2024-02-01.md").stdout == expected
    assert "« Ministère des Sports » entre" in checkout.run("diff", "2024-02-01", "2023-09-01").stdout
    assert (
        checkout.run("diff", "2024-02-01").stdout
        == "De la page du 2024-02-01 à celle du 2024-02-01 : Rien ne change.\n"
    )


def test_a_page_that_cannot_be_read_is_told_and_not_compared(checkout, tmp_path):
    broken = tmp_path / "page.md"
    broken.write_text(
        REAL.replace(
            "- Le ministère de la Cohésion des territoires",
            "- Le ministère de la Cohésion des\n- territoires",
            1,
        )
    )
    done = checkout.run("diff", "2023-09-01", broken)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{broken}:31: « territoires et des Relations" in done.stderr
    assert "puce coupée en deux" in done.stderr
    assert checkout.run("diff", "2020-01-01").returncode == 1
    assert checkout.run("diff", "--format", "xml").returncode == 2


def test_markdown_holds_what_the_page_says_inert(checkout):
    checkout.publish(
        REAL.replace("- Le ministère des Sports\n", "- Le ministère des Sports : \\<b>@etalab `` #1\n", 1),
        "2024-02-01",
    )
    done = checkout.run("diff", "--format", "markdown")
    assert done.stdout == (
        "1 changement sur le fond.\n\n**Sur le fond**\n\n"
        "- Le périmètre de `Ministère des Sports` change dans le marché support : aucun → ```<b>@etalab `` #1``` (ligne 36 avant, ligne 36 après).\n"
    )


def test_json_holds_records_and_sentences(checkout):
    checkout.publish(REAL.replace(SPORTS, "", 1), "2024-02-01")
    found = json.loads(checkout.run("diff", "--format", "json").stdout)
    assert (found["ancienne"]["date"], found["nouvelle"]["date"], found["fond"]) == (
        "2023-09-01",
        "2024-02-01",
        True,
    )
    (change,) = found["changements"]
    assert (change["type"], change["niveau"], change["marche"], change["apres"]) == (
        "sort",
        "fond",
        "support",
        None,
    )
    assert (change["avant"][0]["organisme"], change["avant"][0]["ligne"]) == ("ministere-des-sports", 36)
    assert change["phrase"].startswith("« Ministère des Sports » sort")


LABELS = sorted(
    {
        label
        for body in PROJECT.registry.bodies
        for label in (body.nom, *(each.text for each in body.libelles))
    }
)
WORDINGS = ("{}", "Le {}", "{}.", "{} : lot 1", "{} : Lot  1", "{} : lot 2")
named = st.lists(st.tuples(st.sampled_from(LABELS), st.sampled_from(WORDINGS)), min_size=1, max_size=12)


def one_bullet_a_body(picked: list[tuple[str, str]]) -> str:
    """The bullets that name no body twice."""
    seen: set[str] = set()
    lines = []
    for label, wording in picked:
        bodies = {body.slug for body, _ in PROJECT.registry.answers[labels.key(label)]}
        if not bodies & seen:
            seen |= bodies
            lines.append(wording.format(label))
    return bullets(*lines)


lists = named.map(one_bullet_a_body)
titles = st.sampled_from(["A", "B", "b"])
contacts = st.sampled_from(["", "[x](mailto:a@b.fr)\n\n", "[x](mailto:c@d.fr)\n\n"])
pages = st.builds(
    lambda title, contact, support, expertise: (
        HEAD.replace("---\n", f"---\ntitle: {title}\n", 1)
        + contact
        + SUPPORT
        + support
        + EXPERTISE
        + expertise
    ),
    titles,
    contacts,
    lists,
    lists,
)


def apply(old: changes.State, found: Iterable[changes.Change]) -> changes.State:
    """The state that these changes lead to, but for its name, its date and its lines.

    A place is counted anew, the line of an entry that did not change is the old one.
    """
    moves = [change for change in found if change.kind in MOVES]
    gone = {(entry.marche, entry.organisme) for change in moves for entry in change.before}
    come = sorted((entry for change in moves for entry in change.after), key=lambda entry: entry.place)
    kept = {
        (entry.marche, entry.organisme): entry
        for change in found
        if change.kind not in (*MOVES, "ordre")
        for entry in change.after
    }
    orders = {change.marche: change.after for change in found if change.kind == "ordre"}
    lists = {}
    for marche, entries in old.lists.items():
        stays = {entry.organisme: entry for entry in entries if (marche, entry.organisme) not in gone}
        order = [entry.organisme for entry in orders.get(marche, stays.values())]
        rows = [kept.get((marche, organisme), stays[organisme]) for organisme in order]
        for entry in come:
            if entry.marche == marche:
                rows.insert(entry.place, entry)
        lists[marche] = tuple(row._replace(place=place) for place, row in enumerate(rows))
    said = [change for change in found if not change.before + change.after]
    texts = {(change.kind, change.marche): change.new for change in said}
    return old._replace(lists=lists, texts=old.texts | texts)


def content(state: changes.State):
    """A state but for its lines, which no diff of substance holds."""
    lists = {
        marche: [entry._replace(ligne=0) for entry in entries] for marche, entries in state.lists.items()
    }
    return lists, state.texts


@st.composite
def registries(draw) -> registry.Registry:
    """The registry, where some bodies succeed others before them."""
    bodies = list(PROJECT.registry.bodies)
    for rank in draw(st.lists(st.integers(1, len(bodies) - 1), max_size=12)):
        before = draw(st.lists(st.sampled_from(bodies[:rank]), max_size=3))
        bodies[rank] = bodies[rank]._replace(succede_a=tuple(body.slug for body in before))
    return PROJECT.registry._replace(bodies=tuple(bodies))


@given(pages, pages, registries())
def test_a_diff_applied_to_the_old_page_gives_the_new(old, new, bodies):
    diff = changes.diff(edition(old), edition(new), bodies)
    assert content(apply(diff.old, diff.changes)) == content(diff.new)
    assert (content(diff.old) == content(diff.new)) == (not diff.changes)
    for render in (sentences.text, sentences.markdown, sentences.as_html, sentences.as_json):
        assert render(diff)


@given(st.lists(pages, min_size=1, max_size=6))
def test_the_history_of_any_pages_replayed_at_each_gives_its_lists(texts):
    days = [date(2024, 1, 1 + rank) for rank in range(len(texts))]
    editions = [edition(text)._replace(date=day) for text, day in zip(texts, days, strict=True)]
    periods = history.periods((each.date, each.slugs) for each in editions)
    for each in editions:
        at = {
            (p.marche, p.organisme)
            for p in periods
            if p.debut <= each.date and (not p.fin or each.date < p.fin)
        }
        assert at == {(marche, slug) for marche, slugs in each.slugs.items() for slug in slugs}


@pytest.mark.parametrize("said", ["`", "``a`", "a`b", "<b>"])
def test_a_code_span_is_closed(said):

    import markdown as peer

    shown = html.unescape(peer.markdown(sentences._code_span(said))) if said else "<code></code>"
    assert f"<code>{said}</code>" in shown
