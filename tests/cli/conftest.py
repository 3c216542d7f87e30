"""The project that most tests of the commands start from."""

import pytest

from helpers import ProjectCopy, copy_project
from portals.site import Site, start_udata


@pytest.fixture
def project(tmp_path) -> ProjectCopy:
    """A copy of the project."""
    return copy_project(tmp_path / "project")


@pytest.fixture(scope="session")
def udata(tmp_path_factory):
    """The real udata, started once for all the tests of its group."""
    with start_udata(tmp_path_factory.mktemp("udata")) as site:
        yield site


@pytest.fixture
def site(udata) -> Site:
    """The real udata, without dataset, contact or request."""
    udata.reset()
    return udata
