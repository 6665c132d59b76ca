"""Who held a device, and when (the decided meaning: docs/meaning.md).

A device that one person alone ever had is theirs, whenever it measured. Where several people had it over time, each
holds it from the record that first names it (from its registrationDate, if it is the person's first record) until a
later record of theirs names another device, or anybody else's record names it. At an instant at which two hold it, or
nobody, it is nobody's.
"""

from __future__ import annotations

_FOREVER = "9223372036854775807"


def device_holders(customer_landing: str) -> str:
    """SQL of who holds which device: device, person, and from ``since`` until before ``until``, epoch ms UTC.

    No two people hold a device at one instant; a person may hold several devices, and one device several times.
    """
    return f"""
        WITH named AS (
            SELECT person, device, lastUpdateDate, max(registrationDate) AS registrationDate
            FROM {customer_landing} GROUP BY person, device, lastUpdateDate
        ),
        shared AS (SELECT device FROM named GROUP BY device HAVING min(person) <> max(person)),
        -- The device that a person's records of one date name, and of the dates around it; null where they name two.
        dated AS (
            SELECT person, lastUpdateDate, min(device) AS device, min(device) = max(device) AS clear
            FROM named GROUP BY person, lastUpdateDate
        ),
        beside AS (
            SELECT person, lastUpdateDate, clear, min(lastUpdateDate) OVER (PARTITION BY person) AS first_date,
                lag(CASE WHEN clear THEN device END) OVER (PARTITION BY person ORDER BY lastUpdateDate) AS before,
                lead(CASE WHEN clear THEN device END) OVER (PARTITION BY person ORDER BY lastUpdateDate) AS after,
                lead(lastUpdateDate) OVER (PARTITION BY person ORDER BY lastUpdateDate) AS next_date
            FROM dated
        ),
        -- When a record names its device, whether a turn begins there, and when the person's own next device ends it.
        naming AS (
            SELECT n.person, n.device,
                CASE WHEN b.lastUpdateDate = b.first_date
                    THEN least(n.registrationDate, n.lastUpdateDate) ELSE n.lastUpdateDate END AS moment,
                CASE WHEN n.device = b.before THEN 0 ELSE 1 END AS begins,
                CASE WHEN NOT b.clear THEN b.lastUpdateDate
                    WHEN b.next_date IS NULL OR n.device = b.after THEN {_FOREVER}
                    ELSE b.next_date END AS ends
            FROM named n JOIN beside b ON n.person = b.person AND n.lastUpdateDate = b.lastUpdateDate
        ),
        -- How often anybody else has named the device by then.
        counted AS (
            SELECT n.*,
                count(*) OVER (PARTITION BY n.device ORDER BY n.moment RANGE UNBOUNDED PRECEDING)
                - count(*) OVER (PARTITION BY n.device, n.person ORDER BY n.moment RANGE UNBOUNDED PRECEDING) AS others
            FROM naming n LEFT SEMI JOIN shared s ON n.device = s.device
        ),
        -- A turn goes on while nobody else has named the device since it began.
        going_on AS (
            SELECT * FROM (
                SELECT *, max(CASE WHEN begins = 1 THEN others END) OVER (
                    PARTITION BY device, person ORDER BY moment RANGE UNBOUNDED PRECEDING
                ) AS others_at_its_beginning FROM counted
            ) WHERE others = others_at_its_beginning
        ),
        next_naming AS (
            SELECT device, moment,
                coalesce(lead(moment) OVER (PARTITION BY device ORDER BY moment), {_FOREVER}) AS next_moment
            FROM (SELECT DISTINCT device, moment FROM counted)
        ),
        turns AS (
            SELECT g.device, g.person, g.moment, least(max(g.ends), max(n.next_moment)) AS until
            FROM going_on g JOIN next_naming n ON g.device = n.device AND g.moment = n.moment
            GROUP BY g.device, g.person, g.moment
        ),
        -- Of several people's turns from one instant, what is left of the longest when the second longest has ended.
        alone AS (
            SELECT device, person, until,
                greatest(moment, coalesce(lead(until) OVER longest_first, moment)) AS since,
                row_number() OVER longest_first AS place
            FROM turns
            WINDOW longest_first AS (PARTITION BY device, moment ORDER BY until DESC, person)
        )
        SELECT device, person, since, until FROM alone WHERE place = 1 AND since < until
        UNION ALL
        SELECT n.device, min(n.person), CAST(0 AS bigint), {_FOREVER} FROM named n
        LEFT ANTI JOIN shared s ON n.device = s.device GROUP BY n.device"""
