-- When each table was last published, how often it was in all, and how many hours ago that is.
WITH published AS (
  SELECT 'landing.customer_landing' AS name, max(made_current_at) AS published_at, count(*) AS publications FROM landing."customer_landing$history"
  UNION ALL
  SELECT 'landing.accelerometer_landing' AS name, max(made_current_at) AS published_at, count(*) AS publications FROM landing."accelerometer_landing$history"
  UNION ALL
  SELECT 'landing.step_trainer_landing' AS name, max(made_current_at) AS published_at, count(*) AS publications FROM landing."step_trainer_landing$history"
  UNION ALL
  SELECT 'landing.quarantine' AS name, max(made_current_at) AS published_at, count(*) AS publications FROM landing."quarantine$history"
  UNION ALL
  SELECT 'landing.delivered_file' AS name, max(made_current_at) AS published_at, count(*) AS publications FROM landing."delivered_file$history"
  UNION ALL
  SELECT 'trusted.customer_trusted' AS name, max(made_current_at) AS published_at, count(*) AS publications FROM trusted."customer_trusted$history"
  UNION ALL
  SELECT 'trusted.accelerometer_trusted' AS name, max(made_current_at) AS published_at, count(*) AS publications FROM trusted."accelerometer_trusted$history"
  UNION ALL
  SELECT 'trusted.step_trainer_trusted' AS name, max(made_current_at) AS published_at, count(*) AS publications FROM trusted."step_trainer_trusted$history"
  UNION ALL
  SELECT 'curated.customer_curated' AS name, max(made_current_at) AS published_at, count(*) AS publications FROM curated."customer_curated$history"
  UNION ALL
  SELECT 'curated.machine_learning_curated' AS name, max(made_current_at) AS published_at, count(*) AS publications FROM curated."machine_learning_curated$history"
  UNION ALL
  SELECT 'quality.validation_result' AS name, max(made_current_at) AS published_at, count(*) AS publications FROM quality."validation_result$history"
)
SELECT name, published_at, publications, date_diff('hour', published_at, current_timestamp) AS hours_ago
FROM published
ORDER BY published_at, name
