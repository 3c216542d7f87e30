"""French typography: curly apostrophes and no-break spaces, in texts and in the texts of HTML."""

import html
import re

NO_BREAK_SPACE = "\u00a0"

_MONTHS = "janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre"
_APOSTROPHE = re.compile(r"(?<=\w)'(?=[\w«])")
_BREAKABLE_SPACE = re.compile(
    r"(?<=«) "
    r"| (?=[»:;?!%])"
    r"|(?<=\b\d) (?=\w)|(?<=\b\d\d) (?=\w)|(?<=\b\d\d\d) (?=\w)|(?<=\b1er) (?=\w)"
    r"|(?<=\b[Ll]igne) (?=\d)"
    rf"|(?<=\bdu) (?=\d+ (?:{_MONTHS}))"
)
_MARKUP = re.compile(r"(<!--.*?-->|<[^>]*>)", re.DOTALL)
_TAG_NAME = re.compile(r"</?([a-z0-9]+)", re.IGNORECASE)
_READ_ATTRIBUTE = re.compile(r'((?:aria-label|placeholder|title)=")([^"]*)(")')
_READ_CONTENT = re.compile(r'(content=")([^"]*)(")')
_READ_META = ('<meta name="description"', '<meta property="og:')
_VERBATIM_TAGS = frozenset(["code", "pre", "script", "style"])


def typeset(text: str) -> str:
    """Return a French text with curly apostrophes, and no-break spaces where a line may not end.

    They stand inside « », before : ; ? ! and %, and between a number and what it counts.
    """
    return _BREAKABLE_SPACE.sub(NO_BREAK_SPACE, _APOSTROPHE.sub("’", text))


def typeset_html(page: str) -> str:
    """Return an HTML page whose texts are set as French wants it; code and scripts stay as is.

    The texts of `aria-label`, `placeholder`, `title` and of the descriptions count too. In the
    values of attributes « > » is written as an entity.
    """
    parts = []
    verbatim_depth = 0
    for part in _MARKUP.split(page):
        if not part.startswith("<"):
            parts.append(part if verbatim_depth else _typeset_escaped(part))
            continue
        tag_name = _TAG_NAME.match(part)
        if tag_name is not None and tag_name[1].lower() in _VERBATIM_TAGS:
            verbatim_depth += -1 if part.startswith("</") else 1
        parts.append(_typeset_tag(part))
    return "".join(parts)


def _typeset_tag(tag: str) -> str:
    """Return a tag whose attributes that people read are typeset."""
    if tag.startswith(_READ_META):
        return _READ_CONTENT.sub(_typeset_attribute, tag)
    return _READ_ATTRIBUTE.sub(_typeset_attribute, tag)


def _typeset_attribute(attribute: re.Match[str]) -> str:
    value = html.escape(typeset(html.unescape(attribute[2])))
    return f"{attribute[1]}{value}{attribute[3]}"


def _typeset_escaped(text: str) -> str:
    return html.escape(typeset(html.unescape(text)), quote=False)
