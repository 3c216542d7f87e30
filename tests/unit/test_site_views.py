"""The views of the lookup site: evidence in a few words, the doubt about services."""

import pytest

from beneficiaires.model.coverage import GROUP, LISTED, NOT_LISTED, TO_VERIFY, Coverage
from beneficiaires.model.matching import LIMITED, WIDE, Listing
from beneficiaires.publish.site_views import doubt_service, find_answer_kind, shorten_evidence
from beneficiaires.source.models import Organisation


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        ("betagouv/beta.gouv.fr : content/a.md @ bbba3ccee90e (« spm »)", "beta.gouv.fr"),
        ("http://www.gouvernement.fr/le-premier-ministre (l'hôtel)", "gouvernement.fr"),
        ("data.gouv.fr, réponse d’API figée dans datagouv/udata-front : a.ts", "data.gouv.fr"),
        ("etalab/noms-de-domaine : urls.txt @ fe23ea940eed", "etalab"),
        ("Le nom les désigne tous.", "Le nom les désigne tous."),
    ],
)
def test_evidence_is_called_by_its_domain_or_its_owner(evidence, expected):
    assert shorten_evidence(evidence) == expected


def make_listing(scope: str | None, reach: str | None) -> Listing:
    """Return a listing of an organisation with that scope."""
    organisation = Organisation(slug="a", name="A")
    return Listing(organisation, scope, reach, (), "Les A", 1, 10)


@pytest.mark.parametrize(
    ("status", "reach", "expected_status"),
    [
        (LISTED, WIDE, TO_VERIFY),
        (LISTED, LIMITED, LISTED),
        (LISTED, None, LISTED),
        (GROUP, WIDE, GROUP),
        (TO_VERIFY, WIDE, TO_VERIFY),
    ],
)
def test_a_service_has_the_answer_of_its_organisation_unless_it_is_listed_with_a_wide_scope(
    status, reach, expected_status
):
    listing = make_listing(reach and "ses services", reach)

    coverage = doubt_service(Coverage(status, "a", listing))

    assert (coverage.status, coverage.listing) == (expected_status, listing)


@pytest.mark.parametrize(
    ("status", "scope", "kind"),
    [
        (LISTED, None, "oui"),
        (LISTED, "lot 2", "precision"),
        (GROUP, None, "groupe"),
        (GROUP, "lot 2", "precision"),
        (TO_VERIFY, "lot 2", "verifier"),
        (NOT_LISTED, None, "non-cite"),
    ],
)
def test_a_yes_with_a_scope_has_its_own_mark(status, scope, kind):
    assert find_answer_kind(Coverage(status, "a", make_listing(scope, scope and LIMITED))) == kind
