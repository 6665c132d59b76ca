-- The number of rows of each table.
SELECT 'landing' AS zone, 'customer_landing' AS name, count(*) AS row_count FROM landing.customer_landing
UNION ALL
SELECT 'landing' AS zone, 'accelerometer_landing' AS name, count(*) AS row_count FROM landing.accelerometer_landing
UNION ALL
SELECT 'landing' AS zone, 'step_trainer_landing' AS name, count(*) AS row_count FROM landing.step_trainer_landing
UNION ALL
SELECT 'landing' AS zone, 'quarantine' AS name, count(*) AS row_count FROM landing.quarantine
UNION ALL
SELECT 'landing' AS zone, 'delivered_file' AS name, count(*) AS row_count FROM landing.delivered_file
UNION ALL
SELECT 'trusted' AS zone, 'customer_trusted' AS name, count(*) AS row_count FROM trusted.customer_trusted
UNION ALL
SELECT 'trusted' AS zone, 'accelerometer_trusted' AS name, count(*) AS row_count FROM trusted.accelerometer_trusted
UNION ALL
SELECT 'trusted' AS zone, 'step_trainer_trusted' AS name, count(*) AS row_count FROM trusted.step_trainer_trusted
UNION ALL
SELECT 'curated' AS zone, 'customer_curated' AS name, count(*) AS row_count FROM curated.customer_curated
UNION ALL
SELECT 'curated' AS zone, 'machine_learning_curated' AS name, count(*) AS row_count FROM curated.machine_learning_curated
UNION ALL
SELECT 'quality' AS zone, 'validation_result' AS name, count(*) AS row_count FROM quality.validation_result
ORDER BY zone, name
