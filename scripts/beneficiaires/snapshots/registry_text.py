"""The text of organismes.yml, edited line by line: comments and every other byte stay."""

import json

from ..source.documents import Document


def format_alias(text: str) -> str:
    """Return an alias to confirm, as an item of a YAML list."""
    return f"- {{libelle: {format_text(text)}, a_confirmer: true}}"


def format_text(text: str) -> str:
    """Return a text between quotes: every JSON string is one of YAML."""
    return json.dumps(text, ensure_ascii=False)


class RegistryText:
    """The lines of organismes.yml, to which aliases and entries are added.

    Lines are numbered as those of the document, whatever is added: additions are kept apart until
    `build_text` puts them in their places.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self._lines = document.text.splitlines()
        self._additions: dict[int, list[str]] = {}
        self._headed_slugs: set[str] = set()
        self._entries: list[str] = []

    @property
    def is_changed(self) -> bool:
        """Whether anything was added."""
        return bool(self._additions or self._entries)

    def add_alias(self, slug: str, text: str) -> bool:
        """Add an alias to an entry. Return False for an entry that is not written line by line."""
        entry = self.document.value[slug]
        aliases = entry.get("libelles")
        if aliases:
            return self._add_to_list(slug, len(aliases) - 1, text)
        field = "nom"
        if "categorie" in entry:
            field = "categorie"
        if "libelles" in entry:
            field = "libelles"
        line = self._find_line(slug, field)
        indent = _measure_indent(self._lines[line])
        if aliases is not None or not self._lines[line][indent:].startswith(f"{field}:"):
            return False
        additions = self._additions.setdefault(self._find_block_end(line), [])
        if field != "libelles" and slug not in self._headed_slugs:
            self._headed_slugs.add(slug)
            additions.append(" " * indent + "libelles:")
        additions.append(" " * (indent + 2) + format_alias(text))
        return True

    def _add_to_list(self, slug: str, last_position: int, text: str) -> bool:
        """Add an alias after the last one. Return False for a list that is not line by line."""
        line = self._find_line(slug, "libelles", last_position)
        indent = _measure_indent(self._lines[line])
        if not self._lines[line][indent:].startswith("-"):
            return False
        additions = self._additions.setdefault(self._find_block_end(line), [])
        additions.append(" " * indent + format_alias(text))
        return True

    def add_entry(self, entry: str) -> None:
        """Add a new entry, whose text ends with a line break, after all others."""
        self._entries.append(entry)

    def build_text(self) -> str:
        """Return the text of the file with all that was added."""
        newline = "\r\n" if "\r\n" in self.document.text else "\n"
        lines = []
        for number, line in enumerate(self._lines):
            lines.append(line)
            lines += self._additions.get(number, [])
        if self._entries:
            while lines and not lines[-1].strip():
                lines.pop()
        for entry in self._entries:
            lines.append("")
            lines += entry.splitlines()
        return newline.join(lines) + newline

    def _find_line(self, *path: str | int) -> int:
        """Return the index of the line of what stands at a path, from 0."""
        return self.document.find_line(*path) - 1

    def _find_block_end(self, start: int) -> int:
        """Return the last line of what begins on a line: those that follow and are deeper."""
        indent = _measure_indent(self._lines[start])
        end = start
        for number in range(start + 1, len(self._lines)):
            line = self._lines[number]
            if not line.strip():
                continue
            if _measure_indent(line) <= indent:
                break
            end = number
        return end


def _measure_indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
