-- How many customers agreed to research on each day (UTC), and how many of them have readings.
SELECT
  date(from_unixtime(t.shareWithResearchAsOfDate / 1000)) AS consent_day,
  count(*) AS customers,
  count(c.person) AS customers_with_readings
FROM trusted.customer_trusted AS t
LEFT JOIN curated.customer_curated AS c ON c.person = t.person
GROUP BY 1
ORDER BY 1
