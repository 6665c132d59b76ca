-- What the suite of a table found, run by run: checks made, checks failed, and the first failed one by name.
-- ? table varchar: the table, such as trusted.customer_trusted
SELECT
  runId AS run,
  max(evaluatedAt) AS evaluated_at,
  max(snapshotId) AS snapshot_id,
  count(*) AS checks,
  count_if(NOT success) AS failed,
  min(CASE WHEN NOT success THEN expectation END) AS first_failed
FROM quality.validation_result
WHERE tableName = ?
GROUP BY runId
ORDER BY evaluated_at DESC
