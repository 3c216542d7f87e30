"""Every French sentence that users read, as pure functions of plain values.

Modules of all layers take their sentences here, so that one person can proofread them all.
"""

import datetime as dt
import errno
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .text import clip

# Files


def not_a_file() -> str:
    """Return the message for a path that is a folder or a device."""
    return "ce n'est pas un fichier"


def file_too_large(size: int, limit: int) -> str:
    """Return the message for a file above the limit, both in bytes."""
    return f"fichier trop gros ({size} octets, {limit} au plus)"


_SYSTEM_ERRORS = {
    errno.ENOENT: "fichier ou dossier absent",
    errno.EACCES: "permission refusée",
    errno.EPERM: "permission refusée",
    errno.EISDIR: "c'est un dossier",
    errno.ENOTDIR: "un fichier se trouve à la place d'un dossier",
    errno.EEXIST: "un fichier se trouve à la place d'un dossier",
    errno.ENAMETOOLONG: "nom trop long",
    errno.ELOOP: "liens symboliques en boucle",
    errno.ENOSPC: "disque plein",
    errno.EDQUOT: "quota de disque atteint",
    errno.EROFS: "disque en lecture seule",
}
"""What the usual errors of the system mean, by their number."""


def _system_error(number: int | None) -> str:
    return _SYSTEM_ERRORS.get(number, f"erreur {number} du système")


def unreadable_file(number: int | None) -> str:
    """Return the message for a file that the system cannot read, by the number of its error."""
    if number is None:
        return "lecture impossible : chemin illisible"
    return f"lecture impossible : {_system_error(number)}"


def unwritable_file(number: int | None) -> str:
    """Return the message for a file that the system cannot write, by the number of its error."""
    return f"écriture impossible : {_system_error(number)} ; rien n'a été modifié"


def unreplaceable_file(number: int | None) -> str:
    """Return the message for a file that could not be replaced by its new text."""
    reason = _system_error(number)
    return f"remplacement impossible : {reason} ; d'autres fichiers sont déjà nouveaux, relancer"


def not_utf8() -> str:
    """Return the message for a text file of another encoding."""
    return "ce n'est pas de l'UTF-8 ; réenregistrer en UTF-8"


def invalid_json(column: int | None) -> str:
    """Return the message for a file that is not JSON, at a column when it is known."""
    place = "" if column is None else f" à la colonne {column}"
    return f"JSON illisible{place} ; corriger la ponctuation (virgule, guillemet, accolade)"


def folder_is_locked() -> str:
    """Return the message for a folder in which another command is writing."""
    return "une autre commande y écrit en ce moment ; attendre qu'elle finisse, puis relancer"


# Edited files


def invalid_yaml() -> str:
    """Return the message for a file that is not YAML."""
    return "YAML illisible ; vérifier les retraits, les deux-points et les guillemets"


def yaml_anchor() -> str:
    """Return the message for a YAML anchor or alias."""
    return "ancre ou alias YAML (& ou *) ; écrire la valeur en entier"


def yaml_key_is_not_text() -> str:
    """Return the message for a key that is a list or a mapping."""
    return "une clé doit être un texte"


def duplicate_key(key: str) -> str:
    """Return the message for a key that stands twice in a mapping."""
    return f"clé « {clip(key)} » écrite deux fois ; en retirer une"


def yaml_tag(tag: str) -> str:
    """Return the message for a list or a mapping with a YAML tag."""
    return f"étiquette YAML « {clip(tag)} » ; la retirer"


def unquoted_yaml_value(value: str) -> str:
    """Return the message for a value with a tag that this project does not read."""
    return f"« {clip(value)} » illisible ; mettre ce texte entre guillemets"


def column_written_twice() -> str:
    """Return the message for a CSV header that has a column twice."""
    return "une colonne est écrite deux fois ; en retirer une"


def invalid_csv() -> str:
    """Return the message for a file that is not CSV."""
    return "CSV illisible ; vérifier les guillemets"


def wrong_number_of_cells(count: int, expected: int) -> str:
    """Return the message for a CSV row that has too many or too few cells."""
    return (
        f"nombre de cellules : {count}, au lieu de {expected} ; "
        "vérifier les virgules et les guillemets"
    )


def forbidden_character(char: str) -> str:
    """Return the message for a character that no text may hold."""
    return f"caractère U+{ord(char):04X} interdit (invisible ou de contrôle) ; le supprimer"


def broken_json_schema(error: str) -> str:
    """Return the message for a file whose JSON Schema cannot be used, by the Python error."""
    return f"son schéma JSON est faux ({error}) ; corriger celui de ce fichier, dans schemas/"


def missing_field(field: str, description: str | None) -> str:
    """Return the message for a field that is required and not there."""
    meaning = "" if description is None else f" ; y mettre : {description}"
    return f"champ « {field} » manquant{meaning}"


def unknown_field(field: str, similar_fields: list[str]) -> str:
    """Return the message for a field that the file may not have."""
    advice = f"écrire « {similar_fields[0]} » ?" if similar_fields else "le retirer"
    return f"champ « {clip(field)} » inconnu ; {advice}"


def invalid_value(field: str | None, expected: str | None, value: object) -> str:
    """Return the message for a value that its JSON Schema refuses."""
    subject = "entrée" if field is None else f"champ « {clip(field)} »"
    message = f"{subject} : {expected or 'une autre forme est attendue'}"
    if value is None or isinstance(value, dict | list):
        return message
    shown_value = value if isinstance(value, str) else json.dumps(value)
    return f"{message} ; lu : « {clip(shown_value)} »"


# Registry


def name_without_word(text: str) -> str:
    """Return the message for a name or an alias that has no word to compare."""
    return f"« {text} » ne contient aucun mot ; écrire le nom de l'organisme"


def name_with_exclusion(text: str) -> str:
    """Return the message for a name that excludes somebody."""
    return f"« {text} » exclut quelqu'un ; en faire un libellé d'un collectif, avec « sauf »"


def members_without_collective() -> str:
    """Return the message for `membres` in an entry that is not a collective."""
    return "« membres » va avec « categorie: collectif »"


def unknown_slug(slug: str) -> str:
    """Return the message for a slug that no organisation has."""
    return f"« {slug} » : aucun organisme n'a ce slug dans organismes.yml ; le corriger"


def group_is_no_collective(slug: str) -> str:
    """Return the message for a group that is an ordinary organisation."""
    return f"« {slug} » n'est pas un collectif ; un groupe a « categorie: collectif »"


def exclusion_outside_collective(text: str) -> str:
    """Return the message for an alias that excludes somebody and names an ordinary organisation."""
    return f"libellé « {text} » : une exclusion appartient à un collectif ; l'y déplacer"


def exclusion_without_slugs(text: str) -> str:
    """Return the message for an alias that excludes somebody and does not say whom."""
    return f"libellé « {text} » : dire qui est exclu, par exemple « sauf: [ministere-economie] »"


def search_name_without_evidence(text: str) -> str:
    """Return the message for a search name that is more than a spelling."""
    return (
        f"autre nom « {text} » : c'est plus qu'une graphie du nom ; "
        "dire où il a été lu : « {nom: …, preuve: …} », ou le retirer"
    )


def name_of_another(text: str, slug: str) -> str:
    """Return the message for a text that is the name of another organisation."""
    return f"« {text} » est le nom de {slug} ; le retirer d'ici"


def alias_is_the_name(text: str) -> str:
    """Return the message for an alias that the name already covers."""
    return f"libellé « {text} » : le nom suffit ; le retirer"


def alias_is_an_acronym(text: str) -> str:
    """Return the message for an alias that is an acronym and nothing more."""
    return f"libellé « {text} » : un sigle seul n'identifie personne ; le retirer"


def alias_written_twice(text: str) -> str:
    """Return the message for an alias that stands twice in one entry."""
    return f"libellé « {text} » : écrit deux fois ; en retirer un"


def invalid_siren(value: str) -> str:
    """Return the message for a SIREN whose check digit is wrong."""
    return f"SIREN « {value} » : la clé de contrôle est fausse ; relire ses neuf chiffres"


def collective_with_siren() -> str:
    """Return the message for a collective that has a SIREN."""
    return "un collectif n'a pas de SIREN, ses membres en ont un ; retirer cette ligne"


def two_values(field: str, first: str, second: str) -> str:
    """Return the message for two values of one identifier."""
    values = f"vaut « {clip(first)} » plus haut et « {clip(second)} » ici"
    return f"« {field} » {values} ; n'en garder qu'une valeur"


def identifier_of_another(value: str, slug: str) -> str:
    """Return the message for an identifier that belongs to another organisation."""
    return f"« {clip(value)} » appartient déjà à {slug} ; relire les deux preuves"


def evidence_written_twice() -> str:
    """Return the message for a piece of evidence that stands twice."""
    return "cette preuve est déjà écrite plus haut ; en retirer une"


def relation_cycle(slugs: list[str]) -> str:
    """Return the message for groups and successions that lead back to their start."""
    return f"groupes et successions tournent en rond : {' → '.join(slugs)} ; en retirer un lien"


def unconfirmed_organisation(name: str, is_category_missing: bool) -> str:
    """Return the message for an organisation that a program drafted."""
    if is_category_missing:
        return (
            f"« {name} » à confirmer : ajouter « categorie » (institution, ministere, "
            "administration-centrale, etablissement-public, juridiction ou collectif), relire le "
            "slug, qui sera définitif, puis retirer la ligne « a_confirmer »"
        )
    return (
        f"« {name} » à confirmer : relire l'entrée et son slug, qui sera définitif, puis retirer "
        "la ligne « a_confirmer »"
    )


def unconfirmed_alias(alias: str, name: str) -> str:
    """Return the message for an alias that a program proposed."""
    return (
        f"« {alias} » est-il un autre libellé de « {name} » ? "
        "oui : retirer « , a_confirmer: true » ; non : retirer la ligne, puis « make refresh »"
    )


def formula_in_bullet() -> str:
    """Return the message for a text that a spreadsheet would take for a formula."""
    return "commence par = + - ou @ : un tableur y lirait une formule ; faire corriger la page"


def acronym_mismatch(acronym: str, registered: list[tuple[str, str | None]]) -> str:
    """Return the message for an acronym that is not that of the registry, by slug."""
    expected = [
        f"{slug} a « {known} »" if known else f"{slug} n'en a pas" for slug, known in registered
    ]
    return (
        f"sigle « {acronym} » : dans le registre, {', '.join(expected)} ; corriger l'un ou l'autre"
    )


def unmatched_exclusion() -> str:
    """Return the message for a bullet that excludes somebody in words that no alias has."""
    return (
        "exclusion (sauf, hors…) : ajouter cette puce entière, sans deux-points, aux « libelles » "
        "du collectif, avec « sauf: [slugs] »"
    )


# Page

BRACES = "accolades"
CODE_BLOCK = "bloc de code"
HEADING = "titre"
HTML = "HTML"
IMAGE = "image"
LINK_DEFINITION = "définition de lien"
NESTED_LIST = "liste dans la liste"
NUMBERED_LIST = "liste numérotée"
QUOTATION = "citation"
RULE = "filet"
SECOND_PARAGRAPH = "second paragraphe"
STRUCK_TEXT = "texte barré"
TABLE = "tableau"
TASK_BOX = "case à cocher"
TEMPLATE_SYNTAX = "syntaxe de gabarit, qui peut cacher des puces (comparer avec la page en ligne)"
TEXT_OUTSIDE_LIST = "texte hors de la liste"
"""Names of what stands in a list and is no simple bullet."""


def line_too_long(length: int, limit: int) -> str:
    """Return the message for a line above the limit, both in characters."""
    return f"ligne trop longue ({length} caractères, {limit} au plus)"


def too_many_lines(count: int, limit: int) -> str:
    """Return the message for a page with more lines than the limit."""
    return f"trop de lignes ({count}, {limit} au plus) : ce n'est pas cette page"


def nested_too_deep() -> str:
    """Return the message for a list or a quotation inside many others."""
    return "trop de listes ou de citations les unes dans les autres ; les remettre à plat"


def too_many_bullets(count: int, limit: int) -> str:
    """Return the message for a page with more bullets than the limit."""
    return f"trop de puces ({count}, {limit} au plus) : ce n'est pas cette page"


def forbidden_char_in_entity(code: int) -> str:
    """Return the message for such a character written as an entity (« &#8238; »)."""
    return f"caractère U+{code:04X} interdit, même sous une autre écriture ; le supprimer"


def unclosed_header() -> str:
    """Return the message for a header that nothing closes."""
    return "l'en-tête n'est pas fermé ; ajouter une ligne « --- » à sa fin"


# Matching


def correction_entry(kind: str, value: object, reason: str) -> str:
    """Return the entry of corrections.yml to paste: `kind` is "joindre", "garder" or "ignorer"."""
    text = json.dumps(value, ensure_ascii=False)
    return f"- {{{kind}: {text}, motif: {json.dumps(reason, ensure_ascii=False)}}}"


def paste_correction(kind: str, value: object, reason: str) -> str:
    """Return the advice to add an entry to corrections.yml."""
    return f"ajouter à source/corrections.yml : {correction_entry(kind, value, reason)}"


def _ignore_advice(text: str) -> str:
    entry = paste_correction("ignorer", text, "Ce n'est pas un organisme.")
    return f"si ce n'est pas un organisme, {entry}"


def _keep_advice(text: str) -> str:
    entry = paste_correction("garder", text, "C'est une puce.")
    return f"si c'est une puce, {entry}"


def bullet_fault(text: str, fault: str) -> str:
    """Return the message for a fault of a bullet."""
    return f"« {clip(text)} » : {fault}"


def unknown_label(text: str) -> str:
    """Return the message for a bullet that names nobody in the registry."""
    return (
        f"« {clip(text)} » : libellé inconnu ; lancer « make refresh », qui propose une entrée, "
        "ou l'ajouter à source/organismes.yml"
    )


def organisation_listed_twice(text: str, slug: str, line: int) -> str:
    """Return the message for an organisation that two bullets of one list name."""
    return (
        f"« {clip(text)} » : {slug} est déjà cité ligne {line} de la même liste ; retirer une puce"
    )


def unexpected_list(contract: str, date: str) -> str:
    """Return the message for a list that marches.yml does not expect on that day."""
    return (
        f"d'après marches.yml, « {contract} » n'a pas de liste le {date} ; "
        "corriger « debut » ou « fin »"
    )


def missing_list(contract: str, date: str) -> str:
    """Return the message for a contract whose list is not on the page."""
    return (
        f"pas de liste pour le marché « {contract} » ; dans source/marches.yml, si son titre a "
        f"changé, l'ajouter à « titres », et si le marché est terminé, écrire « fin: {date} »"
    )


def ignored_organisation(text: str, slug: str) -> str:
    """Return the message for a correction that would drop a known organisation."""
    return (
        f"« {clip(text)} » : un « ignorer » de source/corrections.yml retirerait {slug} ; "
        "retirer cette correction"
    )


def bullet_without_heading(text: str, is_mentioned: bool) -> str:
    """Return the message for a bullet above the first heading.

    `is_mentioned`: it names a known organisation, so that it is never to be ignored.
    """
    message = f"« {clip(text)} » : puce au-dessus du premier titre de liste"
    if is_mentioned:
        return f"{message} ; faire corriger la page"
    return f"{message} ; {_ignore_advice(text)}"


def unclaimed_list(title: str, date: str, is_mentioned: bool) -> str:
    """Return the message for a list that no contract claims.

    `is_mentioned`: its title, or what stands below, names a known organisation, so that it is never
    to be ignored.
    """
    quoted_title = json.dumps(title, ensure_ascii=False)
    message = (
        f"« {clip(title)} » : aucun marché ne porte cette liste ; dans source/marches.yml, si "
        f"c'est un marché connu, ajouter à ses « titres » : - {quoted_title} ; si c'est un nouveau "
        f"marché, ajouter : SLUG: {{nom: NOM, titres: [{quoted_title}], debut: {date}}}"
    )
    if is_mentioned:
        return message
    return f"{message} ; {_ignore_advice(title)}"


def organisation_as_heading(title: str, slug: str) -> str:
    """Return the message for a heading that names a known organisation."""
    return (
        f"« {clip(title)} » : ce titre nomme {slug} ; "
        "tiret mal tapé ? faire corriger la page, une puce commence par « - »"
    )


def unclaimed_heading(title: str, slug: str | None) -> str:
    """Return the message for a heading among the lists that is none of theirs.

    `slug` is that of a known organisation that the text below names, so that it is never to be
    ignored; None without one.
    """
    message = f"« {clip(title)} » : titre inconnu parmi les listes"
    if slug is None:
        return f"{message} ; {_ignore_advice(title)}"
    return f"{message}, et le texte qui suit nomme {slug} ; si c'est une liste, la faire corriger"


def heading_inside_list(title: str, is_mentioned: bool) -> str:
    """Return the message for a heading inside the list of a contract.

    `is_mentioned`: what stands below names a known organisation, so that it is never to be ignored.
    """
    keep = paste_correction("garder", title, "C'est un intertitre de la liste.")
    message = f"« {clip(title)} » : intertitre dans la liste ; pour garder ses puces, {keep}"
    if is_mentioned:
        return message
    ignore = paste_correction("ignorer", title, "Ce n'est pas la liste.")
    return f"{message} ; pour les laisser, {ignore}"


def list_read_twice(title: str, line: int) -> str:
    """Return the message for a second list of one contract."""
    return f"« {clip(title)} » : la liste de ce marché est déjà ligne {line} ; en retirer une"


def empty_list(title: str) -> str:
    """Return the message for a list without bullet."""
    return (
        f"« {clip(title)} » : liste vide ; "
        "si le marché est terminé, écrire « fin » dans source/marches.yml"
    )


def organisation_outside_bullet(text: str, kind: str, slug: str) -> str:
    """Return the message for a text that is no bullet and names a known organisation."""
    return f"« {clip(text)} » : {kind}, qui nomme {slug} ; {_keep_advice(text)}"


def unexpected_text(text: str, kind: str) -> str:
    """Return the message for a text of a list that is no bullet."""
    return f"« {clip(text)} » : {kind} ; {_keep_advice(text)} ; {_ignore_advice(text)}"


def long_unexpected_text(text: str, kind: str) -> str:
    """Return the message for such a text that is too long to be quoted whole."""
    return f"« {clip(text)} » : {kind}, trop long pour une puce ; faire corriger la page"


def nothing_after_colon() -> str:
    """Return the name of the fault of a bullet that ends with a colon."""
    return "rien ne suit les deux-points"


def unexpected_form(text: str, form: str, is_mentioned: bool) -> str:
    """Return the message for a bullet that is more than a simple text.

    `is_mentioned`: it names a known organisation, so that it is never to be ignored.
    """
    entry = paste_correction("garder", text, "Le texte suffit.")
    message = f"« {clip(text)} » : {form} ; si le texte suffit, {entry}"
    if is_mentioned:
        return message
    return f"{message} ; {_ignore_advice(text)}"


def broken_bullet_reason() -> str:
    """Return the reason of the correction that joins a broken bullet."""
    return "Puce coupée."


def broken_bullet(texts: Sequence[str]) -> str:
    """Return the message for bullets that look like one line broken in two or more."""
    join = paste_correction("joindre", list(texts), broken_bullet_reason())
    keep = paste_correction("garder", texts[1], "Puce entière.")
    return (
        f"« {clip(texts[1])} » : semble la suite de la puce précédente ; si c'est une seule puce, "
        f"{join} ; si elle est entière, {keep}"
    )


# Data package


def unknown_table_schema(path: str) -> str:
    """Return the message for a resource whose schema is not in schemas/."""
    return f"schéma « {path} » introuvable ; écrire le chemin d'un fichier de schemas/"


def resource_path(table: str, file_format: str) -> str:
    """Return the message for a resource whose path is not that of its table."""
    return f"ce schéma va une fois avec « path: data/{table}.{file_format} »"


def table_without_resource() -> str:
    """Return the message for a Table Schema that lacks its CSV or its JSON resource."""
    return "datapackage.json doit avoir une ressource CSV et une JSON pour ce schéma ; les ajouter"


def unknown_table(table: str) -> str:
    """Return the message for a Table Schema of a table that nothing builds."""
    return f"aucun programme ne produit la table « {table} » ; retirer ce schéma et sa ressource"


def table_without_schema(table: str) -> str:
    """Return the message for a table that no Table Schema describes."""
    return f"schéma de la table « {table} » introuvable ; le rétablir, avec ses deux ressources"


def unknown_column(column: str) -> str:
    """Return the message for a column that a schema and its table do not share."""
    fault = "le schéma et la table ne vont pas ensemble ; corriger l'un d'eux"
    return f"champ « {clip(column)} » : {fault}"


def wrong_column_type(column: str, name: str) -> str:
    """Return the message for a field of which the table has values of another type."""
    return f"champ « {clip(column)} » : ses valeurs ne sont pas du type {name} ; corriger son type"


def field_type(name: str) -> str:
    """Return the French name of a type of Table Schema."""
    return {"string": "texte", "integer": "entier", "date": "date (AAAA-MM-JJ)"}.get(name, name)


def generated_folder() -> str:
    """Return the warning at the head of the data dictionary."""
    return (
        "Dossier produit par `make` à partir de `source/` et de `schemas/` : "
        "ne rien y modifier à la main."
    )


# Fetching


def unknown_commit_of_file() -> str:
    """Return the note on a page that was read from a file without its commit."""
    return "commit inconnu, donc pas de lien vers les lignes de la page ; le donner avec --commit"


def unknown_commit(reason: str, branch: str, date: str) -> str:
    """Return the note on a page that was read on its branch because the API gave no commit."""
    return (
        f"commit inconnu, donc pas de lien vers les lignes de la page : {reason} ; "
        f"page lue sur la branche « {branch} » et datée du {date}"
    )


def path_not_utf8(name: str) -> str:
    """Return the note on a page whose path, at its commit, is not text."""
    return (
        f"à ce commit, le chemin de la page ({name}) n'est pas de l'UTF-8 : gardée sans commit, "
        "donc sans lien vers ses lignes"
    )


def api_limit(status: int) -> str:
    """Return why the API refused to answer, by its HTTP status."""
    return f"limite de l'API (réponse {status}) ; définir GITHUB_TOKEN, ou vérifier sa valeur"


def odd_answer() -> str:
    """Return the reason for an answer of the API that has not the documented form."""
    return "réponse de l'API illisible"


def too_many_redirections() -> str:
    """Return the reason for an address that is redirected again and again."""
    return "trop de redirections"


def silent_server() -> str:
    """Return the reason for a server that does not answer in time."""
    return "le serveur ne répond pas"


def no_connection() -> str:
    """Return the reason for a server that refuses a connection, or that cannot be found."""
    return "pas de connexion (réseau absent ou serveur introuvable)"


def refused_encryption() -> str:
    """Return the reason for a certificate, or a version of TLS, that is refused."""
    return "connexion chiffrée refusée (certificat inconnu ? SSL_CERT_FILE en donne d'autres)"


def broken_answer() -> str:
    """Return the reason for an answer that ends too early, or is not HTTP."""
    return "réponse coupée ou illisible"


def unusable_address() -> str:
    """Return the reason for an address that no request can be sent to."""
    return "adresse ou proxy inutilisable"


def http_status(status: int) -> str:
    """Return the reason for an HTTP status other than 200."""
    return f"réponse {status}"


def http_redirection(status: int, location: str) -> str:
    """Return the reason for an HTTP status that sends to another address."""
    return f"réponse {status} vers {location}"


def compressed_answer() -> str:
    """Return the reason for an answer that is compressed though none was asked for."""
    return "réponse compressée, ce qui n'était pas demandé"


def answer_without_length() -> str:
    """Return the reason for an answer whose end cannot be told from a cut."""
    return "réponse sans longueur : rien ne dit qu'elle est complète"


def answer_too_large(limit: int) -> str:
    """Return the reason for an answer above the limit, in bytes."""
    return f"plus de {limit} octets : ce n'est pas la page"


def page_not_fetched(reason: str) -> str:
    """Return the message for the page that its address does not give."""
    return f"{reason} ; réessayer plus tard, ou corriger les adresses de source/page.yml"


def not_the_bytes_of_commit() -> str:
    """Return the message for bytes that have not the hash that git gives."""
    return "ce ne sont pas les octets du commit (réponse coupée ou modifiée) ; réessayer plus tard"


def no_server_reached(seconds: float) -> str:
    """Return the message when no connection could be made."""
    return f"aucun serveur joint en {seconds:g} s ; vérifier la connexion, puis réessayer"


def fetch_too_slow(seconds: float) -> str:
    """Return the message when the servers answer too slowly."""
    return f"page incomplète au bout de {seconds:g} s ; réessayer plus tard"


def unusable_network_settings() -> str:
    """Return the message for a proxy or certificates of the environment that cannot be used."""
    return (
        "réglages du réseau inutilisables (adresse fausse, proxy SOCKS, certificats absents) ; "
        "corriger les variables d'environnement HTTPS_PROXY, ALL_PROXY, NO_PROXY, SSL_CERT_FILE "
        "ou SSL_CERT_DIR"
    )


def unusable_token() -> str:
    """Return the message for a token that no request can hold; its value is never shown."""
    return "ce n'est pas un jeton : espace, accent ou saut de ligne ; le copier de nouveau"


def not_a_clone() -> str:
    """Return the message for a clone that is not a folder."""
    return "ce n'est pas un dossier ; indiquer un clone du dépôt du site"


def shallow_clone() -> str:
    """Return the message for a clone without its whole history."""
    return "clone sans tout son historique ; y lancer « git fetch --unshallow »"


def page_not_in_clone(path: str) -> str:
    """Return the message for a clone whose history has no page at that path."""
    return (
        f"aucun commit n'y touche « {path} » ; si la page a changé de chemin, corriger « chemin » "
        "dans source/page.yml"
    )


def git_not_runnable() -> str:
    """Return the message when the git program cannot be run."""
    return "le programme git est introuvable ; l'installer, puis relancer"


def git_failed(complaint: str) -> str:
    """Return the message for a git command that fails, with what git says."""
    return (
        f"git ne peut pas le lire ({complaint}) ; "
        "indiquer un clone complet du dépôt du site, fait sans --depth ni --filter"
    )


# Portal

PORTAL_OPERATIONS = {
    "create": "+ jeu de données : nouveau, privé jusqu'à ce que tout soit envoyé",
    "upload": "+ {subject} : nouveau fichier",
    "link": "+ {subject} : nouveau lien",
    "replace": "~ {subject} : nouveau contenu",
    "update": "~ {subject} : {changes}",
    "delete": "- « {subject} » : n'est plus dans la distribution",
    "leave": "laissé « {subject} » : n'est pas dans la distribution",
    "leave_refused": "laissé {subject} : le portail refuse ce type de fichier",
    "order": "↕ ressources : dans l'ordre de la distribution",
    "describe": "~ jeu de données : {changes}",
}
"""The line of each operation of a publication."""

PORTAL_FIELDS = {
    "title": "titre",
    "description": "description",
    "organisation": "organisation",
    "licence": "licence",
    "frequency": "fréquence",
    "tags": "mots-clés",
    "zones": "zones",
    "granularity": "granularité",
    "first_date": "début de la période",
    "last_date": "fin de la période",
    "is_private": "privé",
    "kind": "type",
    "schema_url": "schéma",
    "url": "adresse",
    "format": "format",
    "mark": "marque de ce projet",
    "contact": "contact",
}
"""The names of the fields of a dataset and of its resources."""

PORTAL_ADVICE = {
    401: "clé refusée, en créer une sur le portail et la mettre dans {variable} ; ",
    404: "introuvable ; ",
    410: "supprimé ; le restaurer sur le portail, ou vider « jeu » dans source/publication.yml ; ",
}
"""What to do about some statuses of HTTP."""


def portal_operation(action: str, subject: str, changes: str) -> str:
    """Return the line of an operation, one of PORTAL_OPERATIONS."""
    return PORTAL_OPERATIONS[action].format(subject=subject, changes=changes)


def portal_change(field: str, old: object, new: object) -> str:
    """Return what becomes of a field of PORTAL_FIELDS."""
    return f"{PORTAL_FIELDS[field]} « {_portal_value(old)} » → « {_portal_value(new)} »"


def _portal_value(value: object) -> str:
    """Return a value of a field in at most 60 characters."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    text = ", ".join(value) if isinstance(value, tuple) else str(value)
    return text if len(text) <= 60 else text[:59] + "…"


def portal_dataset(identifier: str) -> str:
    """Return how messages name a dataset."""
    return f"jeu de données {identifier}"


def portal_organisation(identifier: str) -> str:
    """Return how messages name an organisation of the portal."""
    return f"organisation « {identifier} »"


def portal_extensions() -> str:
    """Return how messages name the list of accepted extensions."""
    return "liste des extensions"


def portal_contact() -> str:
    """Return how messages name the contact of the dataset."""
    return "contact"


def portal_needs_https() -> str:
    """Return the message for an address of a portal to which no key may go."""
    return "la clé ne va qu'à un portail https://…, sans chemin"


def portal_key_is_malformed() -> str:
    """Return the message for a key that holds a blank or an accent."""
    return (
        "ce n'est pas une clé : blanc, accent ou signe inattendu ; la copier de nouveau du portail"
    )


def portal_key_is_missing() -> str:
    """Return the message for a publication without a key."""
    return "clé absente ; la créer sur le portail, dans son profil"


def portal_organisation_is_missing() -> str:
    """Return the message for a publication that no organisation signs."""
    return "« organisation » est vide ; y mettre l'identifiant de l'organisation sur le portail"


def portal_certificates_are_missing(error: Exception) -> str:
    """Return the message for a machine whose certificates cannot be read."""
    return (
        f"certificats de la machine illisibles ({error}) ; vérifier SSL_CERT_FILE et SSL_CERT_DIR"
    )


def portal_does_not_answer(subject: str, reason: str) -> str:
    """Return the message for a request without an answer; the reason is the name of an error."""
    return f"{subject} : pas de réponse ({reason})"


def portal_cannot_be_asked(subject: str, error: Exception) -> str:
    """Return the message for a request that no new attempt would mend."""
    return f"{subject} : requête impossible ({error}) ; vérifier l'adresse et le réseau"


def portal_is_too_slow(subject: str, seconds: float) -> str:
    """Return the message for a request that takes too long."""
    return f"{subject} : pas de réponse complète en {seconds:.0f} s"


def portal_time_is_up(subject: str, seconds: float) -> str:
    """Return the message for a publication that takes too long."""
    return f"{subject} : abandon, le portail a déjà pris {seconds:.0f} s ; relancer plus tard"


def portal_answer_is_too_large(subject: str, limit: int) -> str:
    """Return the message for an answer above the limit, in bytes."""
    return f"{subject} : réponse trop grosse ({limit} octets au plus)"


def portal_answer_is_malformed(subject: str, field: str) -> str:
    """Return the message for an answer that is not one of udata's, by the field that is wrong."""
    return f"{subject} : réponse illisible ({field}), ce n'est pas celle de l'API d'udata"


def portal_has_too_many_pages(subject: str, limit: int) -> str:
    """Return the message for a list of datasets that does not end."""
    return (
        f"{subject} : plus de {limit} pages de jeux de données ; "
        "indiquer « jeu » dans source/publication.yml"
    )


def portal_dataset_is_deleted(subject: str, day: str) -> str:
    """Return the message for a dataset that was deleted on a day."""
    return (
        f"{subject} : supprimé le {day} ; le restaurer sur le portail, "
        "ou vider « jeu » dans source/publication.yml"
    )


def portal_refuses(subject: str, status: int, detail: str, key_variable: str) -> str:
    """Return the message for a refusal: the status of HTTP and what the portal says."""
    advice = PORTAL_ADVICE.get(status, "").format(variable=key_variable)
    return f"{subject} : {advice}HTTP {status} {detail}".rstrip()


def portal_file_differs(subject: str) -> str:
    """Return the message for an uploaded file that is not read back as it was sent."""
    return f"{subject} : le fichier relu n'est pas celui qui a été envoyé"


def portal_does_not_keep(operation: str) -> str:
    """Return the message for an operation that has to be done again as soon as it is done."""
    return f"le portail n'a pas gardé ce qui lui a été envoyé : {operation}"


def portal_new_attempt(message: str, seconds: float) -> str:
    """Return the line that announces a new attempt after a fault."""
    return f"{message} ; nouvel essai dans {seconds:.0f} s"


def portal_plan(site: str, dataset: str | None, count: int) -> str:
    """Return the heading of a plan: the portal, the dataset, the number of operations to do."""
    return f"{site} · jeu de données {dataset or 'nouveau'} · à faire : {count}"


def portal_file_title(title: str) -> str:
    """Return the title of a file without the format in parentheses, which the portal shows."""
    return title.rpartition(" (")[0] or title


def lookup_page_resource() -> tuple[str, str]:
    """Return the title and the description of the lookup page, among the portal's resources."""
    return (
        "Page de recherche : mon organisme est-il bénéficiaire ?",
        "Cherchez par nom, sigle ou SIREN ; la réponse dit pour quel marché et depuis quand.",
    )


def feed_resource() -> tuple[str, str]:
    """Return the title and the description of the feed, among the portal's resources."""
    return (
        "Fil des changements de la liste",
        "À chaque nouvelle version de la page : qui est ajouté, retiré, renommé.",
    )


def repository_resource() -> tuple[str, str]:
    """Return the title and the description of the repository, among the portal's resources."""
    return (
        "Dépôt du code et des sources",
        "Comment chaque ligne est obtenue ; où signaler une erreur.",
    )


def portal_question() -> str:
    """Return the question that precedes a publication."""
    return "Publier ? [o/N] "


def portal_is_abandoned() -> str:
    """Return the message for a publication that was not confirmed."""
    return "abandon, rien n'a été envoyé"


def portal_shows(site: str, dataset: str, quality: float) -> str:
    """Return the line that ends a publication; the portal's own score goes from 0 to 1."""
    return f"publié : {site}/datasets/{dataset}/ ; note du portail : {quality:.0%}"


# Project


def changed_snapshot() -> str:
    """Return the message for a snapshot whose bytes are not those that were kept."""
    return (
        "ce fichier n'est plus celui de versions.csv : une page gardée ne se modifie pas ; "
        "la rétablir (git restore), et corriger dans source/corrections.yml"
    )


def unused_correction() -> str:
    """Return the message for a correction that no snapshot needs."""
    return "aucune version de la page n'emploie cette correction ; la retirer"


def removed_slug(slug: str) -> str:
    """Return the message for a published slug that the registry no longer has."""
    return f"« {slug} » a été publié et n'y est plus ; le remettre, un slug est définitif"


def title_of_another_contract(title: str, contract: str) -> str:
    """Return the message for a title that opens the list of two contracts."""
    return f"« {title} » ouvre aussi la liste du marché {contract} ; le retirer d'un des deux"


def end_before_start() -> str:
    """Return the message for a contract that ends before it begins."""
    return "« fin » doit venir après « debut »"


def unknown_contract(contract: str) -> str:
    """Return the message for a slug that no contract has."""
    return f"« {contract} » : aucun marché n'a ce slug dans marches.yml ; le corriger"


def no_snapshot() -> str:
    """Return the message for a project without snapshot."""
    return "aucune version de la page ; lancer « make refresh »"


def snapshots_out_of_order(previous_date: str) -> str:
    """Return the message for a snapshot that does not come after the one above."""
    return (
        f"cette version ne vient pas après celle du {previous_date} : de la plus ancienne à la "
        "plus récente, une par jour ; rétablir ce fichier (git restore)"
    )


def snapshot_in_future() -> str:
    """Return the message for a snapshot of a day to come."""
    return "ce jour est à venir ; vérifier l'horloge de cette machine, ou rétablir ce fichier"


def orphan_page(snapshots_file: str) -> str:
    """Return the message for a page that versions.csv does not list."""
    return (
        f"cette page n'est pas dans {snapshots_file} ; la supprimer, ou relancer « make refresh »"
    )


# Commands


def system_failure(path: str | None, number: int | None) -> str:
    """Return the message for an error of the system, by its number.

    `path` is the file that it concerns; None when the standard output cannot be written.
    """
    if path is None:
        return f"sortie impossible à écrire : {_system_error(number)}"
    return f"{path}: {_system_error(number)}"


# Validation

CHECK_DESCRIPTOR = "descripteur"
CHECK_FRICTIONLESS = "frictionless"
CHECK_HASHES = "empreintes"
CHECK_SOURCES = "conforme aux sources"


def no_resources() -> str:
    """Return the message for a descriptor without resources."""
    return "ce n'est pas le descripteur d'un paquet de données : « resources » manque ou est vide"


def resource_without_path() -> str:
    """Return the message for a resource that has no file."""
    return "une ressource n'a pas de « path » ; écrire le chemin de son fichier"


def frictionless_failure(name: str) -> str:
    """Return the message for a value on which frictionless itself stops."""
    return f"frictionless n'a pas pu lire une valeur ({name}) ; vérifier les types des valeurs"


def wrong_hash(descriptor: str) -> str:
    """Return the message for a file that is not the one that was described."""
    return f"ce fichier n'est pas celui que {descriptor} décrit ; lancer « make extract »"


def stale_output() -> str:
    """Return the message for a generated file that the sources no longer give."""
    return "n'est pas ce que les sources donnent ; lancer « make extract »"


def major_version_needed(version: str) -> str:
    """Return the message for tables that changed too much for the version of the package."""
    return f"les champs publiés ont changé : il faut une version majeure, {version} au moins"


def check_result(check: str, count: int) -> str:
    """Return the line that gives the number of problems of a check."""
    if count == 0:
        return f"{check:34}ok"
    if count == 1:
        return f"{check:34}1 faute"
    return f"{check:34}{count} fautes"


def extract_summary(date: str, sizes: Mapping[str, int], written: int, total: int) -> str:
    """Return what `extract` says: the day of the page, the rows of each table, files written."""
    tables = ", ".join(f"{name} {count}" for name, count in sizes.items())
    return f"page du {date} : {tables} ; fichiers écrits : {written} sur {total}"


# Templates and metadata


def broken_template(kind: str, fault: str) -> str:
    """Return the message for a template that cannot be rendered."""
    return f"gabarit : {kind}, {fault} ; le corriger"


def snapshot_fact(date: str, sha256: str, commit: str | None) -> str:
    """Return what a notice says of the newest snapshot."""
    known_commit = "" if commit is None else f", commit {commit}"
    return f"{date} (sha256 {sha256}{known_commit})"


def release_fact(version: str, date: str | None) -> str:
    """Return what a notice says of the release, whose day is None until it is released."""
    return f"{version}, en préparation" if date is None else f"{version}, du {date}"


# Site

_MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)

ANSWER_WORDS = {
    "oui": "Oui",
    "precision": "Oui, voir précision",
    "groupe": "Oui, par le groupe",
    "successeur": "Oui, par le successeur",
    "verifier": "À vérifier",
    "non-cite": "Non cité",
}
"""The word or two of each kind of answer, in the list of the home page."""

ANSWER_MEANINGS = {
    "oui": "La liste cite l'organisme.",
    "precision": "La liste cite l'organisme et ajoute une précision, à lire sur sa page.",
    "groupe": "La liste cite un groupe dont l'organisme fait partie.",
    "successeur": "La liste cite l'organisme qui l'a remplacé.",
    "verifier": "L'organisme peut relever de ce que la liste cite : posez la question.",
    "non-cite": "La liste ne le cite pas. Ce n'est pas un refus.",
}
"""What the legend says of each kind of answer."""

_CATEGORY_COUNTS = {
    "institution": ("institution", "institutions"),
    "ministere": ("ministère", "ministères"),
    "administration-centrale": ("administration centrale", "administrations centrales"),
    "etablissement-public": ("établissement public", "établissements publics"),
    "juridiction": ("juridiction", "juridictions"),
}


PAGE_TEXTS = {
    "contact": "Adresse de contact",
    "title": "Titre de la page",
    "header_date": "Date de l'en-tête",
    "list_title": "Titre de la liste",
}
"""The texts of the page that a comparison watches."""


def format_date(date: dt.date) -> str:
    """Return a day in words: « 7 septembre 2023 »."""
    day = "1er" if date.day == 1 else str(date.day)
    return f"{day} {_MONTHS[date.month - 1]} {date.year}"


def listed_answer(scope: str | None) -> str:
    """Return the answer for an organisation that the list names, perhaps with a scope."""
    return f"Oui{_add_scope(scope)}"


def group_answer(group: str, scope: str | None) -> str:
    """Return the answer for a member of a group that is covered."""
    return f"Oui, par le groupe « {group} »{_add_scope(scope)}"


def successor_answer(successor: str, scope: str | None) -> str:
    """Return the answer for an organisation whose successor is covered."""
    return f"Oui, par « {successor} », qui l'a remplacé{_add_scope(scope)}"


def _add_scope(scope: str | None) -> str:
    return "" if scope is None else f", avec une précision de la liste : « {scope} »"


def wide_scope_doubt(scope: str | None, listed: str) -> str:
    """Return the answer for an organisation that may come under what the list names."""
    return f"À vérifier : peut relever de « {scope or listed} »"


def predecessor_doubt(predecessor: str) -> str:
    """Return the answer for an organisation that replaced one that the list names."""
    return f"À vérifier : la liste cite « {predecessor} », que cet organisme a remplacé"


def relative_doubt(relative: str) -> str:
    """Return the answer for an organisation whose group or successor is in doubt."""
    return f"À vérifier, comme « {relative} »"


def not_listed_answer() -> str:
    """Return the answer for an organisation of which the list says nothing."""
    return "La liste ne le cite pas"


def covered_since_date(date: dt.date) -> str:
    """Return since when an organisation has been covered."""
    return f"depuis au moins le {format_date(date)}"


def departure_date(date: dt.date) -> str:
    """Return since when the list, which an answer has just named, has an organisation no more."""
    return f"n'y est plus depuis au moins le {format_date(date)}"


def period_dates(start: dt.date, end: dt.date | None) -> str:
    """Return the days of a period; without end, it goes on."""
    if end is None:
        return covered_since_date(start)
    return f"du {format_date(start)} au {format_date(end)}"


def category_count(category: str, count: int) -> str:
    """Return how many organisations of a category there are: « 16 ministères »."""
    singular, plural = _CATEGORY_COUNTS.get(category, (category, category))
    return f"{count} {singular if count == 1 else plural}"


def join_words(words: Sequence[str]) -> str:
    """Return an enumeration: « a, b et c »."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} et {words[-1]}"


def quote_names(names: Sequence[str]) -> str:
    """Return names in quotation marks, separated by commas."""
    return ", ".join(f"« {name} »" for name in names)


def file_size(size: int) -> str:
    """Return a number of bytes for a reader: « 9,1 ko »."""
    if size < 1000:
        return f"{size} octets"
    if size < 1_000_000:
        return f"{size / 1000:.1f} ko".replace(".", ",")
    return f"{size / 1_000_000:.1f} Mo".replace(".", ",")


# Workbooks

LIMITED_ANSWER = "limite"
"""The kind of an answer that is a yes within a limit that the page gives."""

CELL_WORDS = {
    "cite": "Oui",
    "groupe": "Oui, par le groupe",
    "successeur": "Oui, par le successeur",
    LIMITED_ANSWER: "Oui, avec une limite",
    "a_verifier": "À vérifier",
    "non_cite": "Non cité",
}
"""The words of each answer in a cell, by status or LIMITED_ANSWER."""

CELL_MEANINGS = {
    "cite": "La liste du marché cite l'organisme.",
    "groupe": "La liste cite un groupe dont l'organisme fait partie.",
    "successeur": "La liste cite l'organisme qui lui a succédé.",
    LIMITED_ANSWER: "Oui, dans la limite que donne la colonne « précisions ».",
    "a_verifier": "La liste cite un organisme ou un groupe dont celui-ci relève peut-être.",
    "non_cite": "La liste ne cite pas l'organisme. Ce n'est pas un refus.",
}
"""What each answer means."""


def details_heading(contract: str) -> str:
    """Return the heading of the column that completes the answers for a contract."""
    return f"{contract} : précisions"


def workbook_caption(date: dt.date, site: str) -> str:
    """Return the line above the answers: the day of the page, and where to look up a name."""
    return f"D'après la page du {format_date(date)}. Rechercher un organisme : {site}"


def this_workbook() -> str:
    """Return the subject of the lines of the notice that are about the workbook."""
    return "Ce classeur"


def the_answers() -> str:
    """Return the subject of the lines of the notice that explain the answers."""
    return "Les réponses"


def answer_details(
    through: str | None, is_doubtful: bool, scope: str | None, is_limited: bool
) -> list[str]:
    """Return what completes an answer: through whom, and the extent that the page gives."""
    details = []
    if through is not None:
        details.append(f"peut-être par : {through}" if is_doubtful else f"par : {through}")
    if scope is not None:
        details.append(f"limite : {scope}" if is_limited else f"périmètre : {scope}")
    return details


# Change report

ATTENTION = "Attention"
OTHER_TEXTS = "Ailleurs dans la page"
TEXT_SUBJECTS = {
    "contact": "L'adresse de contact",
    "title": "Le titre de la page",
    "header_date": "La date de l'en-tête",
    "list_title": "Le titre de la liste",
}
"""What changes beside the lists, by the subject of the change."""

CHANGE_KINDS = {
    "added": ("ajout", "ajouts"),
    "removed": ("retrait", "retraits"),
    "renamed": ("changement de nom", "changements de nom"),
    "scope_changes": ("changement de périmètre", "changements de périmètre"),
}
"""The kinds of changes of a list, for one change and for several."""


def count_changes(kind: str, count: int) -> str:
    """Return a number of changes of a kind of CHANGE_KINDS: « 3 ajouts »."""
    singular, plural = CHANGE_KINDS[kind]
    return f"{count} {singular if count == 1 else plural}"


def comparison_title(old_date: str, new_date: str) -> str:
    """Return the title of a report, for the days of its two snapshots."""
    return f"De la page du {old_date} à celle du {new_date}"


def no_change() -> str:
    """Return the body of a report without changes."""
    return "Rien ne change, sinon peut-être l'écriture ou l'ordre des listes."


def list_section(name: str, changes: str) -> str:
    """Return the heading of a kind of changes of a list."""
    return f"{name} : {changes}"


def new_list() -> str:
    """Return what is said of a list that only the new page has."""
    return "nouvelle liste"


def gone_list() -> str:
    """Return what is said of a list that only the old page has."""
    return "la liste n'est plus sur la page"


def count_route_changes(status: str, through: str, is_new: bool, count: int) -> str:
    """Return how many organisations are covered now in another way, and in which one.

    `status` is "groupe", "successeur" or "cite"; `is_new`: the list did not cover them before.
    """
    subject = "1 organisme" if count == 1 else f"{count} organismes"
    if status == "cite":
        possessive = "son" if count == 1 else "leur"
        return f"{subject} désormais par {possessive} propre nom"
    covered = "en plus, " if is_new else "désormais "
    return f"{subject} {covered}par le {status} {through}"


def missing_list_alert(name: str, count: int) -> str:
    """Return the alert for a list that is no longer on the page; `count` organisations had it."""
    subject = "1 bénéficiaire" if count == 1 else f"{count} bénéficiaires"
    return f"la liste {name} n'est plus sur la page ; elle avait {subject}"


def shrunken_list_alert(name: str, lost_count: int, old_count: int) -> str:
    """Return the alert for a list that lost more than a third of its organisations."""
    return (
        f"la liste {name} perd plus d'un tiers de ses bénéficiaires : "
        f"{lost_count} sur {old_count}, que rien d'autre n'y couvre"
    )


def vanished_organisation(
    name: str, list_name: str, line: int, to_verify_through: str, possible_names: str
) -> str:
    """Return the warning for an organisation that a list no longer names, nor covers.

    `line` is that of its bullet in the old page. `to_verify_through` may still cover it,
    `possible_names` are new labels of the same kind; "" without any.
    """
    message = f"la liste {list_name} ne cite plus {name} (ligne {line} avant), "
    if to_verify_through:
        message += f"à vérifier par {to_verify_through}"
    else:
        message += "rien ne l'y remplace"
    if possible_names:
        return f"{message} ; renommé ? libellé nouveau, à confirmer : {possible_names}"
    return message


def removal_line(name: str, line: int, to_verify_through: str) -> str:
    """Return the line for an organisation that is gone, with its line in the old page."""
    if to_verify_through:
        return f"{name} (ligne {line} avant), à vérifier par {to_verify_through}"
    return f"{name} (ligne {line} avant)"


def addition_line(name: str, scope: str, line: int, is_confirmed: bool) -> str:
    """Return the line for an organisation that a list names now; `scope` is "" without any."""
    details = [f"ligne {line}"]
    if scope:
        details.append(f"périmètre : {scope}")
    if not is_confirmed:
        details.append("à confirmer")
    return f"{name} ({', '.join(details)})"


def renaming_line(old_label: str, new_label: str, line: int, is_confirmed: bool) -> str:
    """Return the line for an organisation that the page names otherwise."""
    doubt = "" if is_confirmed else ", à confirmer"
    return f"{old_label} devient {new_label} (ligne {line}{doubt})"


def scope_line(name: str, old_scope: str, new_scope: str, line: int) -> str:
    """Return the line for an organisation whose scope changed; a scope is "" without any."""
    old, new = old_scope or "sans périmètre", new_scope or "sans périmètre"
    return f"{name} : {old} → {new} (ligne {line})"


def text_change_line(subject: str, list_name: str, old: str, new: str) -> str:
    """Return the line for another text of the page, a subject of TEXT_SUBJECTS."""
    start = TEXT_SUBJECTS[subject]
    if list_name:
        start = f"{start} {list_name}"
    return f"{start} change : {old or 'aucun'} → {new or 'aucun'}"


def spelling_section() -> str:
    """Return the heading of the differences of spelling and order alone."""
    return "Dans la forme seulement"


def joined_reading(count: int) -> str:
    """Return the note on a report that takes proposed corrections as accepted."""
    if count == 1:
        return "Une puce coupée est lue comme si la correction proposée était acceptée."
    return f"{count} puces coupées sont lues comme si les corrections proposées étaient acceptées."


def nothing_before(date: str) -> str:
    """Return the sentence for a snapshot that has none before it to be compared with."""
    return f"Pas de version de la page avant celle du {date} : rien à comparer."


def unknown_snapshot(date: str, dates: Sequence[str]) -> str:
    """Return the message for a day without snapshot."""
    return f"pas de version du {date} ; il y a {', '.join(dates)}"


# Refresh

REFRESH_DATE_USAGE = "AAAA-MM-JJ est attendu, un jour qui n'est pas à venir"
REFRESH_COMMIT_USAGE = "un commit a 40 chiffres hexadécimaux"
REFRESH_PAGE_USAGE = "--page demande --date : un fichier ne dit pas le jour de sa version"
REFRESH_OPTIONS_USAGE = "--git va sans --page, --date ni --commit ; --commit va avec --page"


def draft_page() -> str:
    """Return the reason why a page that its site does not publish is left out."""
    return "brouillon (draft: true), que le site ne publie pas ; page laissée de côté"


def page_without_known_list() -> str:
    """Return the reason why a page without any list of a contract is left out."""
    return (
        "aucune liste d'un marché connu ; page laissée de côté ; si c'est bien elle, dont tous les "
        "titres ont changé, relancer avec --force"
    )


def left_out(reason: str) -> str:
    """Return the line for a candidate that is not kept."""
    return f"Laissée de côté : {reason}"


def snapshot_added(file: str) -> str:
    """Return the line for a snapshot that is kept."""
    return f"{file} : version de la page gardée"


def snapshot_completed(date: str) -> str:
    """Return the note on a snapshot that was kept without its commit."""
    return f"{date} : le commit de cette version est maintenant connu"


def snapshot_replaced(date: str) -> str:
    """Return the note on a snapshot that takes the place of one of the same day."""
    return f"{date} : remplace une version plus ancienne du même jour"


def snapshot_note(date: str, note: str) -> str:
    """Return the line for a note on a snapshot."""
    return f"{date} : {note}"


def label_without_draft(name: str, reason: str) -> str:
    """Return the message for an unknown label that gives no proposal."""
    return (
        f"« {clip(name)} » : libellé inconnu, sans entrée proposée ({reason}) ; écrire son entrée "
        f"dans source/organismes.yml, ou, {_ignore_advice(name)}"
    )


def label_without_word() -> str:
    """Return the reason for a label that has no word to compare."""
    return "il ne contient aucun mot"


def label_is_acronym() -> str:
    """Return the reason for a label that is the acronym of a known organisation."""
    return "c'est un sigle seul"


def label_is_search_name(slug: str) -> str:
    """Return the reason for a label that people already search for another organisation."""
    return f"c'est un des « autres_noms » de {slug} ; s'il a sa propre entrée, l'en retirer"


def slug_not_free() -> str:
    """Return the reason for a name of which no free slug can be made."""
    return "aucun slug libre ne se tire de ce nom"


def paste_alias(slug: str, item: str) -> str:
    """Return the reason for an entry to which an alias must be added by hand."""
    return f"si c'est {slug}, ajouter à ses « libelles » : {item}"


def acronym_is_alias() -> str:
    """Return the reason for an acronym that the registry has as an alias."""
    return "c'est déjà un libellé du registre"


def acronym_left_out(acronym: str, name: str, reason: str) -> str:
    """Return the note on an acronym that the draft of an organisation does not take."""
    return f"« {clip(name)} » : sigle « {acronym} » laissé de côté ({reason})"


def refused_likeness(label: str, names: Sequence[str]) -> str:
    """Return the note on a label that looks like known organisations and got its own entry."""
    known = ", ".join(f"« {name} »" for name in names)
    return (
        f"« {clip(label)} » : nouvel organisme, puisque ce libellé était déjà inconnu d'une "
        f"version gardée ; il ressemble pourtant à {known}"
    )


def bullet_evidence(file: str, line: int, text: str) -> str:
    """Return the evidence that the page itself gives."""
    return f"{file}, ligne {line} : « {text} »"


def decisions_heading(count: int) -> str:
    """Return the heading of what a person has to decide."""
    return f"À décider ({count})"


def refresh_next_step(count: int) -> str:
    """Return the next command after a run, by the number of decisions."""
    if count == 0:
        return "Rien à décider. Ensuite : « make »."
    subject = "cette décision prise" if count == 1 else f"ces {count} décisions prises"
    return f"Ensuite, {subject} : « make » ; d'ici là, il reste rouge et data/ ne change pas."


def nothing_new() -> str:
    """Return what a run that kept no snapshot says."""
    return "Rien de nouveau : tout est déjà gardé."


def nothing_written() -> str:
    """Return the last line of a dry run."""
    return "Essai : rien n'a été écrit."


# Distribution


@dataclass(frozen=True)
class FileText:
    """What is said of a file for download. `audience` says for whom it is."""

    title: str
    description: str
    audience: str


def excel_file() -> FileText:
    """Return the text of the Excel workbook."""
    return FileText(
        "Qui peut utiliser quel marché (classeur Excel)",
        "Les réponses en mots et en couleurs, une notice, puis un onglet par table.",
        "Pour lire, trier, filtrer et imprimer dans Excel.",
    )


def opendocument_file() -> FileText:
    """Return the text of the OpenDocument workbook."""
    return FileText(
        "Qui peut utiliser quel marché (classeur OpenDocument)",
        "Les réponses en mots et en couleurs, une notice, puis un onglet par table.",
        "Pour lire, trier, filtrer et imprimer dans LibreOffice.",
    )


def archive_file() -> FileText:
    """Return the text of the archive."""
    return FileText(
        "Toutes les tables en un fichier (archive ZIP)",
        "Le Data Package : les tables en CSV et en JSON, leurs schémas, la notice, la licence.",
        "Pour garder, citer ou valider le tout.",
    )


def csv_file(title: str, description: str) -> FileText:
    """Return the text of a table as CSV."""
    return FileText(
        f"{title} (CSV)",
        description,
        "Pour un programme ou un tableur : UTF-8, séparé par des virgules.",
    )


def json_file(title: str, description: str) -> FileText:
    """Return the text of a table as JSON."""
    return FileText(
        f"{title} (JSON)",
        description,
        "Pour un programme ou une page web : les mêmes lignes, chaque valeur avec son type.",
    )


def parquet_file(title: str, description: str) -> FileText:
    """Return the text of a table as Parquet."""
    return FileText(
        f"{title} (Parquet)",
        description,
        "Pour l'analyse (DuckDB, pandas, R) : le SIREN y reste un texte sans rien préciser.",
    )


def readme_file() -> FileText:
    """Return the text of the notice."""
    return FileText(
        "Lisez-moi et dictionnaire des données",
        "D'où viennent les données, sous quelle licence, et ce que dit chaque champ.",
        "Pour tous.",
    )


def feed_file() -> FileText:
    """Return the text of the Atom feed."""
    return FileText(
        "Changements de la page (Atom)",
        "Ce qui change d'une version de la page à la suivante, une entrée par version.",
        "Pour un lecteur de flux : être prévenu de chaque changement.",
    )


def descriptor_file() -> FileText:
    """Return the text of datapackage.json."""
    return FileText(
        "Data Package",
        "Les métadonnées de toutes les tables, leurs schémas et les clés qui les relient.",
        "Pour un outil du standard Data Package.",
    )


def schema_file(title: str) -> FileText:
    """Return the text of a Table Schema."""
    return FileText(
        f"{title} (schéma)",
        "Table Schema : noms, types et règles des champs de la table.",
        "Pour valider la table, par exemple avec Validata.",
    )


def index_schema_file() -> FileText:
    """Return the text of the JSON Schema of index.json."""
    return FileText(
        "Liste des fichiers (schéma)",
        "JSON Schema d'index.json, la liste de ces fichiers pour les programmes.",
        "Pour un programme qui suit les nouvelles versions.",
    )


def catalogue_file() -> FileText:
    """Return the text of the DCAT-AP catalogue."""
    return FileText(
        "Notice DCAT-AP",
        "Le jeu de données et ses fichiers, décrits en JSON-LD.",
        "Pour un portail de données.",
    )


def missing_distribution() -> str:
    """Return the message for a folder without distribution."""
    return "pas de distribution ; lancer « make dist »"


def stale_distribution() -> str:
    """Return the message for a distribution of another state of the project."""
    return "cette distribution n'est pas celle de ces sources ; lancer « make dist »"


def changed_distribution_file() -> str:
    """Return the message for a file that is not the one that index.json lists."""
    return "ce n'est pas le fichier qu'index.json décrit ; lancer « make dist »"


def distribution_summary(folder: str, written: int, total: int) -> str:
    """Return what `build_dist` says: where the files are and how many changed."""
    return f"{folder} : fichiers écrits : {written} sur {total}"


def catalogue_title(title: str) -> str:
    """Return the title of the catalogue that holds the dataset."""
    return f"Catalogue : {title}"


def data_themes() -> str:
    """Return the name of the EU's vocabulary of themes."""
    return "Thèmes de données"


def provenance(title: str, address: str, snapshot: str) -> str:
    """Return where the dataset comes from."""
    return f"{title} : {address}, page du {snapshot}"


def schema_title(table: str) -> str:
    """Return the title of the standard that a table follows."""
    return f"Schéma : {table}"


def stable_availability() -> str:
    """Return the label of the EU's availability of files that stay."""
    return "stable"


def change_title(date: dt.date, changes: Sequence[str] | None) -> str:
    """Return the title of a snapshot in the feed, with its numbers of changes.

    `changes` is None for the first snapshot.
    """
    heading = f"Page du {format_date(date)}"
    if changes is None:
        return f"{heading} : première version connue"
    return f"{heading} : {', '.join(changes) or 'bénéficiaires inchangés'}"


def count_rerouted(count: int) -> str:
    """Return how many organisations lists cover in another way than before."""
    if count == 1:
        return "1 organisme désormais par un groupe, un successeur ou son propre nom"
    return f"{count} organismes désormais par un groupe, un successeur ou leur propre nom"


def first_snapshot_summary(count: int) -> str:
    """Return what the feed says of the first snapshot, by its number of organisations."""
    return f"Première version connue de la page ; organismes cités : {count}."


def feed_renaming(old_label: str, new_label: str) -> str:
    """Return the line of the feed for an organisation that the page names otherwise."""
    return f"{old_label} devient {new_label}"


def feed_route(name: str, status: str, through: str) -> str:
    """Return the line of the feed for an organisation that a list covers in another way."""
    if status == "cite":
        return f"{name}, par son propre nom"
    return f"{name}, par le {status} {through}"


def feed_scope(name: str, old_scope: str | None, new_scope: str | None) -> str:
    """Return the line of the feed for an organisation whose scope changed."""
    return f"{name} : {old_scope or 'sans périmètre'} → {new_scope or 'sans périmètre'}"


# Release


def malformed_version(text: str) -> str:
    """Return the message for a number of release that is not three numbers."""
    return f"« {text} » n'est pas une version ; écrire trois nombres, comme 3.0.1"


def version_too_small(version: str, smallest: str) -> str:
    """Return the message for a release whose number hides what changed since the last one."""
    return f"{version} est trop petit pour ce qui a changé : prendre {smallest} au moins"


def unfinished_release(version: str) -> str:
    """Return the message for a release of which only some files were written."""
    return f"version {version} préparée à moitié ; lancer « make release VERSION={version} »"


def missing_changelog_heading(heading: str) -> str:
    """Return the message for a CHANGELOG that does not begin with what is to be released."""
    return f"pas de titre « ## {heading} » en tête ; l'ajouter, avec ce qui a changé"


def empty_changelog() -> str:
    """Return the message for a release of which the CHANGELOG says nothing."""
    return "rien sous ce titre ; y écrire ce qui a changé"


def release_is_ready(version: str) -> str:
    """Return what `release` says at its end: the commands that publish the release."""
    return (
        f"{version} prête. Relire « git diff », puis :\n"
        f'  git commit --all --message "Release {version}"\n'
        f"  git tag v{version}\n"
        f"  git push origin HEAD v{version}"
    )
