-- Every motion sensor reading ever delivered by a step trainer.
CREATE TABLE IF NOT EXISTS landing.step_trainer_landing (
  `sensorReadingTime` bigint COMMENT 'instant of the reading, epoch ms UTC',
  `serialNumber` string COMMENT 'serial number of the step trainer',
  `distanceFromObject` int COMMENT 'distance to the nearest object, cm',
  `device` string COMMENT 'the serial number without blanks, in lower case',
  `extraFields` string COMMENT 'JSON object of the fields that the source sent and this table does not name',
  `sourceFile` string COMMENT 'path of the delivered file, relative to the drop folder',
  `sourceFileSha256` string COMMENT 'SHA-256 of the delivered file\'s bytes, in hexadecimal',
  `recordNumber` bigint COMMENT 'position of the record in its file, from 1',
  `ingestedAt` timestamp COMMENT 'start of the run that landed the record, UTC'
)
LOCATION 's3://WAREHOUSE/landing/step_trainer_landing/'
TBLPROPERTIES (
  'table_type' = 'ICEBERG',
  'format' = 'parquet',
  'write_compression' = 'zstd'
);
