"""Whether the pseudonym key is the one by which the training table's history names people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog.specs.curated import MACHINE_LEARNING_CURATED
from catalog.specs.landing import CUSTOMER_LANDING
from jobs.pseudonym import pseudonym

if TYPE_CHECKING:
    from catalog.rewrite.row_change import DataFiles


def unknown_pseudonyms(reader: DataFiles, pseudonym_key: bytes) -> int:
    """How many pseudonyms are stored of the training table that the key makes of nobody in landing."""
    reader.define("pseudonym_by_key", lambda person: pseudonym(person, pseudonym_key))
    people = f"SELECT DISTINCT person FROM {reader.history_rows(CUSTOMER_LANDING)}"
    [(unknown,)] = reader.fetch(
        f"SELECT count(DISTINCT pseudonym) FROM {reader.history_rows(MACHINE_LEARNING_CURATED)} "
        f"ANTI JOIN (SELECT pseudonym_by_key(person) AS pseudonym FROM ({people})) USING (pseudonym)"
    )
    return int(unknown)
