-- Every accelerometer reading ever delivered by the mobile app.
CREATE TABLE IF NOT EXISTS landing.accelerometer_landing (
  `user` string COMMENT 'e-mail address of the app\'s user',
  `timestamp` bigint COMMENT 'instant of the reading, epoch ms UTC',
  `x` double COMMENT 'acceleration along x, as the app reports it',
  `y` double COMMENT 'acceleration along y, as the app reports it',
  `z` double COMMENT 'acceleration along z, as the app reports it',
  `person` string COMMENT 'the person: the e-mail address in NFC, without surrounding or invisible blanks, in lower case',
  `extraFields` string COMMENT 'JSON object of the fields that the source sent and this table does not name',
  `sourceFile` string COMMENT 'path of the delivered file, relative to the drop folder',
  `sourceFileSha256` string COMMENT 'SHA-256 of the delivered file\'s bytes, in hexadecimal',
  `recordNumber` bigint COMMENT 'position of the record in its file, from 1',
  `ingestedAt` timestamp COMMENT 'start of the run that landed the record, UTC'
)
LOCATION 's3://WAREHOUSE/landing/accelerometer_landing/'
TBLPROPERTIES (
  'table_type' = 'ICEBERG',
  'format' = 'parquet',
  'write_compression' = 'zstd'
);
