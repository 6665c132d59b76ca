"""Consent and holders of devices, read from landing by the suites' own SQL, which shares nothing with the jobs.

``NEWEST`` and ``CONSENT_BY_NAME`` are SQL of Athena and of DuckDB alike: people look at refused rows with them. The
others are DuckDB's, which suites compute with.
"""

from __future__ import annotations

# The newest records of each person, by lastUpdateDate: several, where they are of the same date.
NEWEST = """
newest AS (
  SELECT r.* FROM {customer_landing} r
  JOIN (SELECT person, max(lastUpdateDate) AS latest FROM {customer_landing} GROUP BY person) m
  ON r.person = m.person AND r.lastUpdateDate = m.latest
)"""

# Each person with the consent that their newest records agree on; null where one of them has none.
_AGREED = (
    NEWEST
    + """,
agreed AS (
  SELECT person, CASE WHEN count(*) = count(shareWithResearchAsOfDate) THEN max(shareWithResearchAsOfDate) END AS since
  FROM newest GROUP BY person
)"""
)

# People whom a refused record names: in each case, whether a record that came later, and is newer than all that were
# there by then and than the refused one, lifts it. A dated text that was refused before counts from its first arrival.
_REFUSED = """
refused AS (
  SELECT unnest(string_split(people, ' ')) AS person, own, came
  FROM (
    SELECT people, rawText, coalesce(lastUpdateDate, -1) AS own, min(ingestedAt) AS came
    FROM {quarantine} WHERE people IS NOT NULL
    GROUP BY people, rawText, lastUpdateDate, IF(lastUpdateDate IS NULL, ingestedAt, NULL)
  )
),
cases AS (
  SELECT f.person, f.came, f.own,
    max(IF(r.ingestedAt <= f.came, r.lastUpdateDate, NULL)) AS known,
    max(IF(r.ingestedAt > f.came, r.lastUpdateDate, NULL)) AS newer
  FROM refused f LEFT JOIN {customer_landing} r USING (person) GROUP BY ALL
),
suspended AS (
  SELECT DISTINCT person FROM cases WHERE (newer > own AND newer > coalesce(known, -1)) IS NOT TRUE
)"""

# Everybody of whom a customer record was landed or refused: since when they agree (epoch ms; null: not), and whether
# that is in doubt, as a refused record of theirs may say otherwise.
PEOPLE = (
    _AGREED
    + ","
    + _REFUSED
    + """,
people AS (
  SELECT coalesce(a.person, s.person) AS person, IF(s.person IS NULL, a.since, NULL) AS since,
    s.person IS NOT NULL AND (a.person IS NULL OR a.since IS NOT NULL) AS in_doubt
  FROM agreed a FULL OUTER JOIN suspended s ON a.person = s.person
)"""
)

# Whose consent a refused record suspends, and who agreed, for people to look at, in Athena's SQL.
SUSPENDED_BY_NAME = """
refused_texts AS (
  SELECT people, rawText, coalesce(lastUpdateDate, -1) AS own, min(ingestedAt) AS came
  FROM {quarantine} WHERE people IS NOT NULL
  GROUP BY people, rawText, coalesce(lastUpdateDate, -1), CASE WHEN lastUpdateDate IS NULL THEN ingestedAt END
),
refused_people AS (
  SELECT DISTINCT k.person, f.own, f.came FROM (SELECT DISTINCT person FROM {customer_landing}) k
  JOIN refused_texts f ON concat(' ', f.people, ' ') LIKE concat('% ', k.person, ' %')
),
suspended AS (
  SELECT DISTINCT c.person FROM (
    SELECT f.person, f.own, max(CASE WHEN r.ingestedAt <= f.came THEN r.lastUpdateDate END) AS known,
      max(CASE WHEN r.ingestedAt > f.came THEN r.lastUpdateDate END) AS newer
    FROM refused_people f JOIN {customer_landing} r ON r.person = f.person GROUP BY f.person, f.own, f.came
  ) c
  WHERE c.newer IS NULL OR c.newer <= c.own OR c.newer <= coalesce(c.known, -1)
)"""
CONSENT_BY_NAME = (
    _AGREED
    + ","
    + SUSPENDED_BY_NAME
    + """,
consent AS (
  SELECT a.person, a.since FROM agreed a LEFT JOIN suspended s ON s.person = a.person
  WHERE a.since IS NOT NULL AND s.person IS NULL
)"""
)

# Who held which device from when until when, epoch ms; neither is null. ``owners``: how many people ever had it.
HOLDERS = """
naming AS (
  SELECT person, device, lastUpdateDate AS dated, least(max(registrationDate), lastUpdateDate) AS registered
  FROM {customer_landing} GROUP BY person, device, lastUpdateDate
),
owners AS (SELECT device, count(DISTINCT person) AS people, min(person) AS person FROM naming GROUP BY device),
exchanged AS (
  SELECT n.person, n.device, n.dated, IF(n.dated = f.first, n.registered, n.dated) AS at_ms
  FROM naming n JOIN (SELECT person, min(dated) AS first FROM naming GROUP BY person) f ON n.person = f.person
  WHERE n.device IN (SELECT device FROM owners WHERE people > 1)
),
dates AS (
  SELECT *, lag(devices) OVER (PARTITION BY person ORDER BY dated) AS devices_before
  FROM (
    SELECT person, dated, list(DISTINCT device) AS devices FROM naming
    WHERE person IN (SELECT person FROM exchanged) GROUP BY person, dated
  )
),
-- A turn begins with a date whose records name the device, where those of the date before did not, or not it alone.
begun AS (
  SELECT e.person, e.device, e.at_ms, min(later.dated) AS given_up
  FROM exchanged e JOIN dates d ON d.person = e.person AND d.dated = e.dated
  LEFT JOIN dates later ON later.person = e.person AND later.dated >= e.dated AND later.devices <> [e.device]
  WHERE d.devices_before IS DISTINCT FROM [e.device] GROUP BY e.person, e.device, e.dated, e.at_ms
),
-- Instants at which a device is named, in stretches of the same person alone; several at once are a stretch of nobody.
instants AS (
  SELECT device, at_ms, IF(min(person) = max(person), min(person), NULL) AS sole FROM exchanged GROUP BY device, at_ms
),
numbered AS (
  SELECT *, sum(IF(sole = earlier, 0, 1)) OVER (PARTITION BY device ORDER BY at_ms) AS stretch
  FROM (SELECT *, lag(sole) OVER (PARTITION BY device ORDER BY at_ms) AS earlier FROM instants)
),
stretches AS (
  SELECT device, stretch, min(at_ms) AS at_ms, any_value(sole) AS sole FROM numbered GROUP BY device, stretch
),
-- A turn ends with the person's next device, or with the next stretch of anybody else.
turns AS (
  SELECT b.device, b.person, b.at_ms, coalesce(
    least(b.given_up, IF(next.sole = b.person, after_next.at_ms, next.at_ms)), 9223372036854775807) AS until_ms
  FROM begun b JOIN numbered n ON n.device = b.device AND n.at_ms = b.at_ms
  LEFT JOIN stretches next ON next.device = n.device AND next.stretch = n.stretch + 1
  LEFT JOIN stretches after_next ON after_next.device = n.device AND after_next.stretch = n.stretch + 2
),
-- Of turns that begin together, the longest is alone once the second longest has ended.
holders AS (
  SELECT device, arg_max(person, until_ms) AS person, max(until_ms) AS until_ms,
    greatest(at_ms, coalesce(list_reverse_sort(list(until_ms))[2], at_ms)) AS from_ms
  FROM turns GROUP BY device, at_ms
)"""
