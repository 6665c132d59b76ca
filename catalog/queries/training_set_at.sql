-- The training set at a moment: rows, people, first and last reading, mean distance.
-- ? at timestamp: the moment, such as 2026-01-31 10:00:00 (UTC)
SELECT
  count(*) AS row_count,
  count(DISTINCT pseudonym) AS people,
  min(readingTime) AS first_reading,
  max(readingTime) AS last_reading,
  avg(distanceFromObject) AS mean_distance_cm
FROM curated.machine_learning_curated FOR TIMESTAMP AS OF ?
