"""Every French sentence that users read, as pure functions of plain values.

Modules of all layers take their sentences here, so that one person can proofread them all.
"""

# Files


def not_a_file() -> str:
    """Return the message for a path that is a folder or a device."""
    return "ce n'est pas un fichier"


def file_too_large(size: int, limit: int) -> str:
    """Return the message for a file above the limit, both in bytes."""
    return f"fichier trop gros ({size} octets, {limit} au plus)"


def unreadable_file(error: Exception) -> str:
    """Return the message for a file that the system does not let us read."""
    return f"lecture impossible : {getattr(error, 'strerror', None) or error}"


def unwritable_file(error: OSError) -> str:
    """Return the message for a file that the system does not let us write."""
    return f"écriture impossible : {error.strerror} ; rien n'a été modifié"


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
