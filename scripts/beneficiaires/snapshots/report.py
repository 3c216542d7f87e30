"""The change report and what a refresh says, laid out for a terminal or for a pull request."""

import difflib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from .. import wording
from ..errors import Problem
from ..model.comparison import Comparison, ListComparison, RouteChange
from ..model.coverage import LISTED
from .add import AddedSnapshots

Quote = Callable[[str], str]
"""What puts a text of the page or of the registry between quotes; "" stays as it is."""

_PAGE_FILE = re.compile(r"source/pages/(\d{4}-\d{2}-\d{2})\.md")


@dataclass(frozen=True)
class ReportSection:
    """A heading and the lines below it."""

    title: str
    lines: tuple[str, ...]


def format_refresh_text(added: AddedSnapshots) -> str:
    """Return what a refresh says in a terminal: what changed, what was kept, what to decide."""
    blocks = [format_text(comparison).rstrip("\n") for comparison in added.comparisons]
    notes = _list_notes(added)
    if notes:
        blocks.append("\n".join(notes))
    decisions = group_decisions(added.decisions)
    if decisions:
        blocks.append(f"{wording.decisions_heading(len(decisions))}\n{_format_list(decisions)}")
    if added.outputs or decisions:
        blocks.append(wording.refresh_next_step(len(decisions)))
    return "\n\n".join(blocks) + "\n"


def format_refresh_markdown(added: AddedSnapshots) -> str:
    """Return what a refresh says in a pull request; nothing of the page in it is interpreted."""
    blocks = [format_markdown(comparison).rstrip("\n") for comparison in added.comparisons]
    notes = [quote_markdown(note) for note in _list_notes(added)]
    if notes:
        blocks.append(_format_list(notes))
    decisions = group_decisions(added.decisions)
    if decisions:
        blocks.append(f"## {wording.decisions_heading(len(decisions))}")
        blocks.append("\n".join(f"    {decision}" for decision in decisions))
    if added.outputs or decisions:
        blocks.append(wording.refresh_next_step(len(decisions)))
    return "\n\n".join(blocks) + "\n"


def _list_notes(added: AddedSnapshots) -> list[str]:
    """Return the sentences on how pages were read, and on those kept or left out."""
    notes = []
    if added.join_count:
        notes.append(wording.joined_reading(added.join_count))
    if not added.snapshots:
        notes.append(wording.nothing_new())
    notes += added.notes
    for problem in added.left_out:
        notes.append(wording.left_out(str(problem)))
    return notes


def quote_text(text: str) -> str:
    """Return a text between French quotes."""
    return f"« {text} »" if text else ""


def quote_markdown(text: str) -> str:
    """Return a text as a code span, which nothing in it can end, nor GitHub interpret."""
    inert_text = " ".join(text.split()).replace("`", "'")
    return f"`{inert_text}`" if inert_text else ""


def format_text(comparison: Comparison) -> str:
    """Return a report for a terminal."""
    lines = [_make_title(comparison)]
    sections = describe_comparison(comparison, quote_text)
    if not sections:
        lines.append(wording.no_change())
    for section in sections:
        lines += ["", section.title]
        lines += [f"- {line}" for line in section.lines]
    return "\n".join(lines) + "\n"


def format_markdown(comparison: Comparison) -> str:
    """Return a report for the description of a pull request."""
    blocks = [f"## {_make_title(comparison)}"]
    sections = describe_comparison(comparison, quote_markdown)
    if not sections:
        blocks.append(wording.no_change())
    for section in sections:
        blocks.append(f"### {section.title}")
        if section.lines:
            blocks.append(_format_list(section.lines))
    return "\n\n".join(blocks) + "\n"


def _make_title(comparison: Comparison) -> str:
    return wording.comparison_title(str(comparison.old_date), str(comparison.new_date))


def describe_comparison(comparison: Comparison, quote: Quote) -> list[ReportSection]:
    """Return the sections of a report: alerts, the changes of each list, the other texts."""
    warnings = []
    sections = []
    for part in comparison.lists:
        warnings += _describe_alerts(part, quote)
        sections += _describe_list(part, quote)
    texts = []
    for change in comparison.text_changes:
        line = wording.text_change_line(
            subject=change.subject,
            list_name=quote(change.list_name or ""),
            old=quote(change.old),
            new=quote(change.new),
        )
        texts.append(line)
    if warnings:
        sections.insert(0, ReportSection(wording.ATTENTION, tuple(warnings)))
    if texts:
        sections.append(ReportSection(wording.OTHER_TEXTS, tuple(texts)))
    return sections


def _describe_alerts(part: ListComparison, quote: Quote) -> list[str]:
    """Return what is said first of a list: what it lost, and who vanished from it."""
    name = quote(part.name)
    alert = part.alert
    if alert is not None and alert.is_missing:
        return [wording.missing_list_alert(name, alert.old_count)]
    lines = []
    if alert is not None:
        lines.append(wording.shrunken_list_alert(name, alert.lost_count, alert.old_count))
    for removal in part.removed:
        if removal.was_listed and not part.is_gone:
            possible_names = ", ".join(quote(label) for label in removal.possible_names)
            lines.append(
                wording.vanished_organisation(
                    name=quote(removal.name),
                    list_name=name,
                    line=removal.line,
                    to_verify_through=quote(removal.to_verify_through or ""),
                    possible_names=possible_names,
                )
            )
    return lines


def _describe_list(part: ListComparison, quote: Quote) -> list[ReportSection]:
    """Return a section for each kind of changes of a list, one alone for a list that is gone."""
    sections = []
    name = quote(part.name)
    if part.is_gone:
        return [ReportSection(wording.list_section(name, wording.gone_list()), ())]
    if part.is_new:
        sections.append(ReportSection(wording.list_section(name, wording.new_list()), ()))
    for kind, lines in (
        ("added", _describe_additions(part, quote)),
        ("removed", _describe_removals(part, quote)),
        ("renamed", _describe_renamings(part, quote)),
    ):
        if lines:
            title = wording.list_section(name, wording.count_changes(kind, len(lines)))
            sections.append(ReportSection(title, tuple(lines)))
    sections += _describe_route_changes(part, quote)
    lines = _describe_scope_changes(part, quote)
    if lines:
        title = wording.list_section(name, wording.count_changes("scope_changes", len(lines)))
        sections.append(ReportSection(title, tuple(lines)))
    return sections


def _describe_additions(part: ListComparison, quote: Quote) -> list[str]:
    lines = []
    for entry in part.added:
        line = wording.addition_line(
            name=quote(entry.name),
            scope=quote(entry.scope or ""),
            line=entry.line,
            is_confirmed=entry.is_confirmed,
        )
        lines.append(line)
    return lines


def _describe_removals(part: ListComparison, quote: Quote) -> list[str]:
    lines = []
    for removal in part.removed:
        through = quote(removal.to_verify_through or "")
        lines.append(wording.removal_line(quote(removal.name), removal.line, through))
    return lines


def _describe_renamings(part: ListComparison, quote: Quote) -> list[str]:
    lines = []
    for renaming in part.renamed:
        line = wording.renaming_line(
            old_label=quote(renaming.old_label),
            new_label=quote(renaming.new_label),
            line=renaming.line,
            is_confirmed=renaming.is_confirmed,
        )
        lines.append(line)
    return lines


def _describe_scope_changes(part: ListComparison, quote: Quote) -> list[str]:
    lines = []
    for change in part.scope_changes:
        line = wording.scope_line(
            name=quote(change.name),
            old_scope=quote(change.old_scope or ""),
            new_scope=quote(change.new_scope or ""),
            line=change.line,
        )
        lines.append(line)
    return lines


def _describe_route_changes(part: ListComparison, quote: Quote) -> list[ReportSection]:
    """Return a section for the organisations that each group or successor covers now."""
    sections = []
    name = quote(part.name)
    for changes in _group_by_route(part.rerouted):
        first = changes[0]
        count = wording.count_route_changes(
            status=first.status,
            through=quote(first.through_name),
            is_new=not first.was_covered,
            count=len(changes),
        )
        lines = tuple(quote(change.name) for change in changes)
        sections.append(ReportSection(wording.list_section(name, count), lines))
    return sections


def _group_by_route(changes: Iterable[RouteChange]) -> list[list[RouteChange]]:
    """Return the changes of those that were covered alike, and are covered now by the same one."""
    groups: dict[tuple[str, str, bool], list[RouteChange]] = {}
    for change in changes:
        through = change.through
        if change.status == LISTED:
            through = ""
        route = (change.status, through, change.was_covered)
        groups.setdefault(route, []).append(change)
    return list(groups.values())


def format_spelling(comparison: Comparison) -> str:
    """Return a unified diff of the bullets that say the same, "" when they are written alike."""
    old_texts: list[str] = []
    new_texts: list[str] = []
    for part in comparison.lists:
        old_texts += part.old_texts
        new_texts += part.new_texts
    dates = (str(comparison.old_date), str(comparison.new_date))
    lines = list(difflib.unified_diff(old_texts, new_texts, *dates, lineterm="", n=0))
    if not lines:
        return ""
    return "\n".join([wording.spelling_section(), *lines]) + "\n"


def group_decisions(decisions: Iterable[Problem]) -> list[str]:
    """Return one line for each decision, with all its places, in the order of the first.

    Messages are the same when they differ by the day of their snapshot alone: the first one stays.
    """
    messages: dict[str, str] = {}
    places: dict[str, list[str]] = {}
    for problem in decisions:
        page_file = _PAGE_FILE.fullmatch(problem.file)
        message = " ".join(problem.message.splitlines())
        key = message
        place = problem.file
        if page_file is not None:
            place = page_file[1]
            key = message.replace(place, "")
        if problem.line is not None:
            place = f"{place}:{problem.line}"
        messages.setdefault(key, message)
        places.setdefault(key, []).append(place)
    return [f"{', '.join(places[key])} : {messages[key]}" for key in messages]


def _format_list(lines: Sequence[str]) -> str:
    """Return lines as the items of a list."""
    return "\n".join(f"- {line}" for line in lines)
