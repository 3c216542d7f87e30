"""The templates of site/: what they may use, and their faults as problems of one line."""

import traceback
from pathlib import Path

import jinja2

from .. import wording
from ..datapackage.dictionary import describe_fields
from ..errors import ProblemsFound
from ..project import Project
from .metadata import dataset_metadata

TEMPLATES_FOLDER = "site"


def make_environment(project: Project) -> jinja2.Environment:
    """Return the environment of the templates of site/.

    What a template of .html, .xml or .atom shows is escaped; a name that nobody defines is a fault.
    Every template may use `project`, `package`, `publication`, `metadata` and `describe_fields`.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(project.sources.files.root / TEMPLATES_FOLDER),
        autoescape=jinja2.select_autoescape(("html", "xml", "atom")),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.policies["json.dumps_kwargs"] = {
        "ensure_ascii": False,
        "separators": (",", ":"),
        "sort_keys": False,
    }
    environment.globals["project"] = project
    environment.globals["package"] = project.package
    environment.globals["publication"] = project.sources.publication
    environment.globals["metadata"] = dataset_metadata(project)
    environment.globals["describe_fields"] = describe_fields
    return environment


def render_template(environment: jinja2.Environment, name: str, **values: object) -> str:
    """Return the text that a template of site/ makes of these values.

    Raises ProblemsFound, at its line where Jinja knows it, when the template is broken.
    """
    try:
        return environment.get_template(name).render(values)
    except Exception as error:  # a template is a program, and raises anything
        file, line = _find_place(error, name, environment.loader.searchpath[0])
        fault = wording.broken_template(type(error).__name__, _describe_fault(error))
        raise ProblemsFound.single(file, line, fault) from None


def _describe_fault(error: Exception) -> str:
    """Return what Jinja says of a fault, without the paths of this machine."""
    if isinstance(error, jinja2.TemplateNotFound):
        return str(error.name)
    return str(error)


def _find_place(error: Exception, name: str, folder: str) -> tuple[str, int | None]:
    """Return the path of the template that raised an error and its line, None if unknown.

    `folder` is that of the templates.
    """
    if isinstance(error, jinja2.TemplateSyntaxError):
        return f"{TEMPLATES_FOLDER}/{error.name or name}", error.lineno
    # Jinja makes the frames of a template look like lines of its file.
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if Path(frame.filename).is_relative_to(folder):
            template = Path(frame.filename).relative_to(folder).as_posix()
            return f"{TEMPLATES_FOLDER}/{template}", frame.lineno
    return f"{TEMPLATES_FOLDER}/{name}", None
