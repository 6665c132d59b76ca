"""Whether people in the training table have the names that the lake's key gives them.

A run knows the key, so it can tell. An auditor without it (``stedi validate``) is told by the suite alone that
pseudonyms look like some, keep people apart, and are no plain hashes of what is known of them.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from expectations.scope import Scope
from expectations.suite import Check

if TYPE_CHECKING:
    from collections.abc import Iterable

    from catalog.snapshot_reader import SnapshotReader

NAMES_OF_THE_KEY = Check(
    name="pseudonyms_are_of_the_key",
    promise="no personal data",
    sentence="Each pseudonym is the HMAC-SHA256, by the lake's key, of a person with readings.",
    fact="names_not_of_the_key",
)
"""What is judged of the training table in runs, besides its suite."""


def keyed_names(people: Iterable[str], key: bytes) -> list[str]:
    """The pseudonyms of people, as the training table's doc defines them, in their order."""
    # Said here and not by the jobs' ``pseudonym``, which is judged by it.
    return [hmac.digest(key, person.encode(), "sha256").hex() for person in people]


def names_scope(reader: SnapshotReader, readings: str, key: bytes) -> Scope:
    """The check on the names in the training table, or in its part in scope.

    Args:
        reader: what suites are computed by.
        readings: the relation of trusted accelerometer readings that its rows were made from.
        key: the key of pseudonyms.
    """
    people = reader.fetch(f'SELECT DISTINCT "user" FROM {readings} ORDER BY 1')
    names = reader.keys(keyed_names((person for (person,) in people), key))
    fact = (
        "SELECT count(DISTINCT j.pseudonym) AS names_not_of_the_key "
        "FROM {machine_learning_curated} j ANTI JOIN {names_of_the_key} n ON j.pseudonym = n.key"
    )
    return Scope({"names_of_the_key": names}, (fact,), (NAMES_OF_THE_KEY,))
