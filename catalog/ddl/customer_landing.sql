-- Every customer record ever delivered by the website's registration service.
CREATE TABLE IF NOT EXISTS landing.customer_landing (
  `customerName` string COMMENT 'full name',
  `email` string COMMENT 'e-mail address; identifies the customer',
  `phone` string COMMENT 'telephone number as typed',
  `birthDay` string COMMENT 'date of birth as typed, YYYY-MM-DD',
  `serialNumber` string COMMENT 'serial number of the customer\'s step trainer',
  `registrationDate` bigint COMMENT 'when the customer registered, epoch ms UTC',
  `lastUpdateDate` bigint COMMENT 'when this record was last changed, epoch ms UTC',
  `shareWithResearchAsOfDate` bigint COMMENT 'consent to research from this instant on, epoch ms UTC; null: none',
  `shareWithPublicAsOfDate` bigint COMMENT 'consent to public sharing from this instant on, epoch ms UTC',
  `shareWithFriendsAsOfDate` bigint COMMENT 'consent to sharing with friends from this instant on, epoch ms UTC',
  `person` string COMMENT 'the person: the e-mail address in NFC, without surrounding or invisible blanks, in lower case',
  `device` string COMMENT 'the serial number without blanks, in lower case',
  `extraFields` string COMMENT 'JSON object of the fields that the source sent and this table does not name',
  `sourceFile` string COMMENT 'path of the delivered file, relative to the drop folder',
  `sourceFileSha256` string COMMENT 'SHA-256 of the delivered file\'s bytes, in hexadecimal',
  `recordNumber` bigint COMMENT 'position of the record in its file, from 1',
  `ingestedAt` timestamp COMMENT 'start of the run that landed the record, UTC'
)
LOCATION 's3://WAREHOUSE/landing/customer_landing/'
TBLPROPERTIES (
  'table_type' = 'ICEBERG',
  'format' = 'parquet',
  'write_compression' = 'zstd'
);
