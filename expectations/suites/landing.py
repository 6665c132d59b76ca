"""Suites of the landing zone: everything delivered is there, once, in its declared shape."""

from __future__ import annotations

from string import ascii_lowercase, ascii_uppercase

from catalog.schema.table_spec import DAY_MS
from expectations.suites.suite import FINITE, Check, Suite

# 2010-01-01 and 2100-01-01 UTC, epoch ms: what lies outside is seconds, microseconds or a clock never set.
_IN_RANGE = "BETWEEN 1262304000000 AND 4102444799999"
_EMAIL = r"'^[^@ \t\n\r\f]+@[^@ \t\n\r\f]+\.[^@. \t\n\r\f]+$'"
# Around an address and in it: mailto:, brackets, quotes, dots where none may be, and in a domain more than its labels.
_AROUND = (
    r"""',|;|:|<|>|\(|\)|\[|\]|"|\.@|''@|@\.|@.*\.\."""
    r"""|@.*(!|#|%|&|''|\*|\+|/|=|\?|_|~|\||\^|\$|\{{|\}})'"""
)
_NO_ADDRESS = (
    rf"(NOT regexp_like(person, {_EMAIL}) OR regexp_like(person, {_AROUND}) "
    r"OR person LIKE '%\%' OR person LIKE '.%' OR person LIKE '''%')"
)
_QUOTED_ADDRESS = r"""'"([A-Za-z0-9_%+-](?:[A-Za-z0-9._%+-]*[A-Za-z0-9_%+-])?@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)"'"""
# Keys that only customer records have: a withdrawal may have come into the wrong folder.
_CUSTOMER_KEY = r"""'"(email|shareWith[A-Za-z]+|lastUpdateDate)"\s*:'"""
_QUOTED_DATE = r"""'"lastUpdateDate"\s*:\s*"?([0-9]{{13}})[^0-9]'"""
_REASONS = (
    "'truncated_object', 'malformed_json', 'not_an_object', 'wrong_type', 'missing_field', 'email_shape', "
    "'time_out_of_range', 'in_the_future', 'not_finite', 'nul_character', 'invisible_character', 'invalid_utf8', "
    "'duplicate_key', 'misspelt_key', 'oversized'"
)


# Characters that are drawn as nothing: blanks, controls, fillers, joiners, variation selectors.
_INVISIBLE = (
    "[\\p{{Cc}}\\p{{Cf}}\\p{{Z}}\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0100-\U000e01ef]"
)


def _lower(text: str) -> str:
    """SQL of DuckDB of a text in lower case and NFC; of İ, as Unicode has it, an i with a dot above it."""
    return f"nfc_normalize(lower(replace(nfc_normalize({text}), '\u0130', 'i\u0307')))"


def _person(address: str) -> str:
    """SQL of DuckDB of the person of an address; a final sigma is a sigma."""
    lower = _lower(f"regexp_replace({address}, '^{_INVISIBLE}+|{_INVISIBLE}+$', '', 'g')")
    return f"replace({lower}, '\u03c2', '\u03c3')"


def _device(serial_number: str) -> str:
    """SQL of DuckDB of the device of a serial number."""
    return _lower(f"regexp_replace({serial_number}, '{_INVISIBLE}', '', 'g')")


# Wide enough for every unit that devices use (16 g are 157 m/s2, or 16,000 mg; cm or mm).
PLAUSIBLE = 1_000_000


def _landing_suite(source: str, broken: str, named: dict[str, str], instant: str, measured: str | None = None) -> Suite:
    """The suite of a source's landing table.

    Args:
        source: the source.
        broken: SQL that is true of a row out of its declared shape.
        named: columns of addresses and serial numbers, each with SQL of the condition that the column made of it is not
            what it has to be.
        instant: the column of a record's time, epoch ms.
        measured: SQL of the greatest absolute value that a device measured, where one did.
    """
    table = f"{source}_landing"
    implausible = f"{measured} > {PLAUSIBLE}" if measured else "false"
    plausible = Check(
        name="values_are_plausible",
        promise="shape",
        sentence="Measured values are within what devices can measure, in any unit.",
        fact="implausible",
        rows=f"SELECT sourceFile, recordNumber FROM {{{table}}} WHERE {implausible}",
        severity="warning",
    )
    names = ", ".join(named)
    misnamed = " OR ".join(named.values())
    rows, broken_once = f"{{{table}}}", broken
    if _NO_ADDRESS in broken:
        # Each address is looked at once: in every row, that took most of the suite's time. DuckDB would move a
        # condition on person to the rows again, but none on max(person), which is the same.
        addresses = f"SELECT max(l.person) AS person FROM {{{table}}} l GROUP BY l.person"
        rows += f" LEFT JOIN (SELECT person AS unfit FROM ({addresses}) WHERE {_NO_ADDRESS}) ON person = unfit"
        broken_once = broken.replace(_NO_ADDRESS, "unfit IS NOT NULL")
    return Suite(
        table=f"landing.{table}",
        facts=(
            f"""SELECT count(*) FILTER (({misnamed}) IS NOT FALSE) AS misnamed
              FROM (SELECT DISTINCT {names} FROM {{{table}}})""",
            # One bit for each record number of a file, 64 to a group: to shuffle all records would cost far more.
            f"""SELECT coalesce(sum(n), 0) AS rows, coalesce(sum(broken), 0) AS out_of_shape,
              coalesce(sum(n - numbers), 0) AS duplicates, coalesce(sum(nowhere), 0) AS without_origin,
              coalesce(sum(implausible), 0) AS implausible, coalesce(sum(ahead), 0) AS from_the_future
            FROM (
              SELECT count(*) AS n, count(*) FILTER ({broken_once}) AS broken,
                bit_count(bit_or(1::UBIGINT << (recordNumber & 63))) AS numbers,
                count(*) FILTER (sourceFile IS NULL OR sourceFileSha256 IS NULL OR recordNumber IS NULL
                  OR ingestedAt IS NULL) AS nowhere,
                count(*) FILTER ({implausible}) AS implausible,
                count(*) FILTER ({instant} > epoch_ms(ingestedAt) + {DAY_MS}) AS ahead
              FROM {rows} GROUP BY sourceFileSha256, recordNumber >> 6
            )""",
        ),
        checks=(
            Check(
                name="each_record_lands_once",
                promise="uniqueness",
                sentence="Each record of a file lands once, identified by the file's content and the record's number.",
                fact="duplicates",
                rows=f"SELECT sourceFileSha256, recordNumber, count(*) FROM {{{table}}} "
                "GROUP BY 1, 2 HAVING count(*) > 1",
            ),
            Check(
                name="values_are_in_range",
                promise="shape",
                sentence="Required values are present, times plausible epoch milliseconds, addresses well-formed.",
                fact="out_of_shape",
                rows=f"SELECT sourceFile, recordNumber FROM {{{table}}} WHERE {broken}",
            ),
            Check(
                name="people_and_devices_are_normalised",
                promise="consent",
                sentence="person and device are the normalised address and serial number, and never blank.",
                fact="misnamed",
            ),
            Check(
                name="origin_is_known",
                promise="delivery",
                sentence="Every record names the file that it came from and the time of its ingest.",
                fact="without_origin",
            ),
            *((plausible,) if measured else ()),
            Check(
                name="nothing_is_from_the_future",
                promise="freshness",
                sentence="No record has a time more than a day after its ingest.",
                fact="from_the_future",
                # A customer record from the future would outrank every later one.
                severity="critical" if source == "customer" else "warning",
            ),
        ),
    )


def _person_differs(address: str) -> str:
    return f"person IS DISTINCT FROM {_person(address)} OR person = '' OR regexp_matches(person, '{_INVISIBLE}')"


_DEVICE_DIFFERS = f"device IS DISTINCT FROM {_device('serialNumber')} OR device = ''"
_CUSTOMER = _landing_suite(
    "customer",
    f"customerName IS NULL OR email IS NULL OR {_NO_ADDRESS} OR serialNumber IS NULL "
    f"OR registrationDate IS NULL OR NOT registrationDate {_IN_RANGE} "
    f"OR lastUpdateDate IS NULL OR NOT lastUpdateDate {_IN_RANGE} "
    f"OR NOT coalesce(shareWithResearchAsOfDate, lastUpdateDate) {_IN_RANGE}",
    named={"email, person": _person_differs("email"), "serialNumber, device": _DEVICE_DIFFERS},
    instant="lastUpdateDate",
)
_ACCELEROMETER = _landing_suite(
    "accelerometer",
    f'"user" IS NULL OR {_NO_ADDRESS} OR timestamp IS NULL OR NOT timestamp {_IN_RANGE} '
    + "".join(f" OR {axis} IS NULL OR NOT abs({axis}) <= {FINITE}" for axis in "xyz"),
    named={'"user", person': _person_differs('"user"')},
    instant="timestamp",
    measured="greatest(abs(x), abs(y), abs(z))",
)
_STEP_TRAINER = _landing_suite(
    "step_trainer",
    f"serialNumber IS NULL OR distanceFromObject IS NULL "
    f"OR sensorReadingTime IS NULL OR NOT sensorReadingTime {_IN_RANGE}",
    named={"serialNumber, device": _DEVICE_DIFFERS},
    instant="sensorReadingTime",
    measured="abs(CAST(distanceFromObject AS bigint))",
)

# Of files that are not read, or not to their end, so that there need be no text of them.
_UNREAD = "'unreadable_file', 'link_outside_drop'"
# Of people who were erased: nothing of their records is kept.
_ERASED = "'erased'"
_REASONS_OF_FILES = f"{_UNREAD}, 'truncated_gzip', 'corrupt_gzip', 'not_gzip', 'overlong_gzip'"
# Of a customer, or with a customer's keys in another source's folder.
_UNRECOGNISED = "NOT coalesce(isRecognised, source <> 'customer')"

_QUARANTINE = Suite(
    table="landing.quarantine",
    facts=(
        f"""SELECT count(*) AS rows,
          count(*) - count(DISTINCT (source, sourceFileSha256, recordNumber)) AS duplicates,
          count(*) FILTER (reason NOT IN ({_REASONS}, {_REASONS_OF_FILES}, {_ERASED}) OR reason IS NULL)
            AS unknown_reasons,
          count(*) FILTER (rawText IS NULL OR rawText = '' AND reason NOT IN ({_REASONS_OF_FILES}, {_ERASED}))
            AS without_text,
          count(*) FILTER (reason = {_ERASED} AND (rawText <> '' OR people IS NOT NULL)) AS kept_of_the_erased,
          count(*) FILTER ({_UNRECOGNISED}) AS unrecognised_customers
        FROM {{quarantine}}""",
        # Addresses that stand between quotes, whatever else of the text can be read; and dates that had come by then.
        f"""WITH refused AS (
          SELECT *, list_transform(regexp_extract_all(rawText, {_QUOTED_ADDRESS}, 1),
            lambda x: translate(x, '{ascii_uppercase}', '{ascii_lowercase}')) AS named,
            list_max(list_filter(list_transform(
              regexp_extract_all(rawText, {_QUOTED_DATE}, 1), lambda x: CAST(x AS bigint)),
              lambda x: x {_IN_RANGE})) AS dated
          FROM {{quarantine}} WHERE source = 'customer' OR regexp_matches(rawText, {_CUSTOMER_KEY})
        )
        SELECT count(*) FILTER (NOT list_has_all(string_split(coalesce(people, ''), ' '), named)) AS unnamed_people,
          count(*) FILTER (dated <= epoch_ms(ingestedAt) + {DAY_MS} AND (lastUpdateDate >= dated) IS NOT TRUE)
            AS understated_dates
        FROM refused""",
        """SELECT count(*) AS landed_too FROM (
          SELECT 'customer' AS source, sourceFileSha256, recordNumber FROM {customer_landing}
          UNION ALL SELECT 'accelerometer', sourceFileSha256, recordNumber FROM {accelerometer_landing}
          UNION ALL SELECT 'step_trainer', sourceFileSha256, recordNumber FROM {step_trainer_landing}
        ) l SEMI JOIN {quarantine} q
        ON l.source = q.source AND l.sourceFileSha256 = q.sourceFileSha256 AND l.recordNumber = q.recordNumber""",
        f"""SELECT count(*) AS unrecognised_though_strict
        FROM {{quarantine}} CROSS JOIN {{tolerated}} t WHERE t.strict AND {_UNRECOGNISED}""",
    ),
    checks=(
        Check(
            name="each_refusal_is_kept_once",
            promise="uniqueness",
            sentence="Each refused record is in quarantine once.",
            fact="duplicates",
        ),
        Check(
            name="refusals_have_a_reason",
            promise="delivery",
            sentence="Every refused record names a known rule.",
            fact="unknown_reasons",
            rows="SELECT source, sourceFile, recordNumber, reason FROM {quarantine} "
            f"WHERE reason IS NULL OR reason NOT IN ({_REASONS}, {_REASONS_OF_FILES}, {_ERASED})",
        ),
        Check(
            name="refusals_keep_their_text",
            promise="delivery",
            sentence="The text of a refused record is kept as delivered; a file that is not read has none.",
            fact="without_text",
        ),
        Check(
            name="nothing_of_the_erased_is_kept",
            promise="no personal data",
            sentence="A record that was refused because its person was erased has no text, and names nobody.",
            fact="kept_of_the_erased",
        ),
        Check(
            name="refusals_name_their_people",
            promise="consent",
            sentence="Every address in a refused customer record is listed, so that the person's consent is suspended.",
            fact="unnamed_people",
        ),
        Check(
            name="refusals_keep_their_date",
            promise="consent",
            sentence="A refused customer record has the newest lastUpdateDate of its text.",
            fact="understated_dates",
        ),
        Check(
            name="refused_is_not_landed",
            promise="delivery",
            sentence="No record is both landed and quarantined.",
            fact="landed_too",
        ),
        Check(
            name="refused_customers_are_recognised",
            promise="consent",
            sentence="Every refused customer record has a recognised person, whose consent is suspended.",
            fact="unrecognised_customers",
            rows=f"SELECT sourceFile, recordNumber, reason, detail FROM {{quarantine}} WHERE {_UNRECOGNISED}",
            severity="warning",
        ),
        Check(
            name="strictly_no_customer_is_unrecognised",
            promise="consent",
            sentence="With --strict, no refused customer record is of an unrecognised person.",
            fact="unrecognised_though_strict",
            rows=f"SELECT sourceFile, recordNumber, reason, detail FROM {{quarantine}} WHERE {_UNRECOGNISED}",
            at_ingest=True,
        ),
    ),
)

_LEDGER = Suite(
    table="landing.delivered_file",
    facts=(
        """WITH landed AS (
          SELECT 'customer' AS source, sourceFileSha256 AS sha, count(*) AS n FROM {customer_landing} GROUP BY 2
          UNION ALL
          SELECT 'accelerometer', sourceFileSha256, count(*) FROM {accelerometer_landing} GROUP BY 2
          UNION ALL
          SELECT 'step_trainer', sourceFileSha256, count(*) FROM {step_trainer_landing} GROUP BY 2
        ),
        refused AS (SELECT source, sourceFileSha256 AS sha, count(*) AS n FROM {quarantine} GROUP BY 1, 2),
        counted AS (
          SELECT coalesce(l.source, r.source) AS source, coalesce(l.sha, r.sha) AS sha,
            coalesce(l.n, 0) AS landed, coalesce(r.n, 0) AS refused
          FROM landed l FULL OUTER JOIN refused r ON l.source = r.source AND l.sha = r.sha
        )
        SELECT count(f.source) AS rows, coalesce(sum(f.landed), 0) AS landed,
          coalesce(sum(f.quarantined), 0) AS quarantined, count(*) FILTER (f.landed + f.quarantined = 0) AS empty_files,
          count(*) FILTER (f.source IS NULL) AS records_without_ledger,
          count(*) FILTER (f.source IS NOT NULL AND (f.landed <> coalesce(c.landed, 0)
            OR f.quarantined <> coalesce(c.refused, 0))) AS miscounted_files
        FROM {delivered_file} f FULL OUTER JOIN counted c ON f.source = c.source AND f.sourceFileSha256 = c.sha""",
        """SELECT count(d.source) AS files_of_this_run, coalesce(sum(d.objects), 0) AS objects_of_this_run,
          count(*) FILTER (f.source IS NULL OR d.source IS NULL OR f.landed + f.quarantined <> d.objects)
            AS files_with_losses
        FROM {delivered} d
        FULL OUTER JOIN {delivered_file} f ON f.source = d.source AND f.sourceFileSha256 = d.sourceFileSha256""",
        # Of the rows in quarantine and the ledger's count of them, the greater: in doubt, too many. Files that were not
        # read are not among them: one bad file stops no other.
        f"""SELECT count(*) FILTER (d.objects >= t.least AND r.refused > t.share * d.objects) AS sources_mostly_refused
        FROM (SELECT source, CAST(sum(objects) AS bigint) AS objects FROM {{delivered}} GROUP BY 1) d
        JOIN (SELECT source, max(refused) AS refused FROM (
          SELECT source, count(*) AS refused FROM {{quarantine}} WHERE reason NOT IN ({_UNREAD}, {_ERASED})
          GROUP BY 1
          UNION ALL
          SELECT source, CAST(sum(quarantined) AS bigint) - coalesce(any_value(e.erased), 0) FROM {{delivered_file}} f
          LEFT JOIN (SELECT source, count(*) AS erased FROM {{quarantine}} WHERE reason = {_ERASED} GROUP BY 1) e
          USING (source)
          ANTI JOIN (SELECT * FROM {{quarantine}} WHERE reason IN ({_UNREAD})) u
          USING (source, sourceFileSha256) GROUP BY 1) GROUP BY 1) r
        ON d.source = r.source CROSS JOIN {{tolerated}} t""",
        """SELECT count(*) - count(DISTINCT (source, sourceFileSha256)) AS duplicates FROM {whole_delivered_file}""",
        """SELECT count(*) AS silent_sources FROM (
          SELECT max(ingestedAt) AS latest FROM {whole_delivered_file} GROUP BY source
        ) WHERE latest < now() - INTERVAL 2 DAY""",
    ),
    checks=(
        Check(
            name="delivered_is_landed_or_quarantined",
            promise="delivery",
            sentence="For every file, objects delivered (counted independently) = landed + quarantined.",
            fact="files_with_losses",
            rows="SELECT source, sourceFile, landed, quarantined FROM {delivered_file} "
            "WHERE ingestedAt = (SELECT max(ingestedAt) FROM {delivered_file})",
            at_ingest=True,
        ),
        Check(
            name="few_records_are_refused",
            promise="delivery",
            sentence="No source has more refused records than the tolerated share of a delivery, 5 % by default.",
            fact="sources_mostly_refused",
            rows="SELECT source, reason, count(*) AS records FROM {quarantine} "
            "WHERE ingestedAt = (SELECT max(ingestedAt) FROM {quarantine}) GROUP BY 1, 2 ORDER BY 3 DESC",
            at_ingest=True,
        ),
        Check(
            name="the_ledger_counts_right",
            promise="reconciliation",
            sentence="The ledger's counts of each file equal the rows that came from it.",
            fact="miscounted_files",
        ),
        Check(
            name="every_record_has_a_ledger_entry",
            promise="reconciliation",
            sentence="Every record came from a file in the ledger.",
            fact="records_without_ledger",
        ),
        Check(
            name="each_content_is_entered_once",
            promise="uniqueness",
            sentence="Each file content is ingested once, whatever its name.",
            fact="duplicates",
        ),
        Check(
            name="every_source_delivers",
            promise="freshness",
            sentence="Every source that ever delivered has delivered within the last two days.",
            fact="silent_sources",
            rows="SELECT source, max(ingestedAt) AS latest FROM {delivered_file} GROUP BY source",
            severity="warning",
        ),
    ),
)

SUITES = (_CUSTOMER, _ACCELEROMETER, _STEP_TRAINER, _QUARANTINE, _LEDGER)
