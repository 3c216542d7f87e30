"""`diff`: what changed from a snapshot to another, in words."""

import pytest

from helpers import EXPERTISE, HEADER, SUPPORT, ProjectCopy, format_bullets, make_page

NAMES = ("Ministère de la Justice", "Ministère des Armées", "Ministère des Sports", "CNAF (CNAF)")
COLLECTIVE = """
ministeres:
  nom: Ministères français
  categorie: collectif
  membres: {categorie: ministere, preuve: Son nom.}
"""


def diff(project: ProjectCopy, old: str, new: str, *options: str) -> str:
    """Return what the command says of two pages."""
    project.set_page(old, "2024-01-01")
    project.add_page(new, "2024-02-01")
    return project.run_ok("diff", *options)


def test_the_report_goes_from_alerts_to_lists_to_the_other_texts(project):
    project.edit_text("source/organismes.yml", lambda text: text + COLLECTIVE)
    old = make_page(
        ["Ministère de la Justice", "INPI (INPI)", "Sorbonne Université"],
        ["Ministère de l'Intérieur", "La Cour des comptes"],
    ).replace("INPI (INPI)", "Institut national de la propriété industrielle (INPI)")
    new = make_page(
        ["Les ministères français", "Zèbre : lot 1", "Sorbonne Université : lot 2"],
        ["Ministère de l'Intérieur et des Outre-mer", "La Cour des comptes"],
    ).replace("contact@", "autre@")

    output = diff(project, old, new)

    assert output.splitlines()[:9] == [
        "De la page du 2024-01-01 à celle du 2024-02-01",
        "",
        "Attention",
        "- la liste « Support logiciels libres » ne cite plus « Institut national de la propriété "
        "industrielle » (ligne 11 avant), rien ne l'y remplace",
        "",
        "« Support logiciels libres » : 2 ajouts",
        "- « Ministères français » (ligne 10)",
        "- « Zèbre » (ligne 11, périmètre : « lot 1 », à confirmer)",
        "",
    ]
    for text in (
        "« Support logiciels libres » : 1 retrait\n",
        "« Support logiciels libres » : 1 organisme désormais par le groupe "
        "« Ministères français »\n- « Ministère de la Justice »\n",
        "organismes en plus, par le groupe « Ministères français »\n",
        "« Support logiciels libres » : 1 changement de périmètre\n"
        "- « Sorbonne Université » : sans périmètre → « lot 2 » (ligne 12)\n",
        "« Expertise logiciels libres » : 1 ajout\n- « Ministère des Outre-mer » (ligne 16)\n",
        "« Expertise logiciels libres » : 1 changement de nom\n- « Ministère de l'Intérieur » "
        "devient « Ministère de l'Intérieur et des Outre-mer » (ligne 16)\n",
    ):
        assert text in output
    assert output.endswith(
        "\nAilleurs dans la page\n"
        "- L'adresse de contact change : « contact@example.org » → « autre@example.org »\n"
    )


def test_a_list_that_shrank_or_vanished_comes_first(project):
    sports = ["Ministère de la Justice", "Ministère des Armées", "Ministère des Sports"]

    shrunken = diff(project, make_page(sports), make_page(sports[:1]))
    vanished = diff(project, make_page(sports), HEADER + EXPERTISE + "- La Cour des comptes\n")

    assert shrunken.splitlines()[3] == (
        "- la liste « Support logiciels libres » perd plus d'un tiers de ses bénéficiaires : "
        "2 sur 3, que rien d'autre n'y couvre"
    )
    assert vanished.splitlines()[3:] == [
        "- la liste « Support logiciels libres » n'est plus sur la page ; elle avait 3 bénéficiaires",
        "",
        "« Support logiciels libres » : la liste n'est plus sur la page",
    ]


def test_members_that_leave_with_their_group_are_listed_below_the_alert(project):
    project.edit_text("source/organismes.yml", lambda text: text + COLLECTIVE)

    output = diff(
        project,
        make_page(["Ministères français", "Sorbonne Université"]),
        make_page(["Sorbonne Université"]),
    )

    warnings, _, lists = output.partition(" retraits\n")
    assert "perd plus d'un tiers de ses bénéficiaires" in warnings
    assert warnings.count("ne cite plus") == 1
    assert "- « Ministère de la Justice » (ligne 10 avant)\n" in lists


def test_members_that_are_named_again_are_neither_added_nor_removed(project):
    project.edit_text("source/organismes.yml", lambda text: text + COLLECTIVE)
    group = "Ministères français"

    output = diff(project, make_page([group]), make_page([group, *NAMES[:2]]))

    assert "« Support logiciels libres » : 2 organismes désormais par leur propre nom\n" in output
    assert " ajout" not in output


def test_spelling_and_order_are_shown_on_demand_alone(project):
    old = make_page(
        ["Le ministère de la Justice", "Sorbonne Université", "Cour des comptes : lot 1"]
    )
    new = make_page(
        ["Sorbonne université.", "Ministère de la justice", "La Cour des comptes : Lot 1"]
    )

    plain_output = diff(project, old, new)
    output = project.run_ok("diff", "--spelling")

    assert plain_output == (
        "De la page du 2024-01-01 à celle du 2024-02-01\n"
        "Rien ne change, sinon peut-être l'écriture ou l'ordre des listes.\n"
    )
    assert output.removeprefix(plain_output).splitlines() == [
        "",
        "Dans la forme seulement",
        "--- 2024-01-01",
        "+++ 2024-02-01",
        "@@ -1,3 +1,3 @@",
        "-Le ministère de la Justice",
        "-Sorbonne Université",
        "-Cour des comptes : lot 1",
        "+Sorbonne université.",
        "+Ministère de la justice",
        "+La Cour des comptes : Lot 1",
    ]


def test_split_bullets_are_read_as_joined_and_it_is_said(project):
    split = ["Sorbonne Université", "Le ministère de la", "Justice"]

    output = diff(
        project, make_page(["Sorbonne Université", "Ministère de la Justice"]), make_page(split)
    )

    assert output.splitlines()[1:] == [
        "Rien ne change, sinon peut-être l'écriture ou l'ordre des listes.",
        "",
        "Une puce coupée est lue comme si la correction proposée était acceptée.",
    ]


def test_split_bullets_of_another_snapshot_are_not_said(project):
    names = ["Sorbonne Université", "Ministère de la Justice"]
    project.set_page(make_page(["Le ministère de la", "Justice"]), "2023-01-01")
    project.add_page(make_page(names), "2024-01-01")
    project.add_page(make_page(names), "2024-02-01")

    assert "coupée" not in project.run_ok("diff")


def test_one_that_may_still_be_covered_is_not_said_to_be_lost(project):
    services = (
        "Services et entités relevant du périmètre budgétaire des services du Premier ministre"
    )
    anssi = "Agence nationale de la sécurité des systèmes d'information (ANSSI)"

    output = diff(project, make_page([services, anssi]), make_page([services]))

    assert (
        "ne cite plus « Agence nationale de la sécurité des systèmes d'information » "
        "(ligne 11 avant), à vérifier par « Services du Premier ministre »\n"
    ) in output
    assert "rien ne l'y remplace" not in output


@pytest.mark.parametrize(
    ("options", "dates", "change"),
    [
        ([], "2024-02-01 à celle du 2024-03-01", "Rien ne change"),
        (["2024-01-01"], "2024-01-01 à celle du 2024-03-01", "1 retrait"),
        (["2024-03-01", "2024-01-01"], "2024-03-01 à celle du 2024-01-01", "1 ajout"),
    ],
    ids=["the last two", "one and the newest", "any two"],
)
def test_any_two_snapshots_are_compared(project, options, dates, change):
    names = ["Ministère de la Justice", "Sorbonne Université"]
    project.set_page(make_page(names), "2024-01-01")
    project.add_page(make_page(names[:1]), "2024-02-01")
    project.add_page(make_page(names[:1]), "2024-03-01")

    output = project.run_ok("diff", *options)

    assert f"De la page du {dates.split(' ')[0]} à celle du {dates.split(' ')[-1]}\n" in output
    assert change in output


def test_a_day_without_snapshot_is_one_line(project):
    project.set_page(make_page(["Sorbonne Université"]), "2024-01-01")

    assert project.run_fails("diff", "2020-01-01") == [
        "source/pages/versions.csv: pas de version du 2020-01-01 ; il y a 2024-01-01"
    ]


def test_the_only_snapshot_has_nothing_to_be_compared_with(project):
    project.set_page(HEADER + SUPPORT + format_bullets(["Sorbonne Université"]), "2024-01-01")

    output = project.run_ok("diff")

    assert output == "Pas de version de la page avant celle du 2024-01-01 : rien à comparer.\n"
