"""The project that most tests of the commands start from."""

import pytest

from helpers import ProjectCopy, copy_project


@pytest.fixture
def project(tmp_path) -> ProjectCopy:
    """A copy of the project."""
    return copy_project(tmp_path / "project")
