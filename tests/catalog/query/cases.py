"""Queries that the embedded engine answers as Trino does; and queries that both refuse.

``C``, ``A``, ``S``, ``M`` and ``L`` stand for the tables of the lake that the tests make.
"""

from __future__ import annotations

TABLES = {
    "{C}": "trusted.customer_trusted",
    "{K}": "curated.customer_curated",
    "{A}": "trusted.accelerometer_trusted",
    "{S}": "trusted.step_trainer_trusted",
    "{M}": "curated.machine_learning_curated",
    "{L}": "landing.customer_landing",
}

_NUMBERS = "(VALUES (1, 7, 2, 1.50, 2.5e0), (2, -7, 2, -1.55, -2.5e0), (3, 7, -3, 0.05, 0e0), (4, NULL, 5, NULL, NULL))"
_N = f"{_NUMBERS} AS t(i, a, b, d, f)"
_TEXTS = "(VALUES ('Ada L', 'a@x.test'), (' päd ', 'B%_b'), ('', NULL), (NULL, 'x')) AS t(s, u)"
_TIMES = (
    "(VALUES (TIMESTAMP '2024-02-29 23:59:59.123456 UTC', DATE '2024-01-31', TIMESTAMP '2023-12-31 00:00:00.5'), "
    "(TIMESTAMP '1969-12-31 01:02:03.000001 UTC', DATE '2023-03-01', TIMESTAMP '2024-03-30 10:00:00.0'), "
    "(NULL, NULL, NULL)) AS t(z, d, p)"
)

ANSWERED = [
    # What is in the tables.
    "SELECT count(*) FROM {C}",
    "SELECT * FROM {C} ORDER BY email",
    "SELECT * FROM {M} ORDER BY pseudonym, timestamp, x, y, z LIMIT 50",
    "SELECT customerName, EMAIL, c.serialNumber AS Serial, registrationDate + 1 FROM {C} AS c ORDER BY 2",
    "SELECT c.*, c.email FROM {C} c ORDER BY c.email LIMIT 5",
    "SELECT trusted.customer_trusted.email FROM {C} ORDER BY 1 LIMIT 3",
    'SELECT "email" FROM "trusted"."customer_trusted" ORDER BY "email" DESC LIMIT 3',
    "TABLE {K}",
    "SELECT shareWithPublicAsOfDate IS NULL, count(*) FROM {L} GROUP BY 1",
    # Filters, which scans push down.
    "SELECT count(*) FROM {A} WHERE readingTime >= TIMESTAMP '2024-01-10 00:00:00 UTC' AND readingTime < TIMESTAMP '2024-01-12 00:00:00 UTC'",
    "SELECT count(*) FROM {A} WHERE date(readingTime) = DATE '2024-01-10'",
    "SELECT count(*) FROM {A} WHERE CAST(readingTime AS date) BETWEEN DATE '2024-01-10' AND DATE '2024-01-11'",
    "SELECT count(*) FROM {A} WHERE DATE '2024-01-10' < date(readingTime)",
    "SELECT count(*) FROM {A} WHERE date(readingTime) <= DATE '2024-01-10' OR x > 0.5",
    "SELECT count(*) FROM {A} WHERE x IN (-1, 1) AND NOT (y = 0)",
    "SELECT count(*) FROM {A} WHERE x BETWEEN -1 AND 0 AND z > 0.0",
    "SELECT count(*) FROM {L} WHERE shareWithResearchAsOfDate IS NOT NULL AND shareWithFriendsAsOfDate IS NULL",
    "SELECT count(*) FROM {S} WHERE distanceFromObject > 200.5",
    "SELECT count(*) FROM {S} WHERE distanceFromObject = 10 OR distanceFromObject IN (20, 30)",
    "SELECT count(*) FROM {S} WHERE distanceFromObject > 3000000000",
    "SELECT count(*) FROM {A} WHERE readingTime > TIMESTAMP '2024-01-01 00:00:00 UTC' + INTERVAL '3' DAY",
    "SELECT count(*) FROM {C} WHERE email LIKE '%a%' AND customerName <> 'x'",
    "SELECT count(*) FROM {C} WHERE 1 = 2",
    # Joins.
    "SELECT c.email, count(*) FROM {C} c JOIN {A} a ON a.user = c.email GROUP BY c.email ORDER BY 2 DESC, 1 LIMIT 10",
    "SELECT count(*), count(k.email) FROM {L} l LEFT JOIN {K} k ON k.email = l.email AND k.birthDay > '1980'",
    "SELECT count(*), count(l.email) FROM {K} k RIGHT JOIN {L} l ON k.email = l.email WHERE l.phone IS NOT NULL",
    "SELECT count(*), count(a.email), count(b.email) FROM (SELECT * FROM {C} WHERE email < 'm') a FULL JOIN (SELECT * FROM {C} WHERE email > 'c') b ON a.email = b.email",
    "SELECT count(*) FROM {C} a, {K} b WHERE a.email = b.email",
    "SELECT count(*) FROM {C} a CROSS JOIN (VALUES 1, 2) AS v(n)",
    "SELECT email, k.customerName, c.phone FROM {C} c JOIN {K} k USING (email) ORDER BY 1 LIMIT 4",
    "SELECT * FROM (VALUES (1, 'a')) AS l(id, x) FULL JOIN (VALUES (2, 'b')) AS r(id, y) USING (id) ORDER BY id",
    "SELECT count(*) FROM {M} m JOIN {A} a ON a.timestamp = m.timestamp AND a.x = m.x",
    "SELECT a.n, b.n FROM (VALUES 1, 2, 3) AS a(n) LEFT JOIN (VALUES 2, 3) AS b(n) ON a.n = b.n WHERE b.n IS NULL OR b.n = 3",
    "SELECT count(*) FROM {C} a JOIN {C} b ON a.email < b.email",
    # Subqueries.
    "SELECT count(*) FROM {C} WHERE email IN (SELECT user FROM {A} WHERE x > 0)",
    "SELECT count(*) FROM {L} WHERE email NOT IN (SELECT email FROM {K})",
    "SELECT n FROM (VALUES 1, 2) AS t(n) WHERE n NOT IN (SELECT m FROM (VALUES 1, NULL) AS u(m))",
    "SELECT count(*) FROM {C} c WHERE EXISTS (SELECT 1 FROM {A} a WHERE a.user = c.email AND a.x > 0)",
    "SELECT count(*) FROM {C} c WHERE NOT EXISTS (SELECT * FROM {K} k WHERE k.email = c.email)",
    "SELECT email, (SELECT count(*) FROM {A} a WHERE a.user = c.email) AS n FROM {C} c ORDER BY 2 DESC, 1 LIMIT 5",
    "SELECT count(*) FROM {A} WHERE x > (SELECT avg(x) FROM {A})",
    "SELECT (SELECT max(n) FROM (VALUES 1, 2) AS t(n) WHERE n > 5)",
    "SELECT 1 IN (SELECT CAST(1 AS bigint)), 3 IN (1, 2, NULL), 1 IN (1, NULL)",
    # WITH and set operations.
    "WITH a AS (SELECT email FROM {C}), b AS (SELECT email FROM a WHERE email > 'k') SELECT count(*) FROM a, b",
    "WITH a(e, n) AS (SELECT user, count(*) FROM {A} GROUP BY user) SELECT max(n), min(e) FROM a",
    "WITH a AS (SELECT 1 AS x) SELECT * FROM (WITH a AS (SELECT 2 AS x) SELECT * FROM a) AS b, a",
    "SELECT email FROM {C} EXCEPT SELECT email FROM {K}",
    "SELECT email FROM {C} INTERSECT SELECT email FROM {K} ORDER BY email LIMIT 5",
    "SELECT 1 AS a UNION SELECT 1 UNION ALL SELECT 2.5 ORDER BY a",
    "SELECT 'x' AS a, CAST(1 AS bigint) AS b UNION ALL SELECT NULL, 2 ORDER BY 2 DESC",
    "(SELECT 1 AS n UNION SELECT 2) EXCEPT (SELECT 2 UNION SELECT 3)",
    "SELECT n FROM (SELECT 1 AS n UNION ALL SELECT 1 UNION ALL SELECT 3) AS t ORDER BY n DESC LIMIT 2",
    "VALUES (1, 'a', NULL), (2, 'b', 1.5)",
    # Groups.
    "SELECT date_trunc('day', readingTime) AS day, count(*), count(DISTINCT user), min(x), max(y) FROM {A} GROUP BY 1 ORDER BY 1",
    "SELECT date(readingTime), sum(x), avg(z), stddev(x), var_pop(y) FROM {A} GROUP BY date(readingTime) HAVING count(*) > 10 ORDER BY 1",
    "SELECT upper(substr(email, 1, 1)) AS letter, count(*) FROM {C} GROUP BY upper(substr(email, 1, 1)) ORDER BY count(*) DESC, letter",
    "SELECT count(*), count(shareWithPublicAsOfDate), sum(distance) FROM (SELECT shareWithPublicAsOfDate, 5 AS distance FROM {C}) AS t",
    "SELECT max(email), min(registrationDate), count_if(phone LIKE '8%') FROM {C} WHERE 1 = 0",
    "SELECT distanceFromObject / 100, count(*) FROM {S} GROUP BY distanceFromObject / 100 ORDER BY 1",
    "SELECT distanceFromObject % 2 = 0 AS even, avg(distanceFromObject) FROM {S} GROUP BY 1 ORDER BY 1",
    "SELECT min_by(email, registrationDate), max_by(email, registrationDate) FROM {C}",
    "SELECT min_by(s, n), max_by(n, s) FROM (VALUES (NULL, 1), ('b', 2), ('a', NULL)) AS t(s, n)",
    "SELECT bool_and(x > 0), bool_or(x > 0), count(*) FILTER (WHERE x > 0), sum(y) FILTER (WHERE x < 0) FROM {A}",
    "SELECT sum(DISTINCT distanceFromObject), count(DISTINCT distanceFromObject) FROM {S}",
    "SELECT 1 FROM {C} HAVING count(*) > 1",
    "SELECT a.user, max(c.phone) FROM {A} a JOIN {C} c ON c.email = a.user GROUP BY a.user HAVING avg(a.x) > 0 ORDER BY avg(a.x) DESC LIMIT 5",
    "SELECT b, count(*), sum(a) FROM " + _N + " GROUP BY ROLLUP (b) ORDER BY 1, 2",
    "SELECT i, b, count(*) FROM " + _N + " GROUP BY GROUPING SETS ((i), (b), ()) ORDER BY 1, 2",
    "SELECT i, b, sum(a) FROM " + _N + " GROUP BY CUBE (i, b) ORDER BY 1, 2, 3",
    "SELECT DISTINCT distanceFromObject / 50 AS d FROM {S} ORDER BY d DESC",
    "SELECT count(*) * 100.0 / 7, round(100.0 * count(*) / 7, 1), 1.0 * sum(a) / count(a) FROM " + _N,
    "SELECT sum(d), min(d), max(d), count(DISTINCT d), sum(f), avg(a), avg(f) FROM " + _N,
    "SELECT stddev_pop(f), stddev_samp(f), variance(f), var_samp(f), stddev(a) FROM " + _N,
    # Windows.
    "SELECT email, row_number() OVER (ORDER BY registrationDate, email) FROM {C} ORDER BY 2 LIMIT 10",
    "SELECT user, timestamp, lag(x) OVER w, lead(x, 2) OVER w, lag(x, 1, 0) OVER w, sum(x) OVER w FROM {A} WINDOW w AS (PARTITION BY user ORDER BY timestamp, x, y, z) ORDER BY user, timestamp, x, y, z LIMIT 40",
    "SELECT i, rank() OVER (ORDER BY b), dense_rank() OVER (ORDER BY b DESC), percent_rank() OVER (ORDER BY b), cume_dist() OVER (ORDER BY b), ntile(3) OVER (ORDER BY i) FROM "
    + _N,
    "SELECT i, sum(a) OVER (ORDER BY i ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING), avg(f) OVER (ORDER BY i ROWS 2 PRECEDING), count(*) OVER () FROM "
    + _N,
    "SELECT i, first_value(a) OVER (ORDER BY i DESC), last_value(a) OVER (ORDER BY i RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING), nth_value(a, 2) OVER (ORDER BY i) FROM "
    + _N,
    "SELECT i, last_value(a) IGNORE NULLS OVER (ORDER BY i), lag(a) IGNORE NULLS OVER (ORDER BY i) FROM " + _N,
    "SELECT i, row_number() OVER (ORDER BY a), row_number() OVER (ORDER BY a DESC), row_number() OVER (ORDER BY a NULLS FIRST) FROM "
    + _N,
    "SELECT b, count(*), rank() OVER (ORDER BY count(*) DESC, b), sum(count(*)) OVER () FROM " + _N + " GROUP BY b",
    "SELECT * FROM (SELECT i, max(f) OVER (PARTITION BY b) AS m FROM " + _N + ") AS q WHERE m > 0 ORDER BY i",
    # Order and limits.
    "SELECT i, a FROM " + _N + " ORDER BY a",
    "SELECT i, a FROM " + _N + " ORDER BY a DESC, i",
    "SELECT i, a FROM " + _N + " ORDER BY a NULLS FIRST, i OFFSET 1 ROWS FETCH FIRST 2 ROWS ONLY",
    "SELECT i AS b, b AS i FROM " + _N + " ORDER BY b",
    "SELECT -i AS i FROM " + _N + " ORDER BY i",
    "SELECT i FROM " + _N + " ORDER BY a + b, i LIMIT 3",
    "SELECT i FROM " + _N + " ORDER BY i LIMIT 2 OFFSET 1"
    if False
    else "SELECT i FROM " + _N + " ORDER BY i OFFSET 1 LIMIT 2",
    # Numbers.
    "SELECT a / b, a % b, a * b, a - b, -a, mod(a, b), abs(a), sign(a) FROM " + _N,
    "SELECT d + 1, d - 0.005, d * 2.5, d / 3, d / 0.7, 1 / 3.0, 10 / 4, 10 / 4.0, 10 / 4e0 FROM " + _N,
    "SELECT d * d, a * d, a / d, -d, abs(d), d > 0, d = 1.5, d = f FROM " + _N,
    "SELECT round(d), round(d, 1), round(f), round(f, 1), round(a), floor(f), ceil(f), ceiling(f), floor(a) FROM " + _N,
    "SELECT round(2.5e0), round(-2.5e0), round(1.005e0, 2), round(1e0 / 3, 4), round(12345.678e0, -2), round(0.5), round(-0.5), round(2.345, 2)",
    "SELECT sqrt(2), sqrt(-1), power(2, 10), pow(2e0, 0.5), exp(1), ln(2), log2(8), log10(1000), ln(0), ln(-1), pi()",
    "SELECT 5e0 / 0, -5e0 / 0, 0e0 / 0, is_nan(0e0 / 0), 5e0 % 3, -5 % 3, 5.5e0 % -2",
    "SELECT greatest(1, 2.5, 0), least(1, NULL), greatest('a', 'b'), least(1e0, 2), greatest(a, b) FROM " + _N,
    "SELECT 2147483647, 2147483648, 0.5, .5, 00.50, 1e3, 1.5E-2, -1, +1",
    "SELECT a + NULL, a = NULL, NULL IS NULL, NULL, coalesce(a, NULL, 0), nullif(a, 7), nullif(a, 1.5) FROM " + _N,
    "SELECT a IS DISTINCT FROM 7, a IS NOT DISTINCT FROM NULL, NOT a = 7, a BETWEEN b AND 10, a NOT IN (1, 2) FROM "
    + _N,
    "SELECT CASE WHEN a > 0 THEN 'p' WHEN a < 0 THEN 'n' END, CASE b WHEN 2 THEN 1 ELSE 2.5 END, if(a > 0, 1), if(a > 0, 1, 2e0) FROM "
    + _N,
    "SELECT a > 0 AND b > 0, a > 0 OR NULL, NOT NULL, TRUE AND NULL FROM " + _N,
    "SELECT CAST(f AS bigint), CAST(d AS integer), CAST(a AS varchar), CAST(d AS varchar), CAST(a AS double), CAST(a AS decimal(10,2)), CAST(d AS double), CAST(d AS decimal(5,1)) FROM "
    + _N,
    "SELECT CAST(0.5e0 AS integer), CAST(1.5e0 AS integer), CAST(-0.5e0 AS integer), CAST(2.5 AS bigint), CAST(-2.5 AS integer), CAST(TRUE AS integer), CAST(FALSE AS varchar)",
    "SELECT CAST('12' AS integer), CAST('-1.5' AS double), CAST('true' AS boolean), TRY_CAST('x' AS bigint), TRY_CAST('1.5' AS integer), TRY_CAST('7' AS bigint), CAST('2024-02-29' AS date)",
    "SELECT TRY_CAST(s AS integer), TRY_CAST(s AS date) FROM (VALUES '1', '2024-01-01', 'x', NULL) AS t(s)",
    # Strings.
    "SELECT lower(s), upper(s), length(s), trim(s), ltrim(s), rtrim(s), s || '!', concat(s, '-', u) FROM " + _TEXTS,
    "SELECT substr(s, 2), substr(s, 1, 3), substring(s, 2, 1), substring(s FROM 2 FOR 2), substr(s, 9), substr(u, 2, 0) FROM "
    + _TEXTS,
    "SELECT replace(s, 'a', 'bb'), replace(s, 'd'), strpos(s, 'd'), position('L' IN s), starts_with(u, 'a'), strpos(u, '%') FROM "
    + _TEXTS,
    "SELECT split_part(u, '@', 1), split_part(u, '@', 2), split_part(u, '@', 3), lpad(s, 7, '*'), rpad(s, 2, 'xy'), lpad(u, 6, 'ab') FROM "
    + _TEXTS,
    "SELECT s LIKE 'A%', u LIKE '%@_.t%', u LIKE 'B!%!_b' ESCAPE '!', s LIKE '', u NOT LIKE '%x%', s LIKE NULL FROM "
    + _TEXTS,
    "SELECT regexp_like(u, '^[a-z]@'), regexp_like(u, 'test$'), regexp_like(s, 'd L'), regexp_like(u, 'a|B'), regexp_like(u, 'x\\.t') FROM "
    + _TEXTS,
    "SELECT CAST(s AS varchar(2)), CAST(12345 AS varchar(9)), s = 'Ada L', s < 'B', 'it''s', '' = ' ', length('äöü€😀') FROM "
    + _TEXTS,
    "SELECT email, split_part(email, '@', 2) FROM {C} WHERE lower(customerName) LIKE '%a%' ORDER BY 1 LIMIT 7",
    "SELECT min(s), max(s), count(DISTINCT u) FROM " + _TEXTS,
    # Times.
    "SELECT year(z), quarter(z), month(z), week(z), day(z), day_of_week(z), dow(z), day_of_year(z), hour(z), minute(z), second(z) FROM "
    + _TIMES,
    "SELECT year(d), month(d), week(d), day_of_week(d), EXTRACT(YEAR FROM p), EXTRACT(MINUTE FROM z), EXTRACT(WEEK FROM d), doy(d), day_of_month(p) FROM "
    + _TIMES,
    "SELECT date_trunc('hour', z), date_trunc('week', z), date_trunc('month', d), date_trunc('quarter', p), date_trunc('year', z), date_trunc('second', p), date_trunc('minute', z), date_trunc('week', d) FROM "
    + _TIMES,
    "SELECT z + INTERVAL '1' DAY, z - INTERVAL '90' MINUTE, d + INTERVAL '1' MONTH, d - INTERVAL '1' YEAR, p + INTERVAL '-2' SECOND, INTERVAL '1' MONTH + z, z + INTERVAL '1' MONTH FROM "
    + _TIMES,
    "SELECT date_add('day', 1, d), date_add('month', -1, z), date_add('hour', 5, p), date_add('week', 2, d), date_add('millisecond', 7, p), date_add('quarter', 1, d), date_add('year', 1, z) FROM "
    + _TIMES,
    "SELECT date_diff('day', d, DATE '2024-03-01'), date_diff('month', d, DATE '2024-02-29'), date_diff('year', d, DATE '2024-03-01'), date_diff('week', d, DATE '2024-03-01'), date_diff('quarter', d, DATE '2024-12-31') FROM "
    + _TIMES,
    "SELECT date_diff('hour', z, TIMESTAMP '2024-03-01 00:00:00 UTC'), date_diff('second', TIMESTAMP '2024-03-01 00:00:00 UTC', z), date_diff('millisecond', z, TIMESTAMP '2024-03-01 00:00:00 UTC'), date_diff('day', p, TIMESTAMP '2024-03-01 00:00:00'), date_diff('month', p, TIMESTAMP '2024-02-29 10:00:00'), date_diff('minute', p, TIMESTAMP '2022-02-02 02:02:02') FROM "
    + _TIMES,
    "SELECT from_unixtime(1.5), from_unixtime(1706576921538 / 1000), from_unixtime(1706576921538 / 1000e0), to_unixtime(z), to_unixtime(p), from_unixtime(-1.0006) FROM "
    + _TIMES,
    "SELECT z AT TIME ZONE 'UTC', p AT TIME ZONE 'UTC', CAST(z AS date), date(z), CAST(d AS timestamp), CAST(z AS timestamp), CAST(z AS timestamp(6)), CAST(p AS timestamp(6) with time zone), CAST(z AS timestamp(0)) FROM "
    + _TIMES,
    "SELECT z > p, d < z, d = DATE '2024-01-31', z = TIMESTAMP '2024-02-29 23:59:59.123456 UTC', p BETWEEN d AND z, coalesce(z, p), greatest(p, z) FROM "
    + _TIMES,
    "SELECT date_format(z, '%Y-%m-%d %H:%i:%s'), date_format(p, '%d.%m.%Y'), date_format(d, 'week of %Y'), CAST(d AS varchar) FROM "
    + _TIMES,
    "SELECT date(from_unixtime(registrationDate / 1000)) AS day, count(*) FROM {C} GROUP BY 1 ORDER BY 1",
    "SELECT min(readingTime), max(readingTime), date_diff('day', min(readingTime), max(readingTime)) FROM {A}",
    "SELECT current_date = date(current_timestamp), date_diff('second', now(), current_timestamp), year(current_date) > 2000",
    # Time travel: {V1} and {V2} are snapshots of {C}, {T1} is when the first was current.
    "SELECT count(*), max(lastUpdateDate) FROM {C} FOR VERSION AS OF {V1}",
    "SELECT count(*) FROM {C} FOR TIMESTAMP AS OF TIMESTAMP '{T1}' AS c WHERE c.email > 'c'",
    "SELECT count(*) FROM {C} FOR VERSION AS OF 'first_tag'",
    "SELECT count(*) FROM {C} FOR VERSION AS OF 'main'",
    "SELECT count(*) FROM {C} FOR TIMESTAMP AS OF current_timestamp - INTERVAL '1' SECOND",
    "SELECT email FROM {C} FOR VERSION AS OF {V1} EXCEPT SELECT email FROM {C} FOR VERSION AS OF {V2} ORDER BY 1",
    "SELECT a.email, b.email FROM {C} FOR VERSION AS OF {V1} AS a FULL JOIN {C} AS b ON a.email = b.email ORDER BY 1, 2",
    "SELECT count(*) FROM {M} FOR VERSION AS OF {MV1}",
    # Metadata tables.
    'SELECT * FROM trusted."customer_trusted$snapshots" ORDER BY committed_at',
    "SELECT snapshot_id, summary['operation'] IS NULL FROM trusted.\"customer_trusted$snapshots\" WHERE element_at(summary, 'operation') IS NOT NULL",
    "SELECT operation, element_at(summary, 'stedi.run-id'), element_at(summary, 'total-records') FROM trusted.\"customer_trusted$snapshots\" ORDER BY committed_at",
    'SELECT * FROM trusted."customer_trusted$history" ORDER BY made_current_at',
    'SELECT * FROM trusted."customer_trusted$refs" ORDER BY name',
    'SELECT path, length, partition_spec_id, added_snapshot_id, added_data_files_count, added_rows_count, existing_data_files_count, existing_rows_count, deleted_data_files_count, deleted_rows_count FROM trusted."accelerometer_trusted$manifests"',
    'SELECT content, file_path, file_format, spec_id, record_count, file_size_in_bytes, sort_order_id FROM trusted."accelerometer_trusted$files"',
    'SELECT count(*), sum(record_count) FROM landing."quarantine$files"',
    'SELECT record_count, file_count, total_size FROM trusted."accelerometer_trusted$partitions"',
    'SELECT partition.readingTime_day, record_count FROM trusted."accelerometer_trusted$partitions" ORDER BY 1',
    'SELECT f.partition.readingtime_day AS d, count(*) FROM trusted."accelerometer_trusted$files" f GROUP BY 1 ORDER BY 1',
    'SELECT s.committed_at, h.is_current_ancestor FROM trusted."customer_trusted$snapshots" s JOIN trusted."customer_trusted$history" h USING (snapshot_id) ORDER BY 1',
]

REFUSED_BY_BOTH = [
    "SELECT email e FROM {C} WHERE e = 'x'",
    "SELECT substr(email, 1, 1) AS l, count(*) FROM {C} GROUP BY l",
    "SELECT count(*) AS n FROM {C} HAVING n > 1",
    "SELECT email, count(*) FROM {C}",
    "SELECT email FROM {C} GROUP BY 2",
    "SELECT count(*) FROM {C} WHERE count(*) > 1",
    "SELECT email FROM {C} WHERE row_number() OVER () = 1",
    "SELECT max(count(*)) FROM {C} GROUP BY email",
    "SELECT nothing FROM {C}",
    "SELECT c.email FROM {C}",
    "SELECT email FROM {C} a, {C} b",
    "SELECT 1 FROM {C} WHERE email = 1",
    "SELECT 1 FROM {C} WHERE registrationDate = '1'",
    "SELECT email + 1 FROM {C}",
    "SELECT email || 1 FROM {C}",
    "SELECT CASE WHEN TRUE THEN 1 ELSE 'a' END",
    "SELECT 1 UNION SELECT 'a'",
    "SELECT 1, 2 UNION SELECT 1",
    "SELECT readingTime > '2024-01-01' FROM {A}",
    "SELECT 1 FROM {A} WHERE x",
    "SELECT sum(email) FROM {C}",
    "SELECT length(1)",
    "SELECT DATE '2024-13-01'",
    "SELECT 1 / 0",
    "SELECT 1 % 0",
    "SELECT 1.0 / 0",
    "SELECT 2147483647 + 1",
    "SELECT CAST(9223372036854775807 AS bigint) + 1",
    "SELECT CAST('x' AS integer)",
    "SELECT CAST('1.5' AS bigint)",
    "SELECT CAST(3e9 AS integer)",
    "SELECT summary['none'] FROM trusted.\"customer_trusted$snapshots\"",
    "SELECT (SELECT n FROM (VALUES 1, 2) AS t(n))",
    "SELECT DISTINCT email FROM {C} ORDER BY phone",
    "SELECT * FROM {C} ORDER BY 99",
    "SELECT * FROM nowhere.customer_trusted",
    "SELECT * FROM trusted.nothing",
    'SELECT * FROM trusted."customer_trusted$nothing"',
    "SELECT count(*) FROM {C} FOR VERSION AS OF 1",
    "SELECT count(*) FROM {C} FOR TIMESTAMP AS OF TIMESTAMP '2100-01-01 00:00:00 UTC'",
    "SELECT i % 2, count(*) FROM (VALUES 1, 2) AS t(i) GROUP BY ROLLUP (i % 2)",
    "SELECT count(*) FROM {C} FOR VERSION AS OF 'no_such_tag'",
    "SELECT count(*) FROM {C} FOR TIMESTAMP AS OF TIMESTAMP '2000-01-01 00:00:00 UTC'",
    "SELECT len('a')",
    "SELECT ifnull(1, 2)",
    "SELECT * EXCLUDE (email) FROM {C}",
    "SELECT email FROM {C} QUALIFY 1 = 1",
    "SELECT list(email) FROM {C}",
    "SELECT * FROM read_csv('x')",
    "SELECT 1 AS x, x + 1",
    "DELETE FROM {C}",
    "DROP TABLE {C}",
    "INSERT INTO {C} SELECT * FROM {C}",
    "CREATE TABLE trusted.new AS SELECT 1 AS a",
    "SELECT 1; SELECT 2",
    "SELECT 'open",
    "",
]
