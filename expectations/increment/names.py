"""Whether people in the training table have the names that the lake's key gives them.

The table's suite compares people's rows without their names. With the key each row is compared by name: it must be of
somebody with trusted readings, and be that person's own motion and distance. So two people whose names are swapped are
noticed. Runs and rollbacks know the key; an audit (``stedi validate``) without it says that this was left out.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from catalog.training.dataset import JUDGED_BY_KEY
from expectations.increment.scope import Scope
from expectations.suites.suite import Check

if TYPE_CHECKING:
    from catalog.read.relation_reader import RelationReader

NAMES_OF_THE_KEY = Check(
    name="pseudonyms_are_of_the_key",
    promise="no personal data",
    sentence="Each pseudonym is the HMAC-SHA256, with the lake's key, of a person with readings.",
    fact="names_not_of_the_key",
)
OWN_ROWS = Check(
    name=JUDGED_BY_KEY,
    promise="consent",
    sentence="Each row pairs an accelerometer and a step trainer reading of the person whose pseudonym it has.",
    fact="rows_of_others",
)
NAME_CHECKS = (NAMES_OF_THE_KEY, OWN_ROWS)
"""What is judged of the training table besides its suite, where the key is at hand."""


_NAME = "keyed_name"
_NAMES = """
SELECT count(DISTINCT j.pseudonym) AS names_not_of_the_key
FROM {machine_learning_curated} j ANTI JOIN {names_of_the_key} n ON j.pseudonym = n.name"""
# Both sides of a row as one number each: to compare seven columns took several times the memory. The suite's own law of
# completeness says that nobody lacks a row; this one, that nobody has another's.
_ROWS = """
WITH judged AS (
  SELECT hash(pseudonym, timestamp, x + 0.0, y + 0.0, z + 0.0) AS motion,
    hash(pseudonym, timestamp, distanceFromObject) AS distance
  FROM {machine_learning_curated}
),
motion AS (
  SELECT hash(n.name, r.timestamp, r.x + 0.0, r.y + 0.0, r.z + 0.0) AS print
  FROM {named_motion} r JOIN {names_of_the_key} n ON r.person = n.person
),
distance AS (
  SELECT hash(n.name, r.sensorReadingTime, r.distanceFromObject) AS print
  FROM {named_distance} r JOIN {names_of_the_key} n ON r.person = n.person
),
rows_here AS (SELECT count(*) AS n FROM judged),
own AS (
  SELECT count(*) AS n FROM judged j
  SEMI JOIN motion m ON m.print = j.motion SEMI JOIN distance d ON d.print = j.distance
)
SELECT r.n - o.n AS rows_of_others FROM rows_here r CROSS JOIN own o"""


def define_name(reader: RelationReader, key: bytes) -> str:
    """Let the reader's statements name people: the name of the function, which gives an address's pseudonym.

    Args:
        reader: what suites are computed by; of one reader, always with the same key.
        key: the key of pseudonyms.
    """
    # Said here and not by the jobs' ``pseudonym``, which is judged by it. The key stands in no statement and no plan.
    reader.define(_NAME, lambda person: hmac.digest(key, person.encode(), "sha256").hex())
    return _NAME


def names_scope(reader: RelationReader, readings: str, distances: str, key: bytes) -> Scope:
    """The checks on the names in the training table, or in its part in scope.

    Args:
        reader: what suites are computed by.
        readings: the relation of trusted accelerometer readings that its rows were made from.
        distances: the relation of trusted step trainer readings that they were made from.
        key: the key of pseudonyms.
    """
    people = f"SELECT DISTINCT person FROM {readings}"
    named = f"SELECT person, {define_name(reader, key)}(person) AS name FROM ({people})"
    names = reader.create_temp_table("names_of_the_key", named)
    relations = {"names_of_the_key": names, "named_motion": readings, "named_distance": distances}
    return Scope(relations, (_NAMES, _ROWS), NAME_CHECKS)


def what_it_takes(left_out: str) -> str:
    """What there has to be at hand for a check that was left out of a verdict."""
    return "the pseudonym key" if left_out in {check.name for check in NAME_CHECKS} else "the drop folder"
