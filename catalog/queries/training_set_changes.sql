-- Rows and people added to and removed from the training set between two moments, by day.
-- ? earlier timestamp: the earlier moment (UTC)
-- ? later timestamp: the later moment (UTC)
WITH
earlier AS (SELECT * FROM curated.machine_learning_curated FOR TIMESTAMP AS OF ?),
later AS (SELECT * FROM curated.machine_learning_curated FOR TIMESTAMP AS OF ?),
changed AS (
  SELECT 'added' AS change, a.pseudonym, a.readingTime FROM (SELECT * FROM later EXCEPT SELECT * FROM earlier) AS a
  UNION ALL
  SELECT 'gone' AS change, g.pseudonym, g.readingTime FROM (SELECT * FROM earlier EXCEPT SELECT * FROM later) AS g
)
SELECT date(readingTime) AS reading_day, change, count(*) AS row_count, count(DISTINCT pseudonym) AS people
FROM changed
GROUP BY 1, 2
ORDER BY 1, 2
