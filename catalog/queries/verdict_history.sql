-- The verdicts on a table, run by run: checks made, failures, warnings, and the name of the first failure.
-- ? table varchar: the table, such as trusted.customer_trusted
SELECT
  runId AS run,
  max(evaluatedAt) AS evaluated_at,
  max(snapshotId) AS snapshot_id,
  count(*) AS checks,
  count_if(NOT success AND severity = 'critical') AS failed,
  count_if(NOT success AND severity = 'warning') AS warned,
  min(CASE WHEN NOT success AND severity = 'critical' THEN expectation END) AS first_failed
FROM quality.validation_result
WHERE tableName = ?
GROUP BY runId
ORDER BY evaluated_at DESC
