"""The history of consent: what each person's records said at each arrival of one, by the rules of docs/meaning.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog.history.withdrawn import published_now
from catalog.specs.landing import CUSTOMER_LANDING, QUARANTINE
from jobs.pseudonym import pseudonym

if TYPE_CHECKING:
    from catalog.profiles.profile import Profile
    from catalog.read.snapshot_reader import SnapshotReader


def consent_states(customer_landing: str, quarantine: str) -> str:
    """SQL (DuckDB's) of each person's consent from each arrival of a record of theirs on, a refused one included.

    Columns are person; arrived, when the record did; since, the instant of consent (epoch ms UTC; null: they do not
    agree); suspended, whether a refused record is why; and before, the instant of consent until then.
    """
    return f"""
        WITH refused AS (
            SELECT unnest(string_split(people, ' ')) AS person, coalesce(lastUpdateDate, 0) AS own, came
            FROM (
                SELECT people, lastUpdateDate, rawText, min(ingestedAt) AS came
                FROM {quarantine} WHERE people IS NOT NULL
                GROUP BY people, lastUpdateDate, rawText, CASE WHEN lastUpdateDate IS NULL THEN ingestedAt END
            )
        ),
        arrivals AS (
            SELECT person, ingestedAt AS arrived FROM {customer_landing} UNION SELECT person, came FROM refused
        ),
        -- What was known at each arrival.
        known AS (
            SELECT a.person, a.arrived, r.ingestedAt, r.lastUpdateDate, r.shareWithResearchAsOfDate AS since
            FROM arrivals a JOIN {customer_landing} r ON r.person = a.person AND r.ingestedAt <= a.arrived
        ),
        newest AS (
            SELECT * FROM known QUALIFY lastUpdateDate = max(lastUpdateDate) OVER (PARTITION BY person, arrived)
        ),
        agreed AS (
            SELECT person, arrived, CASE WHEN count(*) = count(since) THEN max(since) END AS since
            FROM newest GROUP BY person, arrived
        ),
        suspended AS (
            SELECT DISTINCT person, arrived FROM (
                SELECT a.person, a.arrived, f.own, f.came,
                    max(CASE WHEN k.ingestedAt > f.came THEN k.lastUpdateDate END) AS newer,
                    max(CASE WHEN k.ingestedAt <= f.came THEN k.lastUpdateDate END) AS older
                FROM arrivals a
                JOIN refused f ON f.person = a.person AND f.came <= a.arrived
                LEFT JOIN known k ON k.person = a.person AND k.arrived = a.arrived
                GROUP BY ALL
            )
            WHERE coalesce(newer, 0) <= greatest(own, coalesce(older, 0))
        ),
        states AS (
            SELECT a.person, a.arrived, s.person IS NOT NULL AS suspended,
                CASE WHEN s.person IS NULL THEN g.since END AS since
            FROM arrivals a LEFT JOIN agreed g USING (person, arrived) LEFT JOIN suspended s USING (person, arrived)
        )
        SELECT *, lag(since) OVER (PARTITION BY person ORDER BY arrived) AS before FROM states"""


class Consents:
    """Relations of a reader: consent as of everything landed by now.

    Attributes:
        states: as of ``consent_states``.
        losses: the states that ended a consent, or let it begin later: readings from ``before`` on, until ``since``,
            are not used any more.
        people: everybody of whom a record was landed or refused: person, pseudonym, since as it is now, and first,
            when the first record arrived.
    """

    def __init__(self, profile: Profile, reader: SnapshotReader, key: bytes) -> None:
        """Compute them; ``key`` is of the pseudonyms."""
        published = published_now(profile)
        landed, refused = (reader.relation(spec, published(spec)) for spec in (CUSTOMER_LANDING, QUARANTINE))
        self.states = reader.create_temp_table("consent_states", consent_states(landed, refused))
        self.losses = reader.create_temp_table(
            "consent_losses",
            f"SELECT * FROM {self.states} WHERE before IS NOT NULL AND (since IS NULL OR since > before)",
        )
        reader.define("pseudonym", lambda person: pseudonym(person, key))
        self.people = reader.create_temp_table(
            "consenting_people",
            f"""SELECT person, pseudonym(person) AS pseudonym, since, suspended,
                min(arrived) OVER (PARTITION BY person) AS first
            FROM {self.states} QUALIFY row_number() OVER (PARTITION BY person ORDER BY arrived DESC) = 1""",
        )
