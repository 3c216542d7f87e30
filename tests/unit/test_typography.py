"""French typography: apostrophes and no-break spaces in texts and in HTML."""

import pytest

from beneficiaires.publish.typography import typeset, typeset_html

NBSP = "\u00a0"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("l'État d'alors", "l’État d’alors"),
        ("d'« ici »", f"d’«{NBSP}ici{NBSP}»"),
        ("Oui : « non » ; ou ? si !", f"Oui{NBSP}: «{NBSP}non{NBSP}»{NBSP}; ou{NBSP}? si{NBSP}!"),
        ("400 % de zoom", f"400{NBSP}% de zoom"),
        ("27 organismes, 3 marchés", f"27{NBSP}organismes, 3{NBSP}marchés"),
        ("le 1er mai 2024 et après", f"le 1er{NBSP}mai 2024 et après"),
        ("ligne 12 de la page", f"ligne{NBSP}12{NBSP}de la page"),
        ("https://code.gouv.fr/?a='b'", "https://code.gouv.fr/?a='b'"),
        ("' quoted '", "' quoted '"),
    ],
)
def test_a_text_is_set_as_french_wants_it(text, expected):
    assert typeset(text) == expected
    assert typeset(expected) == expected


def test_the_texts_of_a_page_are_set_and_its_code_is_not():
    page = (
        '<meta name="description" content="C&#39;est l&#39;été : oui">'
        '<meta http-equiv="x" content="default-src \'none\'">'
        "<p title=\"l&#39;an ?\">L&#39;un &lt; l'autre : <code>d'ici : là</code></p>"
        "<script>let a = 'l\\'un : 2 fois';</script><p>d'accord</p>"
    )

    assert typeset_html(page) == (
        f'<meta name="description" content="C’est l’été{NBSP}: oui">'
        '<meta http-equiv="x" content="default-src \'none\'">'
        f'<p title="l’an{NBSP}?">L’un &lt; l’autre{NBSP}: <code>d\'ici : là</code></p>'
        "<script>let a = 'l\\'un : 2 fois';</script><p>d’accord</p>"
    )
