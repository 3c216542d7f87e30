"""What people edit beside the page: the models of source/*.yml.

The descriptions are what editors show and what messages say, so they are in French.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Literal, get_args
from urllib.parse import quote

from msgspec import Meta, Struct

_BIDI = r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
REFUSED = rf"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufffd-\uffff{_BIDI}]"
"""Characters that no text may hold: controls, and those that change the direction of what follows."""
INVISIBLE = r"[\u00ad\u180e\u200b-\u200d\u2060-\u2064\ufeff\ufff9-\ufffb]"
"""Characters that show nothing: dropped from the page, refused where people can remove them."""
HIDDEN = f"{REFUSED}|{INVISIBLE}"


def said(description: str, **rules: Any) -> Meta:
    """What is told of a field, and the rules that a JSON Schema knows."""
    return Meta(description=description, **rules)


def _text(start: str, message: str) -> Meta:
    """A text on one line that shows all that it holds; yaml-language-server gives the message too."""
    pattern = rf"^{start}(?!.*({HIDDEN}|[\t\r]))\S(.*\S)?$(?!\n)"
    return Meta(pattern=pattern, extra_json_schema={"patternErrorMessage": message})


_CLEAN = "ni vide, ni retour à la ligne, ni blanc au bord, ni caractère invisible"
Text = Annotated[str, _text("", _CLEAN)]
Texts = Annotated[tuple[Text, ...], Meta(min_length=2)]
Shown = Annotated[str, _text("(?![-=+@])", f"{_CLEAN}, ni = + - @ au début (un tableur y lirait une formule)")]
"""A text that tables show."""
# No alias of a union holds a pattern: msgspec 0.22 would crash at exit (github.com/msgspec/msgspec/issues/717).
_SLUG = said("un slug est fait de minuscules sans accent, chiffres, tirets", pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
Slug = Annotated[str, _SLUG]
"""What identifies a body or a contract for ever."""
Siren = Annotated[str, Meta(pattern="^[0-9]{9}$")]
Item = Annotated[str, Meta(pattern="^Q[1-9][0-9]*$")]
Address = Annotated[str, Meta(pattern=r"^https?://[^\s]+$")]
Commit = Annotated[str, Meta(pattern="^[0-9a-f]{40}$")]
Confidence = Literal["haute", "moyenne"]
Category = Literal[
    "institution", "ministere", "administration-centrale", "etablissement-public", "juridiction", "collectif"
]
Frequency = Literal[
    "continuous", "daily", "weekly", "monthly", "quarterly", "semiannual", "annual", "irregular", "punctual", "never"
]
SOURCED = ("siren", "wikidata", "site", "groupe", "succede_a", "releve_de", "membres")
"""The fields that want a source: the identifiers and the relations."""


class Model(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What people write: a field that the model does not name is a fault."""


class Label(Model):
    """Another wording of a body, and what it adds to it."""

    libelle: Annotated[Text, said("la formule de la page, sans son article")]
    perimetre: Annotated[Shown, said("ce que cette formule ajoute, en mots qui se lisent seuls")]


class OtherName(Model):
    """A name that people type, which the page does not use; with `service`, that of a part of the body."""

    nom: Annotated[Text, said("le nom, en toutes lettres et sans son article")]
    preuve: Annotated[Text, said("où il a été lu, assez précisément pour le relire")]
    service: Annotated[bool, said("true pour un service qui en relève, nommé pour la recherche")] = False


class Source(Model):
    """Where a field was read, and for an identifier how sure it is."""

    preuves: Annotated[list[Text], said("une liste : où le champ a été lu, pour le relire", min_length=1)]
    confiance: Annotated[Confidence | None, said("haute (officielle, ou deux sources) ou moyenne (une seule)")] = None


class Entry(Model):
    """One entry of organismes.yml."""

    nom: Annotated[Shown, said("le nom français, sans article, avec apostrophe droite")]
    sigle: Annotated[Shown | None, said("le sigle que la page ou l'organisme emploie")] = None
    anciens_sigles: Annotated[list[Text], said("une liste : les sigles d'avant")] = []
    categorie: Annotated[Category | None, said(f"{', '.join(get_args(Category))} (un nom pour plusieurs)")] = None
    siren: Annotated[Siren | None, said('neuf chiffres entre guillemets, comme "130023385"')] = None
    wikidata: Annotated[Item | None, said("un QID, comme Q41497113")] = None
    site: Annotated[Address | None, said("une adresse http(s)")] = None
    groupe: Annotated[Slug | None, said("le slug du collectif auquel il appartient")] = None
    membres: Annotated[Category | None, said("pour un collectif : la catégorie de tous ses membres en vigueur")] = None
    succede_a: Annotated[list[Slug], said("une liste : les slugs des organismes qu'il remplace")] = []
    releve_de: Annotated[list[Slug], said("une liste : les slugs de ceux dont le périmètre peut le comprendre")] = []
    autres_noms: Annotated[list[Text | OtherName], said("une liste, pour la recherche : textes, ou nom et preuve")] = []
    sources: Annotated[dict[str, Source], said("une source par identifiant et par lien")] = {}
    libelles: Annotated[list[Text | Label], said("une liste : les autres formules de la page qui le désignent")] = []
    remarque: Annotated[Text | None, said("ce qu'il faut savoir, non publié")] = None
    provisoire: Annotated[bool, said("true tant que l'entrée n'est pas complète")] = False


class Contract(Model):
    """One contract of marches.yml: its list stands on the versions from `debut` on and before `fin`."""

    nom: Annotated[Shown, said("le nom court du marché")]
    titres: Annotated[list[Text], said("une liste : les titres qui ont ouvert sa liste sur la page", min_length=1)]
    debut: Annotated[date | None, said("le jour de la première version qui a sa liste ; vide : depuis toujours")] = None
    fin: Annotated[date | None, said("le jour de la première version qui n'a plus sa liste ; vide : en vigueur")] = None

    def on(self, day: date) -> bool:
        """Whether a version of that day has its list."""
        return (self.debut is None or self.debut <= day) and (self.fin is None or day < self.fin)


class Version(Model):
    """One version of the page: its day, the commit that published it when that is known, its bytes' hash."""

    date: Annotated[date, said("le jour de cette version, AAAA-MM-JJ")]
    sha256: Annotated[str, said("le SHA-256 du fichier de la page", pattern="^[0-9a-f]{64}$")]
    commit: Annotated[Commit | None, said("le commit qui a publié ces octets, 40 chiffres hexadécimaux")] = None
    chemin: Annotated[Text | None, said("le chemin du fichier à ce commit, s'il était autre")] = None

    @property
    def file(self) -> str:
        """The path of the file that keeps its bytes, from the root of the project."""
        return f"source/pages/{self.date}.md"


class Pages(Model):
    """Where the page lives, and every version of it that is kept, oldest first."""

    adresse: Annotated[Text, said("l'adresse où la page se lit")]
    depot: Annotated[Text, said("le dépôt du site, https://github.com/…")]
    api: Annotated[Text, said("l'adresse de l'API de ce dépôt")]
    brut: Annotated[Text, said("l'adresse des fichiers bruts de ce dépôt")]
    branche: Annotated[Text, said("la branche publiée")]
    chemin: Annotated[Text, said("le chemin de la page dans le dépôt")]
    versions: Annotated[list[Version], said("une liste : date, commit, sha256 de chaque version", min_length=1)]

    def address(self, version: Version) -> str | None:
        """The file of a version at its commit, where « #L12 » is its line 12; None without commit."""
        if version.commit is None:
            return None
        return f"{self.depot}/blob/{version.commit}/{quote(version.chemin or self.chemin)}?plain=1"


class Correction(Model):
    """A cure for the page, one of three, by the words of its texts: it holds for every version that has them."""

    motif: Annotated[Text, said("la raison")]
    joindre: Annotated[Texts | None, said("une liste : les puces qui n'en font qu'une, dans leur ordre")] = None
    garder: Annotated[Text | None, said("une puce entière telle quelle, malgré sa minuscule ou sa forme")] = None
    ignorer: Annotated[Text | None, said("un texte ou un titre de liste qui ne désigne aucun organisme")] = None


class Term(Model):
    """A term of a vocabulary of catalogues."""

    code: Annotated[Text, said("le code du terme dans son vocabulaire")]
    nom: Annotated[Text, said("son nom en français")]


class Datagouv(Model):
    """What udata, the software of data.gouv.fr, asks for, in its own words."""

    licence: Annotated[Text, said("le nom de la licence sur le portail")]
    contact: Annotated[Text, said("le nom du contact, sans adresse web")]
    zones: Annotated[list[Text], said("une liste : les zones du portail")]
    granularite: Annotated[Text, said("la granularité du portail")]
    organisation: Annotated[str, said("l'identifiant de l'organisation")] = ""
    jeu: Annotated[str, said("l'identifiant du jeu de données, une fois publié")] = ""


class Publication(Model):
    """What catalogues ask for and the package does not say; every address comes from two of its fields."""

    depot: Annotated[str, said("https://github.com/QUI/QUOI", pattern=r"^https://github\.com/[\w.-]+/[\w.-]+$")]
    portail: Annotated[str, said("l'adresse du portail, sans / final", pattern=r"^https?://[\w.:-]+$")]
    frequence: Annotated[Frequency, said("le rythme de mise à jour, dans les mots de data.gouv.fr")]
    themes: Annotated[list[Term], said("une liste : code et nom de thèmes de la table data-theme de l'UE")]
    editeur: Annotated[Term, said("code et nom de l'un des publisher types d'ADMS")]
    pays: Annotated[Term, said("code et nom d'un pays de la table country de l'UE")]
    emprise: Annotated[Text, said("l'emprise de ce pays, en WKT")]
    datagouv: Annotated[Datagouv, said("ce que le portail demande en plus")]

    @property
    def site(self) -> str:
        """Where the lookup pages are read: https://docs.github.com/pages, project sites."""
        owner, project = self.depot.split("/")[-2:]
        return f"https://{owner.lower()}.github.io/{project}/"

    @property
    def downloads(self) -> str:
        """Where the files of the newest release are downloaded."""
        return f"{self.depot}/releases/latest/download/"

    def raw(self, version: str) -> str:
        """Where the files of a published version stand."""
        return f"{self.depot.replace('github.com', 'raw.githubusercontent.com', 1)}/v{version}/"


Contracts = Mapping[str, Contract]
Corrections = Sequence[Correction]
MODELS = {
    "organismes": (dict[Slug, Entry], "Le registre des organismes"),
    "marches": (dict[Slug, Contract], "Les marchés"),
    "pages": (Pages, "Les versions de la page"),
    "corrections": (list[Correction], "Les corrections de la page"),
    "publication": (Publication, "La publication"),
}
"""The model of each file of source/, and what an editor calls it."""
