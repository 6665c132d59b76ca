"""Suites of the curated zone: what data scientists train on holds no personal data, and pairs no two people."""

from __future__ import annotations

from expectations.suite import Check, Suite

_CUSTOMER = Suite(
    table="curated.customer_curated",
    facts=(
        """WITH expected AS (
          SELECT * FROM {customer_trusted} c
          WHERE EXISTS (SELECT 1 FROM {accelerometer_trusted} a WHERE a.user = c.email)
        )
        SELECT count(j.email) AS rows, count(e.email) AS expected,
          count_if(e.email IS NULL) AS strangers, count_if(j.email IS NULL) AS missing,
          count(j.email) - count(DISTINCT j.email) AS duplicates,
          count_if(e.email IS NOT NULL AND j.email IS NOT NULL AND NOT (
            struct(e.customerName, e.phone, e.birthDay, e.serialNumber, e.registrationDate, e.lastUpdateDate,
              e.shareWithResearchAsOfDate, e.shareWithPublicAsOfDate, e.shareWithFriendsAsOfDate)
            <=> struct(j.customerName, j.phone, j.birthDay, j.serialNumber, j.registrationDate, j.lastUpdateDate,
              j.shareWithResearchAsOfDate, j.shareWithPublicAsOfDate, j.shareWithFriendsAsOfDate))) AS altered
        FROM expected e FULL OUTER JOIN {customer_curated} j ON e.email = j.email""",
    ),
    checks=(
        Check(
            name="only_trusted_customers_with_readings",
            promise="consent",
            sentence="Every customer here is trusted and has trusted accelerometer readings.",
            fact="strangers",
        ),
        Check(
            name="every_customer_with_readings_is_here",
            promise="completeness",
            sentence="Every trusted customer with readings is here.",
            fact="missing",
        ),
        Check(
            name="one_row_per_customer",
            promise="uniqueness",
            sentence="An e-mail address stands once.",
            fact="duplicates",
        ),
        Check(
            name="records_are_as_trusted",
            promise="shape",
            sentence="Each record is the trusted one, field by field.",
            fact="altered",
        ),
    ),
)

# The join is judged without doing it. For a device and instant with n motion and m distance readings it has n * m rows,
# and a person's sums of motion hashes, distance hashes and their products follow from sums over either side. Prints of
# these sums are compared as a multiset, person by person: they tell wrong partners, and rows under another's pseudonym.
# Hashes are cut to 31 bits and products taken modulo a prime, so that no sum overflows. People without a pair are among
# the expected for their readings that met no partner, which are counted for the reader; there are no rows to compare.
_PRIME = 2147483647
_MOTION = f"xxhash64(timestamp, x + 0.0D, y + 0.0D, z + 0.0D) & {_PRIME}"
_DISTANCE = f"xxhash64(timestamp, distanceFromObject, 'distance') & {_PRIME}"

_JOIN = f"""
WITH sides AS (
  SELECT xxhash64(c.serialNumber) AS person, a.timestamp, 1L AS n, {_MOTION} AS motion, 0L AS m, 0L AS distance
  FROM {{accelerometer_trusted}} a JOIN {{customer_curated}} c ON a.user = c.email
  UNION ALL
  SELECT xxhash64(serialNumber), timestamp, 0L, 0L, 1L, {_DISTANCE}
  FROM (SELECT *, sensorReadingTime AS timestamp FROM {{step_trainer_trusted}})
),
instants AS (
  SELECT person, sum(n) AS n, sum(motion) AS motion, sum(m) AS m, sum(distance) AS distance
  FROM sides GROUP BY person, timestamp
),
expected AS (
  SELECT sum(n * m) AS n, sum(motion * m) AS motion, sum(n * distance) AS distance,
    pmod(sum(pmod(pmod(motion, {_PRIME}) * pmod(distance, {_PRIME}), {_PRIME})), {_PRIME}) AS pairs,
    sum(IF(m = 0, n, 0)) AS lone_motion, sum(IF(n = 0, m, 0)) AS lone_distance
  FROM instants GROUP BY person
),
found AS (
  SELECT count(*) AS n, sum(motion) AS motion, sum(distance) AS distance,
    pmod(sum(pmod(motion * distance, {_PRIME})), {_PRIME}) AS pairs, 0L AS lone_motion, 0L AS lone_distance
  FROM (SELECT pseudonym, {_MOTION} AS motion, {_DISTANCE} AS distance FROM {{machine_learning_curated}})
  GROUP BY pseudonym
),
prints AS (
  SELECT IF(n = 0, 0, sum(side)) AS surplus, sum(IF(side = 1, n, 0)) AS found,
    sum(IF(side = -1, n, 0)) AS expected,
    count_if(side = -1 AND n > 0) AS people, sum(lone_motion) AS lone_motion, sum(lone_distance) AS lone_distance
  FROM (SELECT *, 1 AS side FROM found UNION ALL SELECT *, -1 FROM expected)
  GROUP BY n, motion, distance, pairs
)
SELECT coalesce(sum(found), 0) AS rows, coalesce(sum(people), 0) AS people,
  greatest(coalesce(sum(expected) - sum(found), 0), 0) AS missing,
  greatest(coalesce(sum(found) - sum(expected), 0), 0) AS surplus,
  coalesce(sum(abs(surplus)), 0) AS people_differing,
  coalesce(sum(lone_motion), 0) AS motion_without_partner, coalesce(sum(lone_distance), 0) AS distance_without_partner
FROM prints"""

# Wide enough for every unit that devices use (16 g are 157 m/s2, or 16,000 mg; cm or mm). What is beyond is counted and
# not refused: it was delivered as a number, and one device must not hold back everybody's data.
_PLAUSIBLE = 1_000_000
_SHAPE = f"""
SELECT count_if(pseudonym IS NULL OR length(pseudonym) <> 64 OR NOT pseudonym RLIKE '^[0-9a-f]+$') AS not_pseudonyms,
  count_if((greatest(abs(x), abs(y), abs(z)) <= {_PLAUSIBLE}
    AND distanceFromObject BETWEEN -{_PLAUSIBLE} AND {_PLAUSIBLE}) IS NOT TRUE) AS implausible,
  count_if((greatest(abs(x), abs(y), abs(z)) < double('Infinity')) IS NOT TRUE) AS not_finite,
  count_if(unix_millis(readingTime) IS DISTINCT FROM timestamp) AS wrong_time,
  count(*) - count(DISTINCT xxhash64(pseudonym, timestamp, x + 0.0D, y + 0.0D, z + 0.0D, distanceFromObject))
    AS duplicates
FROM {{machine_learning_curated}}"""

# What an e-mail address, a device's serial number (a UUID) and a phone number look like, known or not. Digits alone
# can stand in a pseudonym by chance: only a value that is a phone number as a whole is taken for one.
_LOOKS_PERSONAL = (
    "pseudonym LIKE '%@%' OR pseudonym RLIKE '[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-' "
    "OR pseudonym RLIKE '^[+(]?[0-9][0-9 ()./-]{5,18}$'"
)
_PERSONAL = f"""
WITH known AS (SELECT explode(array(email, serialNumber, phone, customerName)) AS value FROM {{customer_landing}}),
telling AS (
  SELECT stack(6, 'value', value, 'value', lower(value), 'hash', sha2(value, 256), 'hash', sha2(lower(value), 256),
    'hash', md5(value), 'hash', sha1(value)) AS (kind, text) FROM known
),
people AS (
  SELECT p.pseudonym, max(t.kind = 'hash') AS hashed, max(t.kind = 'value') AS plain
  FROM (SELECT DISTINCT pseudonym FROM {{machine_learning_curated}}) p
  LEFT JOIN telling t ON p.pseudonym = t.text
  GROUP BY p.pseudonym
)
SELECT count_if(hashed) AS keyless_hashes,
  count_if(plain OR {_LOOKS_PERSONAL.replace("{", "{{").replace("}", "}}")}) AS personal_values
FROM people"""

_MACHINE_LEARNING = Suite(
    table="curated.machine_learning_curated",
    facts=(_JOIN, _SHAPE, _PERSONAL),
    columns=("pseudonym", "timestamp", "x", "y", "z", "distanceFromObject", "readingTime"),
    checks=(
        Check(
            name="people_are_keyed_pseudonyms",
            promise="no personal data",
            sentence="People are named by 64 hexadecimal digits and by nothing else.",
            fact="not_pseudonyms",
        ),
        Check(
            name="pseudonyms_need_the_key",
            promise="no personal data",
            sentence="No pseudonym is a plain hash of personal data, which anybody could compute.",
            fact="keyless_hashes",
        ),
        Check(
            name="no_value_is_personal",
            promise="no personal data",
            sentence="No text is or looks like an e-mail address, phone or serial number, or a known name.",
            fact="personal_values",
        ),
        Check(
            name="no_pair_is_missing",
            promise="completeness",
            sentence="Every trusted motion reading with a distance reading of the same person and instant is here.",
            fact="missing",
        ),
        Check(
            name="no_pair_is_surplus",
            promise="completeness",
            sentence="There are no more pairs than readings of the same person and instant make.",
            fact="surplus",
        ),
        Check(
            name="pairs_are_of_one_person",
            promise="consent",
            sentence="Each person's rows pair that person's motion and distance alone, under one pseudonym.",
            fact="people_differing",
        ),
        Check(
            name="no_row_stands_twice",
            promise="uniqueness",
            sentence="A pair of readings stands once.",
            fact="duplicates",
        ),
        Check(
            name="reading_time_is_the_instant",
            promise="shape",
            sentence="readingTime is the readings' epoch milliseconds as a timestamp.",
            fact="wrong_time",
        ),
        Check(
            name="values_are_numbers",
            promise="shape",
            sentence="x, y and z are finite numbers.",
            fact="not_finite",
        ),
    ),
)

SUITES = (_CUSTOMER, _MACHINE_LEARNING)
