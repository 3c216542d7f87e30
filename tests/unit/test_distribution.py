"""The parts of the distribution that need no whole project: names of sheets, archives, notices."""

import datetime as dt
import io
import json
import stat
import zipfile

import jinja2
import pytest

from beneficiaires.errors import ProblemsFound
from beneficiaires.publish.distribution import list_earlier_files, write_distribution
from beneficiaires.publish.templates import render_template
from beneficiaires.publish.workbooks import (
    count_lines,
    make_contract_titles,
    make_sheet_names,
    make_zip,
    measure_height,
)
from beneficiaires.wording import CELL_WORDS, change_title


def make_index(*names: object) -> bytes:
    """Return an index.json that lists these files."""
    return json.dumps({"files": [{"name": name} for name in names]}).encode()


def test_sheet_names_are_accepted_by_excel_and_never_the_same():
    long_title = "Identifiants des organismes publics"
    titles = [long_title, f"{long_title} (2)", "Noms", "NOMS", "a/b:c*d?[e]\\'f'", "'", "", " "]

    names = make_sheet_names(titles)

    assert names[:2] == ["Identifiants des organismes pub", "Identifiants des organismes p 2"]
    assert names[2:5] == ["Noms", "NOMS 2", "a b c d e f"]
    assert len({name.casefold() for name in names}) == len(titles)
    assert all(1 <= len(name) <= 31 for name in names)


def test_two_contracts_of_one_name_have_a_column_each():
    contracts = [
        {"marche": "support", "nom": "Support"},
        {"marche": "support-2", "nom": "Support"},
        {"marche": "expertise", "nom": "Expertise"},
    ]
    titles = make_contract_titles(contracts)
    assert titles == ["Support (support)", "Support (support-2)", "Expertise"]


def test_each_answer_has_a_word_of_its_own():
    assert len(set(CELL_WORDS.values())) == len(CELL_WORDS) == 6


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        pytest.param("", 0, id="nothing"),
        pytest.param("lettres " * 2 + "abcdef", 1, id="22 letters in 20 digits"),
        pytest.param("lettres " * 2 + "abcdefg", 2, id="23 letters"),
        pytest.param("date " + "0" * 43 + ", commit", 4, id="long words"),
    ],
)
def test_a_text_takes_as_many_lines_as_its_words_fill(text, lines):
    assert count_lines(text, 20) == lines


def test_a_row_is_as_high_as_its_longest_text():
    assert measure_height([None, "a" * 20, dt.date(2024, 1, 1)], [10, 20, 10]) == 14
    assert measure_height(["a" * 23, 7], [20, 10]) == 28


def test_an_archive_holds_readable_files_without_the_time_of_day():
    data = make_zip({"data/a.csv": b"a\n1\n", "b.txt": b"b"})
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = archive.infolist()
        assert archive.read("data/a.csv") == b"a\n1\n"
    assert [stat.S_IMODE(entry.external_attr >> 16) for entry in entries] == [0o644, 0o644]
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {entry.compress_type for entry in entries} == {zipfile.ZIP_STORED}


def test_only_files_that_an_earlier_index_lists_are_removed(tmp_path):
    (tmp_path / "index.json").write_bytes(make_index("couverture-excel.csv", "couverture.csv"))
    for name in ("couverture-excel.csv", "couverture.csv", "notes.txt"):
        (tmp_path / name).write_text("ancien")
    (tmp_path / "site").mkdir()

    written = write_distribution({"couverture.csv": b"nouveau", "index.json": b"{}"}, tmp_path)

    assert written == 2
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["couverture.csv", "index.json", "notes.txt", "site"]


def test_nothing_is_removed_when_a_file_cannot_be_written(tmp_path):
    (tmp_path / "index.json").write_bytes(make_index("couverture-excel.csv"))
    (tmp_path / "couverture-excel.csv").write_text("ancien")

    with pytest.raises(ProblemsFound, match="rien n'a été modifié"):
        write_distribution({"c" * 300: b"nouveau"}, tmp_path)

    assert (tmp_path / "couverture-excel.csv").exists()


@pytest.mark.parametrize(
    ("index", "names"),
    [
        pytest.param(b"{", [], id="cut"),
        pytest.param(b"[]", [], id="no object"),
        pytest.param(b'{"files": 3}', [], id="no list"),
        pytest.param(b'{"files": ["a.csv", {"name": 4}, {}]}', [], id="no entries"),
        pytest.param(make_index("../a", "/etc/b", "c/d", "..", ".", "e"), ["e"], id="elsewhere"),
    ],
)
def test_an_odd_index_removes_nothing_outside_the_folder(tmp_path, index, names):
    (tmp_path / "index.json").write_bytes(index)
    assert list_earlier_files(tmp_path) == names


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            "a\n{{ b }}", "site/a.html:2: gabarit : UndefinedError, 'b'", id="unknown name"
        ),
        pytest.param("a\n\n{% if %}", "site/a.html:3: gabarit : TemplateSyntaxError", id="syntax"),
        pytest.param("{{ 1 / 'a' }}", "site/a.html:1: gabarit : TypeError", id="type"),
        pytest.param("{{ 1 // 0 }}", "site/a.html:1: gabarit : ZeroDivisionError", id="division"),
        pytest.param(
            "\n{% include 'a.html' %}", "site/a.html:2: gabarit : RecursionError", id="recursion"
        ),
        pytest.param(
            "{% include 'c' %}", "site/a.html:1: gabarit : TemplateNotFound, c", id="file"
        ),
    ],
)
def test_a_broken_template_is_one_line_at_its_place(tmp_path, text, message):
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "a.html").write_text(text)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder), undefined=jinja2.StrictUndefined
    )

    with pytest.raises(ProblemsFound) as failure:
        render_template(environment, "a.html")

    (problem,) = failure.value.problems
    assert str(problem).startswith(message)
    assert str(tmp_path) not in str(problem)


def test_the_title_of_a_change_counts_what_changed():
    date = dt.date(2024, 11, 1)
    assert change_title(date, None) == "Page du 1er novembre 2024 : première version connue"
    assert change_title(date, []) == "Page du 1er novembre 2024 : bénéficiaires inchangés"
    assert change_title(date, ["2 ajouts", "1 retrait"]).endswith(" : 2 ajouts, 1 retrait")
