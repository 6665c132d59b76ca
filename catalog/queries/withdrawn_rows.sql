-- Rows that left because their person no longer agrees: rows at the earlier moment of people without consent at the later
-- one. The training set has pseudonyms only, so there it counts people without any rows at the later moment.
-- ? earlier timestamp: the earlier moment (UTC)
-- ? later timestamp: the later moment (UTC)
-- ? earlier timestamp: the earlier moment (UTC)
-- ? earlier timestamp: the earlier moment (UTC)
-- ? earlier timestamp: the earlier moment (UTC)
-- ? earlier timestamp: the earlier moment (UTC)
-- ? later timestamp: the later moment (UTC)
WITH
gone AS (
  SELECT e.person
  FROM trusted.customer_trusted FOR TIMESTAMP AS OF ? AS e
  WHERE e.person NOT IN (SELECT l.person FROM trusted.customer_trusted FOR TIMESTAMP AS OF ? AS l)
)
SELECT 'trusted.customer_trusted' AS name, count(*) AS rows_left, count(DISTINCT person) AS people FROM gone
UNION ALL
SELECT 'trusted.accelerometer_trusted', count(*), count(DISTINCT g.person)
FROM trusted.accelerometer_trusted FOR TIMESTAMP AS OF ? AS a JOIN gone AS g ON a.person = g.person
UNION ALL
SELECT 'curated.customer_curated', count(*), count(DISTINCT g.person)
FROM curated.customer_curated FOR TIMESTAMP AS OF ? AS c JOIN gone AS g ON c.person = g.person
UNION ALL
SELECT 'trusted.step_trainer_trusted', count(*), count(DISTINCT g.person)
FROM trusted.step_trainer_trusted FOR TIMESTAMP AS OF ? AS s JOIN gone AS g ON s.person = g.person
UNION ALL
SELECT 'curated.machine_learning_curated', count(*), count(DISTINCT m.pseudonym)
FROM curated.machine_learning_curated FOR TIMESTAMP AS OF ? AS m
WHERE m.pseudonym NOT IN (
  SELECT l.pseudonym FROM curated.machine_learning_curated FOR TIMESTAMP AS OF ? AS l
)
ORDER BY name
