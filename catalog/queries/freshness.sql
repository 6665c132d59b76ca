-- When the current snapshot of each table was committed, and how many hours ago; NULL if it has none.
WITH history AS (
  SELECT 'landing.customer_landing' AS name, made_current_at, is_current_ancestor FROM landing."customer_landing$history"
  UNION ALL
  SELECT 'landing.accelerometer_landing' AS name, made_current_at, is_current_ancestor FROM landing."accelerometer_landing$history"
  UNION ALL
  SELECT 'landing.step_trainer_landing' AS name, made_current_at, is_current_ancestor FROM landing."step_trainer_landing$history"
  UNION ALL
  SELECT 'landing.quarantine' AS name, made_current_at, is_current_ancestor FROM landing."quarantine$history"
  UNION ALL
  SELECT 'landing.delivered_file' AS name, made_current_at, is_current_ancestor FROM landing."delivered_file$history"
  UNION ALL
  SELECT 'trusted.customer_trusted' AS name, made_current_at, is_current_ancestor FROM trusted."customer_trusted$history"
  UNION ALL
  SELECT 'trusted.accelerometer_trusted' AS name, made_current_at, is_current_ancestor FROM trusted."accelerometer_trusted$history"
  UNION ALL
  SELECT 'trusted.step_trainer_trusted' AS name, made_current_at, is_current_ancestor FROM trusted."step_trainer_trusted$history"
  UNION ALL
  SELECT 'curated.customer_curated' AS name, made_current_at, is_current_ancestor FROM curated."customer_curated$history"
  UNION ALL
  SELECT 'curated.machine_learning_curated' AS name, made_current_at, is_current_ancestor FROM curated."machine_learning_curated$history"
  UNION ALL
  SELECT 'quality.validation_result' AS name, made_current_at, is_current_ancestor FROM quality."validation_result$history"
),
tables (name) AS (
  VALUES 'landing.customer_landing',
  'landing.accelerometer_landing',
  'landing.step_trainer_landing',
  'landing.quarantine',
  'landing.delivered_file',
  'trusted.customer_trusted',
  'trusted.accelerometer_trusted',
  'trusted.step_trainer_trusted',
  'curated.customer_curated',
  'curated.machine_learning_curated',
  'quality.validation_result'
)
SELECT
  t.name,
  max(h.made_current_at) AS committed_at,
  date_diff('hour', max(h.made_current_at), current_timestamp) AS hours_ago
FROM tables AS t
LEFT JOIN history AS h ON h.name = t.name AND h.is_current_ancestor
GROUP BY t.name
ORDER BY committed_at, t.name
