"""Each suite lets good data through, and refuses data with a deliberate defect for the reason that it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from catalog.query.engine import query_local
from catalog.read.parquet_sql import TYPES
from catalog.read.snapshot_reader import SnapshotReader
from catalog.specs import TABLES
from expectations.suites import SUITES
from expectations.suites.suite import Check, Suite
from expectations.validation.validate import Verdict, validate
from jobs.run.validate import display_sql
from tests.lake_without_spark import append, customer, make_lake

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catalog.profiles.profile import LocalProfile

_T = 1_655_564_444_000
_AT = "timestamptz '2024-01-01 00:00:00+00'"
_CUSTOMER = (
    "'N' AS customerName, email, '1' AS phone, '1990-01-01' AS birthDay, serialNumber, "
    f"{_T} AS registrationDate, lastUpdateDate, since AS shareWithResearchAsOfDate, "
    "NULL AS shareWithPublicAsOfDate, NULL AS shareWithFriendsAsOfDate, lower(email) AS person, serialNumber AS device"
)
_ORIGIN = f"NULL AS extraFields, file AS sourceFile, file AS sourceFileSha256, n AS recordNumber, {_AT} AS ingestedAt"

# Two people who agreed, one who withdrew, one who never did; readings before, at and after consent; one delivered twice.
GOOD = {
    "customer_landing": f"""SELECT {_CUSTOMER}, {_ORIGIN} FROM VALUES
        ('c', 1, 'a@x.test', 'sa', {_T}, {_T}), ('c', 2, 'b@x.test', 'sb', {_T}, {_T + 1}),
        ('c', 3, 'w@x.test', 'sw', {_T}, {_T}), ('c', 4, 'w@x.test', 'sw', {_T + 9}, NULL),
        ('c', 5, 'n@x.test', 'sn', {_T}, NULL)
        AS t(file, n, email, serialNumber, lastUpdateDate, since)""",
    "accelerometer_landing": f"""SELECT user, timestamp, x, 0.0 AS y, 0.5 AS z, user AS person, {_ORIGIN} FROM VALUES
        ('m', 1, 'a@x.test', {_T}, 1.0), ('m', 2, 'a@x.test', {_T}, 1.0), ('m', 3, 'a@x.test', {_T}, 2.0),
        ('m', 4, 'b@x.test', {_T}, 1.0), ('m', 5, 'b@x.test', {_T + 1}, 1.0), ('m', 6, 'b@x.test', {_T + 2}, 3.0),
        ('m', 7, 'w@x.test', {_T}, 1.0), ('m', 8, 'n@x.test', {_T}, 1.0), ('m', 9, 'a@x.test', {_T + 1}, 4.0)
        AS t(file, n, user, timestamp, x)""",
    "step_trainer_landing": f"""SELECT sensorReadingTime, serialNumber, distanceFromObject, serialNumber AS device, {_ORIGIN} FROM VALUES
        ('s', 1, {_T}, 'sa', 10), ('s', 2, {_T}, 'sa', 10), ('s', 3, {_T}, 'sb', 20), ('s', 4, {_T + 1}, 'sb', 21),
        ('s', 5, {_T + 1}, 'sa', 11), ('s', 6, {_T}, 'sw', 30), ('s', 7, {_T + 2}, 'sb', 22), ('s', 8, {_T}, 'sn', 40)
        AS t(file, n, sensorReadingTime, serialNumber, distanceFromObject)""",
    "quarantine": f"""SELECT source, file AS sourceFile, file AS sourceFileSha256, n AS recordNumber,
        '{{"email": "r@x.test", "lastUpdateDate": {_T}}}' AS rawText, reason, 'd' AS detail, 'r@x.test' AS people,
        {_T} AS lastUpdateDate, true AS isRecognised, {_AT} AS ingestedAt FROM (VALUES ('customer', 'c', 6, 'wrong_type')) AS t(source, file, n, reason)""",
    "delivered_file": f"""SELECT source, file AS sourceFile, file AS sourceFileSha256, 1 AS bytes, {_AT} AS modifiedAt, landed, quarantined,
        now() AS ingestedAt FROM (VALUES ('customer', 'c', 5, 1), ('accelerometer', 'm', 9, 0),
        ('step_trainer', 's', 8, 0), ('customer', 'e', 0, 0)) AS t(source, file, landed, quarantined)""",
    "delivered": """SELECT * FROM (VALUES ('customer', 'c', 6), ('accelerometer', 'm', 9), ('step_trainer', 's', 8),
        ('customer', 'e', 0)) AS t(source, sourceFileSha256, objects)""",
    "tolerated": "SELECT 0.4::DECIMAL(9, 6) AS share, 5 AS least, true AS strict",
    "customer_trusted": f"""SELECT {_CUSTOMER} FROM (VALUES ('a@x.test', 'sa', {_T}, {_T}),
        ('b@x.test', 'sb', {_T}, {_T + 1})) AS t(email, serialNumber, lastUpdateDate, since)""",
    "accelerometer_trusted": f"""SELECT user, timestamp, x, 0.0 AS y, 0.5 AS z, user AS person,
        make_timestamptz(timestamp * 1000) AS readingTime FROM (VALUES ('a@x.test', {_T}, 1.0), ('a@x.test', {_T}, 2.0),
        ('a@x.test', {_T + 1}, 4.0), ('b@x.test', {_T + 1}, 1.0), ('b@x.test', {_T + 2}, 3.0)) AS t(user, timestamp, x)""",
    "step_trainer_trusted": f"""SELECT *, make_timestamptz(sensorReadingTime * 1000) AS readingTime FROM VALUES
        ({_T}, 'sa', 10, 'a@x.test'), ({_T + 1}, 'sa', 11, 'a@x.test'), ({_T + 1}, 'sb', 21, 'b@x.test'),
        ({_T + 2}, 'sb', 22, 'b@x.test') AS t(sensorReadingTime, serialNumber, distanceFromObject, person)""",
    "machine_learning_curated": f"""SELECT sha256(concat('key', person)) AS pseudonym, timestamp, x, 0.0 AS y,
        0.5 AS z, distanceFromObject, make_timestamptz(timestamp * 1000) AS readingTime FROM VALUES
        ('a', {_T}, 1.0, 10), ('a', {_T}, 2.0, 10), ('a', {_T + 1}, 4.0, 11), ('b', {_T + 1}, 1.0, 21),
        ('b', {_T + 2}, 3.0, 22) AS t(person, timestamp, x, distanceFromObject)""",
}
GOOD["customer_curated"] = GOOD["customer_trusted"]

# table: (defect, SQL of the defective table over the good one, the checks that must refuse it)
DEFECTS: list[tuple[str, str, str, set[str]]] = [
    (
        "landing.customer_landing",
        "landed twice",
        "SELECT * FROM {t} UNION ALL SELECT * FROM {t}",
        {"each_record_lands_once"},
    ),
    (
        "landing.accelerometer_landing",
        "seconds for milliseconds",
        "SELECT * REPLACE (timestamp // 1000 AS timestamp) FROM {t}",
        {"values_are_in_range"},
    ),
    (
        "landing.accelerometer_landing",
        "infinite value",
        "SELECT * REPLACE ('Infinity'::DOUBLE AS x) FROM {t}",
        {"values_are_in_range", "values_are_plausible"},
    ),
    (
        "landing.accelerometer_landing",
        "landed twice",
        "SELECT * FROM {t} UNION ALL SELECT * FROM {t} WHERE recordNumber = 1",
        {"each_record_lands_once"},
    ),
    (
        "landing.step_trainer_landing",
        "landed twice",
        "SELECT * FROM {t} UNION ALL SELECT * FROM {t} WHERE recordNumber = 1",
        {"each_record_lands_once"},
    ),
    (
        "landing.customer_landing",
        "e-mail without a domain",
        "SELECT * REPLACE ('a@x' AS email, 'a@x' AS person) FROM {t}",
        {"values_are_in_range"},
    ),
    (
        "landing.step_trainer_landing",
        "microseconds for milliseconds",
        "SELECT * REPLACE (sensorReadingTime * 1000 AS sensorReadingTime) FROM {t}",
        {"values_are_in_range", "nothing_is_from_the_future"},
    ),
    (
        "landing.accelerometer_landing",
        "origin forgotten",
        "SELECT * REPLACE (IF(x = 4.0, NULL, recordNumber) AS recordNumber) FROM {t}",
        {"origin_is_known"},
    ),
    (
        "landing.quarantine",
        "unknown reason",
        "SELECT * REPLACE ('because' AS reason) FROM {t}",
        {"refusals_have_a_reason"},
    ),
    (
        "landing.quarantine",
        "landed too",
        "SELECT * REPLACE (1 AS recordNumber) FROM {t}",
        {"refused_is_not_landed"},
    ),
    (
        "landing.delivered_file",
        "a record lost",
        "SELECT source, sourceFile, sourceFileSha256, bytes, modifiedAt, landed, 0 AS quarantined, ingestedAt FROM {t}",
        {"delivered_is_landed_or_quarantined", "the_ledger_counts_right"},
    ),
    (
        "landing.delivered_file",
        "a file forgotten",
        "SELECT * FROM {t} WHERE source <> 'step_trainer'",
        {"delivered_is_landed_or_quarantined", "every_record_has_a_ledger_entry"},
    ),
    (
        "landing.delivered_file",
        "entered twice",
        "SELECT * FROM {t} UNION ALL SELECT * FROM {t}",
        {"each_content_is_entered_once"},
    ),
    (
        "trusted.customer_trusted",
        "consent filter dropped",
        "SELECT * FROM {t} UNION ALL SELECT * EXCLUDE (extraFields, sourceFile, sourceFileSha256, recordNumber, ingestedAt) "
        "FROM customer_landing WHERE email = 'n@x.test'",
        {"everyone_agreed"},
    ),
    (
        "trusted.customer_trusted",
        "withdrawal ignored",
        "SELECT * FROM {t} UNION ALL SELECT * EXCLUDE (extraFields, sourceFile, sourceFileSha256, recordNumber, ingestedAt) "
        "FROM customer_landing WHERE email = 'w@x.test' AND shareWithResearchAsOfDate IS NOT NULL",
        {"everyone_agreed"},
    ),
    (
        "trusted.customer_trusted",
        "a person missing",
        "SELECT * FROM {t} WHERE serialNumber = 'sa'",
        {"everyone_who_agreed_is_here"},
    ),
    ("trusted.customer_trusted", "doubled", "SELECT * FROM {t} UNION ALL SELECT * FROM {t}", {"one_row_per_customer"}),
    (
        "trusted.accelerometer_trusted",
        "one millisecond before consent",
        "SELECT * FROM {t} UNION ALL SELECT user, timestamp, x, y, z, person, make_timestamptz(timestamp * 1000) "
        "FROM accelerometer_landing WHERE recordNumber = 4",
        {"only_consented_readings", "every_reading_was_delivered", "zones_reconcile"},
    ),
    (
        "trusted.accelerometer_trusted",
        "consent filter dropped",
        "SELECT * FROM {t} UNION ALL SELECT user, timestamp, x, y, z, person, make_timestamptz(timestamp * 1000) "
        "FROM accelerometer_landing WHERE user = 'n@x.test'",
        {"only_consented_readings", "every_reading_was_delivered", "zones_reconcile"},
    ),
    (
        "trusted.accelerometer_trusted",
        "as-of comparison strict",
        f"SELECT * FROM {{t}} WHERE NOT (user = 'b@x.test' AND timestamp = {_T + 1})",
        {"every_usable_reading_is_here", "zones_reconcile"},
    ),
    (
        "trusted.accelerometer_trusted",
        "re-delivery doubled",
        "SELECT * FROM {t} UNION ALL SELECT * FROM {t} WHERE x = 3.0",
        {"identical_readings_count_once", "zones_reconcile"},
    ),
    (
        "trusted.accelerometer_trusted",
        "another's address",
        "SELECT * REPLACE (IF(x = 4.0, 'b@x.test', user) AS user) FROM {t}",
        {"only_consented_readings"},
    ),
    (
        "trusted.accelerometer_trusted",
        "wrong zone of time",
        "SELECT * REPLACE (readingTime + INTERVAL 1 HOUR AS readingTime) FROM {t}",
        {"reading_time_is_the_instant"},
    ),
    (
        "curated.customer_curated",
        "a person missing",
        "SELECT * FROM {t} WHERE serialNumber = 'sa'",
        {"every_customer_with_readings_is_here"},
    ),
    ("curated.customer_curated", "doubled", "SELECT * FROM {t} UNION ALL SELECT * FROM {t}", {"one_row_per_customer"}),
    (
        "trusted.step_trainer_trusted",
        "another person's device",
        "SELECT * FROM {t} UNION ALL SELECT sensorReadingTime, device, distanceFromObject, 'n@x.test', "
        "make_timestamptz(sensorReadingTime * 1000) FROM step_trainer_landing WHERE serialNumber = 'sn'",
        {"only_consented_readings", "every_reading_was_delivered", "zones_reconcile"},
    ),
    (
        "trusted.step_trainer_trusted",
        "readings under another's name",
        "SELECT * REPLACE (IF(distanceFromObject = 11, 'b@x.test', person) AS person) FROM {t}",
        {"only_consented_readings", "every_usable_reading_is_here", "every_reading_was_delivered"},
    ),
    (
        "trusted.step_trainer_trusted",
        "re-delivery doubled",
        "SELECT * FROM {t} UNION ALL SELECT * FROM {t} WHERE distanceFromObject = 22",
        {"identical_readings_count_once", "zones_reconcile"},
    ),
    (
        "trusted.step_trainer_trusted",
        "wrong zone of time",
        "SELECT * REPLACE (readingTime + INTERVAL 1 HOUR AS readingTime) FROM {t}",
        {"reading_time_is_the_instant"},
    ),
    (
        "trusted.step_trainer_trusted",
        "inner join lost a reading",
        "SELECT * FROM {t} WHERE distanceFromObject <> 22",
        {"every_usable_reading_is_here", "zones_reconcile"},
    ),
    (
        "curated.machine_learning_curated",
        "join on time only",
        "SELECT * FROM {t} UNION ALL SELECT pseudonym, timestamp, x, y, z, 21 AS distanceFromObject, readingTime FROM {t} "
        "WHERE x = 4.0",
        {"no_pair_is_surplus", "pairs_are_of_one_person"},
    ),
    (
        "curated.machine_learning_curated",
        "partners swapped",
        "SELECT pseudonym, timestamp, x, y, z, CASE distanceFromObject WHEN 11 THEN 21 WHEN 21 THEN 11 "
        "ELSE distanceFromObject END AS distanceFromObject, readingTime FROM {t}",
        {"pairs_are_of_one_person"},
    ),
    (
        "curated.machine_learning_curated",
        "rows under another's pseudonym",
        "SELECT CASE WHEN x IN (3.0, 4.0) THEN IF(x = 3.0, sha256('keya'), sha256('keyb')) ELSE pseudonym END "
        "AS pseudonym, timestamp, x, y, z, distanceFromObject, readingTime FROM {t}",
        {"pairs_are_of_one_person"},
    ),
    (
        "curated.machine_learning_curated",
        "pair missing",
        "SELECT * FROM {t} WHERE x <> 4.0",
        {"no_pair_is_missing", "pairs_are_of_one_person"},
    ),
    (
        "curated.machine_learning_curated",
        "hash without key",
        "SELECT IF(pseudonym = sha256('keya'), sha256('a@x.test'), sha256('b@x.test')) AS pseudonym, timestamp, "
        "x, y, z, distanceFromObject, readingTime FROM {t}",
        {"pseudonyms_need_the_key"},
    ),
    (
        "curated.machine_learning_curated",
        "e-mail for pseudonym",
        "SELECT IF(pseudonym = sha256('keya'), 'a@x.test', 'b@x.test') AS pseudonym, timestamp, x, y, z, "
        "distanceFromObject, readingTime FROM {t}",
        {"people_are_keyed_pseudonyms", "no_value_is_personal"},
    ),
    (
        "curated.machine_learning_curated",
        "personal column added",
        "SELECT *, 'sa' AS serialNumber FROM {t}",
        {"columns_are_as_declared"},
    ),
    (
        "curated.machine_learning_curated",
        "someone else's phone number for pseudonym",
        "SELECT IF(pseudonym = sha256('keya'), '+1 (555) 010-0200', pseudonym) AS pseudonym, timestamp, x, y, z, "
        "distanceFromObject, readingTime FROM {t}",
        {"people_are_keyed_pseudonyms", "no_value_is_personal"},
    ),
    (
        "curated.machine_learning_curated",
        "serial number for pseudonym",
        "SELECT IF(pseudonym = sha256('keya'), 'sa', 'sb') AS pseudonym, timestamp, x, y, z, distanceFromObject, "
        "readingTime FROM {t}",
        {"people_are_keyed_pseudonyms", "no_value_is_personal"},
    ),
    (
        "curated.machine_learning_curated",
        "an unknown device's serial number for pseudonym",
        "SELECT IF(pseudonym = sha256('keya'), '0f8fad5b-d9cb-469f-a165-70867728950e', pseudonym) AS pseudonym, "
        "timestamp, x, y, z, distanceFromObject, readingTime FROM {t}",
        {"people_are_keyed_pseudonyms", "no_value_is_personal"},
    ),
    (
        "curated.machine_learning_curated",
        "a pair twice",
        "SELECT * FROM {t} UNION ALL SELECT * FROM {t} WHERE x = 4.0",
        {"no_row_stands_twice", "no_pair_is_surplus", "pairs_are_of_one_person"},
    ),
    (
        "curated.machine_learning_curated",
        "wrong zone of time",
        "SELECT pseudonym, timestamp, x, y, z, distanceFromObject, readingTime + INTERVAL 1 HOUR AS readingTime FROM {t}",
        {"reading_time_is_the_instant"},
    ),
    (
        "curated.machine_learning_curated",
        "broken value",
        "SELECT pseudonym, timestamp, x, y, z, IF(x = 4.0, 2147483647, distanceFromObject) AS distanceFromObject, "
        "readingTime FROM {t}",
        {"pairs_are_of_one_person", "values_are_plausible"},
    ),
    (
        "curated.machine_learning_curated",
        "not a number",
        "SELECT pseudonym, timestamp, x, 'NaN'::DOUBLE AS y, z, distanceFromObject, readingTime FROM {t}",
        {"values_are_numbers", "pairs_are_of_one_person", "values_are_plausible"},
    ),
    (
        "landing.customer_landing",
        "origin forgotten",
        "SELECT * REPLACE (IF(recordNumber = 2, NULL, ingestedAt) AS ingestedAt) FROM {t}",
        {"origin_is_known"},
    ),
    (
        "landing.step_trainer_landing",
        "origin forgotten",
        "SELECT * REPLACE (NULL AS sourceFile) FROM {t}",
        {"origin_is_known"},
    ),
    (
        "landing.quarantine",
        "refused twice",
        "SELECT * FROM {t} UNION ALL SELECT * FROM {t}",
        {"each_refusal_is_kept_once"},
    ),
    (
        "landing.quarantine",
        "text cut off",
        "SELECT * REPLACE ('' AS rawText) FROM {t}",
        {"refusals_keep_their_text"},
    ),
    (
        "landing.quarantine",
        "the text of somebody who was erased",
        "SELECT * REPLACE ('erased' AS reason) FROM {t}",
        {"nothing_of_the_erased_is_kept"},
    ),
    (
        "landing.quarantine",
        "a withdrawal of nobody knows whom",
        "SELECT * REPLACE (false AS isRecognised) FROM {t}",
        {"refused_customers_are_recognised", "strictly_no_customer_is_unrecognised"},
    ),
    (
        "landing.quarantine",
        "a withdrawal of which nobody says whether it is known whose",
        "SELECT * REPLACE (NULL AS isRecognised) FROM {t}",
        {"refused_customers_are_recognised", "strictly_no_customer_is_unrecognised"},
    ),
    (
        "landing.quarantine",
        "a person not named",
        "SELECT * REPLACE (NULL AS people) FROM {t}",
        {"refusals_name_their_people"},
    ),
    (
        "landing.quarantine",
        "a withdrawal among readings that names nobody",
        "SELECT * REPLACE ('accelerometer' AS source, false AS isRecognised, NULL AS people) FROM {t}",
        {
            "refused_customers_are_recognised",
            "strictly_no_customer_is_unrecognised",
            "refusals_name_their_people",
        },
    ),
    *(
        (
            "landing.accelerometer_landing",
            f"an address with something around it: {written}",
            f"SELECT * REPLACE ('{written}' AS user, '{written}' AS person) FROM {{t}}",
            {"values_are_in_range"},
        )
        for written in (
            "mailto:a@x.test",
            "<a@x.test>",
            "a@x.test.",
            "a@x.test,",
            "a@x.test;",
            '"a@x.test"',
            "''a''@x.test",
            "a@x..test",
            ".a@x.test",
            "a.@x.test",
            "a@.test",
            "a@b@x.test",
            "a@test",
            "a\\b@x.test",
            "a@x.te!st",
            "a@{{x}}.test",
        )
    ),
    (
        "landing.accelerometer_landing",
        "a final sigma kept",
        "SELECT * REPLACE ('aς@x.test' AS user, 'aς@x.test' AS person) FROM {t}",
        {"people_and_devices_are_normalised"},
    ),
    (
        "landing.delivered_file",
        "most of a source refused",
        "SELECT * REPLACE (IF(quarantined > 0, 2, landed) AS landed, IF(quarantined > 0, 4, quarantined) AS quarantined) FROM {t}",
        {"few_records_are_refused", "the_ledger_counts_right"},
    ),
    (
        "curated.customer_curated",
        "a person without readings",
        "SELECT * FROM {t} UNION ALL SELECT * REPLACE ('w@x.test' AS person) FROM {t} WHERE serialNumber = 'sa'",
        {"only_trusted_customers_with_readings"},
    ),
    (
        "curated.customer_curated",
        "record altered",
        f"SELECT * REPLACE ({_T} AS shareWithResearchAsOfDate) FROM {{t}}",
        {"records_are_as_trusted"},
    ),
    (
        "landing.accelerometer_landing",
        "a unit that no device has",
        "SELECT * REPLACE (IF(x = 4.0, 1e9, x) AS x) FROM {t}",
        {"values_are_plausible"},
    ),
    (
        "landing.step_trainer_landing",
        "the smallest number",
        "SELECT * REPLACE (-2147483648 AS distanceFromObject) FROM {t}",
        {"values_are_plausible"},
    ),
    (
        "curated.machine_learning_curated",
        "a unit that no device has",
        "SELECT pseudonym, timestamp, x, y, IF(x = 4.0, -1e9, z) AS z, distanceFromObject, readingTime FROM {t}",
        {"values_are_plausible", "pairs_are_of_one_person"},
    ),
    (
        "landing.customer_landing",
        "a clock that is ahead",
        "SELECT * REPLACE (ingestedAt - INTERVAL 2000 DAY AS ingestedAt) FROM {t}",
        {"nothing_is_from_the_future"},
    ),
    (
        "landing.accelerometer_landing",
        "a clock that is ahead",
        f"SELECT * REPLACE (IF(x = 4.0, {_T} + 345600000000, timestamp) AS timestamp) FROM {{t}}",
        {"nothing_is_from_the_future"},
    ),
    (
        "landing.step_trainer_landing",
        "a clock that is ahead",
        "SELECT * REPLACE (sensorReadingTime + 345600000000 AS sensorReadingTime) FROM {t}",
        {"nothing_is_from_the_future"},
    ),
    (
        "landing.delivered_file",
        "a source went silent",
        "SELECT source, sourceFile, sourceFileSha256, bytes, modifiedAt, landed, quarantined, IF(source = 'step_trainer', ingestedAt - INTERVAL 3 DAY, ingestedAt) AS ingestedAt FROM {t}",
        {"every_source_delivers"},
    ),
    (
        "landing.customer_landing",
        "another's address for the person",
        "SELECT * REPLACE ('b@x.test' AS person) FROM {t}",
        {"people_and_devices_are_normalised"},
    ),
    (
        "landing.accelerometer_landing",
        "address as it was spelt",
        "SELECT * REPLACE (upper(user) AS user, upper(user) AS person) FROM {t}",
        {"people_and_devices_are_normalised"},
    ),
    (
        "landing.step_trainer_landing",
        "serial number with a blank",
        "SELECT * REPLACE (serialNumber || ' ' AS serialNumber, serialNumber || ' ' AS device) FROM {t}",
        {"people_and_devices_are_normalised"},
    ),
    (
        "landing.step_trainer_landing",
        "a blank for a serial number",
        "SELECT * REPLACE (' ' AS serialNumber, '' AS device) FROM {t}",
        {"people_and_devices_are_normalised"},
    ),
    (
        "landing.quarantine",
        "a later date than is kept",
        "SELECT * REPLACE (lastUpdateDate - 1 AS lastUpdateDate) FROM {t}",
        {"refusals_keep_their_date"},
    ),
    (
        "trusted.customer_trusted",
        "refused record ignored",
        "SELECT * FROM {t} UNION ALL SELECT * REPLACE ('r@x.test' AS email, 'r@x.test' AS person) FROM {t} WHERE email = 'a@x.test'",
        {"nobody_is_in_doubt"},
    ),
    (
        "trusted.customer_trusted",
        "an older record's values",
        f"SELECT * REPLACE ({_T - 1} AS lastUpdateDate) FROM {{t}}",
        {"records_are_the_latest"},
    ),
    (
        "trusted.customer_trusted",
        "an older record beside the newest",
        f"SELECT * FROM {{t}} UNION ALL SELECT * REPLACE ({_T - 1} AS lastUpdateDate) FROM {{t}} WHERE serialNumber = 'sa'",
        {"one_row_per_customer", "records_are_the_latest"},
    ),
    (
        "quality.validation_result",
        "judged twice",
        f"SELECT 'r' AS runId, 'zone.table' AS tableName, 1 AS snapshotId, 'e' AS expectation, 'critical' AS severity, 'p' AS promise, "
        f"'s' AS sentence, true AS success, '{{{{}}}}' AS observed, {_AT} AS evaluatedAt FROM (VALUES (1), (2))",
        {"one_verdict_per_expectation"},
    ),
]


WARNINGS = {
    (suite.table, check.name) for suite in SUITES.values() for check in suite.checks if check.severity == "warning"
}


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SnapshotReader]:
    with SnapshotReader(make_lake(tmp_path_factory.mktemp("lake"))) as opened:
        yield opened


@pytest.fixture(scope="module")
def good(reader: SnapshotReader) -> dict[str, str]:
    """Relations of a small lake in which everything is right."""
    verdicts = TABLES["quality.validation_result"]
    relations = {name: _kept(reader, name, statement) for name, statement in GOOD.items()}
    return relations | {verdicts.name: reader.relation(verdicts, None)}


def _kept(reader: SnapshotReader, name: str, statement: str, like: str = "") -> str:
    """A relation with the types of a table's columns, where the table has them."""
    spec = next((spec for spec in TABLES.values() if spec.name == (like or name)), None)
    types = {column.name: TYPES[column.type] for column in spec.columns} if spec else {}
    reader.create_temp_table("untyped", statement)
    columns = (f'CAST("{column}" AS {types.get(column, type_)}) AS "{column}"' for column, type_ in _columns(reader))
    return reader.create_temp_table(name, f"SELECT {', '.join(columns)} FROM untyped")


def _columns(reader: SnapshotReader) -> list[tuple[str, str]]:
    return list(reader.columns("untyped").items())


def _judge(reader: SnapshotReader, suite: Suite, relations: dict[str, str]) -> Verdict:
    whole = {f"whole_{name}": text for name, text in relations.items()}
    return validate(reader, suite, relations | whole, run_id="test", snapshot_id=1, shown=relations)


def _failed(verdict: Verdict) -> set[str]:
    return {result.name for result in verdict.results if not result.success}


@pytest.mark.parametrize("identifier", list(TABLES))
def test_good_data_passes(reader: SnapshotReader, good: dict[str, str], identifier: str) -> None:
    verdict = _judge(reader, SUITES[identifier], good)
    assert _failed(verdict) == set()
    assert verdict.success
    assert len(verdict.results) == len(SUITES[identifier].checks) + 1


@pytest.mark.parametrize(
    ("identifier", "defect", "statement", "checks"), DEFECTS, ids=[f"{name}: {defect}" for name, defect, *_ in DEFECTS]
)
def test_a_defect_is_refused_for_what_it_is(
    reader: SnapshotReader, good: dict[str, str], identifier: str, defect: str, statement: str, checks: set[str]
) -> None:
    assert defect
    name = TABLES[identifier].name
    _kept(reader, "defective", statement.format(t=name), like=name)
    verdict = _judge(reader, SUITES[identifier], good | {name: "defective"})
    assert _failed(verdict) == checks
    assert verdict.success == ({(identifier, check) for check in checks} <= WARNINGS)


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> tuple[LocalProfile, dict[str, str]]:
    """A lake in which a stranger stands in customer_trusted, and how people name its tables."""
    profile = make_lake(tmp_path_factory.mktemp("asked"))
    trusted = {"trusted.customer_trusted": append(profile, "trusted.customer_trusted", [customer("s@x.test")])}
    return profile, display_sql(dict.fromkeys(TABLES) | trusted)


WITH_ROWS = [check for suite in SUITES.values() for check in suite.checks if check.rows]


@pytest.mark.parametrize("check", WITH_ROWS, ids=lambda check: check.name)
def test_people_can_ask_for_the_offending_rows(check: Check, asked: tuple[LocalProfile, dict[str, str]]) -> None:
    profile, names = asked
    with query_local(profile, (check.rows or "").format_map(names)) as result:
        rows = [row for batch in result.batches for row in batch.to_pylist()]
    assert [row["email"] for row in rows] == (["s@x.test"] if check.name == "everyone_agreed" else [])


def test_readings_without_a_partner_are_counted(reader: SnapshotReader, good: dict[str, str]) -> None:
    more = "SELECT * FROM {t} UNION ALL SELECT {columns} FROM {t} WHERE {one}"
    motion = more.format(t="accelerometer_trusted", columns="* REPLACE (timestamp + 7 AS timestamp)", one="x = 4.0")
    _kept(reader, "lone_motion", motion, like="accelerometer_trusted")
    step = "* REPLACE (sensorReadingTime + 8 AS sensorReadingTime)"
    distance = more.format(t="step_trainer_trusted", columns=step, one="serialNumber = 'sb'")
    _kept(reader, "lone_distance", distance, like="step_trainer_trusted")
    relations = good | {"accelerometer_trusted": "lone_motion", "step_trainer_trusted": "lone_distance"}
    verdict = _judge(reader, SUITES["curated.machine_learning_curated"], relations)
    assert verdict.success
    assert (verdict.facts["motion_without_partner"], verdict.facts["distance_without_partner"]) == (1, 2)
    assert (verdict.facts["rows"], verdict.facts["people"]) == (5, 2)


def test_a_shared_device_is_unattributable(reader: SnapshotReader, good: dict[str, str]) -> None:
    landed = (
        "SELECT * FROM customer_landing UNION ALL SELECT * REPLACE ('z@x.test' AS person, 'sb' AS device, "
        "NULL AS shareWithResearchAsOfDate) FROM customer_landing WHERE recordNumber = 1"
    )
    _kept(reader, "shared_device", landed, like="customer_landing")
    verdict = _judge(reader, SUITES["trusted.step_trainer_trusted"], good | {"customer_landing": "shared_device"})
    assert _failed(verdict) == {"only_consented_readings", "every_reading_was_delivered", "zones_reconcile"}
    assert verdict.facts["landed_unattributable"] == 3


@pytest.mark.parametrize(
    ("suite", "error"),
    [
        (Suite("trusted.customer_trusted", ("SELECT count(*) AS n FROM {customer_trusted}",), ()), None),
        (
            Suite(
                "trusted.customer_trusted", ("SELECT nonsense FROM {customer_trusted}",), (Check("c", "p", "s", "n"),)
            ),
            "fact query 1 failed: BinderException",
        ),
        (
            Suite("trusted.customer_trusted", ("SELECT 0 AS m",), (Check("c", "p", "s", "n"),)),
            "the fact n was not computed",
        ),
        (
            Suite("trusted.customer_trusted", ("SELECT NULL AS n",), (Check("c", "p", "s", "n"),)),
            "the fact n was not computed",
        ),
    ],
    ids=["empty", "cannot run", "fact missing", "fact null"],
)
def test_what_cannot_be_evaluated_is_refused(
    reader: SnapshotReader, good: dict[str, str], suite: Suite, error: str | None
) -> None:
    verdict = _judge(reader, suite, good)
    assert not verdict.success
    assert next((result.error for result in verdict.results), None) == error
