-- The storage of each table: data files, their rows and bytes, and delete files.
WITH file AS (
  SELECT 'landing.customer_landing' AS name, content, record_count, file_size_in_bytes FROM landing."customer_landing$files"
  UNION ALL
  SELECT 'landing.accelerometer_landing' AS name, content, record_count, file_size_in_bytes FROM landing."accelerometer_landing$files"
  UNION ALL
  SELECT 'landing.step_trainer_landing' AS name, content, record_count, file_size_in_bytes FROM landing."step_trainer_landing$files"
  UNION ALL
  SELECT 'landing.quarantine' AS name, content, record_count, file_size_in_bytes FROM landing."quarantine$files"
  UNION ALL
  SELECT 'landing.delivered_file' AS name, content, record_count, file_size_in_bytes FROM landing."delivered_file$files"
  UNION ALL
  SELECT 'trusted.customer_trusted' AS name, content, record_count, file_size_in_bytes FROM trusted."customer_trusted$files"
  UNION ALL
  SELECT 'trusted.accelerometer_trusted' AS name, content, record_count, file_size_in_bytes FROM trusted."accelerometer_trusted$files"
  UNION ALL
  SELECT 'trusted.step_trainer_trusted' AS name, content, record_count, file_size_in_bytes FROM trusted."step_trainer_trusted$files"
  UNION ALL
  SELECT 'curated.customer_curated' AS name, content, record_count, file_size_in_bytes FROM curated."customer_curated$files"
  UNION ALL
  SELECT 'curated.machine_learning_curated' AS name, content, record_count, file_size_in_bytes FROM curated."machine_learning_curated$files"
  UNION ALL
  SELECT 'quality.validation_result' AS name, content, record_count, file_size_in_bytes FROM quality."validation_result$files"
)
SELECT
  name,
  count_if(content = 0) AS data_files,
  sum(CASE WHEN content = 0 THEN record_count ELSE 0 END) AS data_rows,
  sum(file_size_in_bytes) AS bytes,
  count_if(content <> 0) AS delete_files
FROM file
GROUP BY name
ORDER BY bytes DESC, name
