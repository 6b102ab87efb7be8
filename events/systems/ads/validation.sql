-- The validator's steps, in the order in which they run, in DuckDB. The views serving_file and user_file are the files,
-- with `line`, the number of the row. Only numbers and what decides are kept of a row; the rest is read a second time.
-- The right side of a join is the one that is held in memory. DuckDB must not choose (see validator.py).

-- name: make_reasons!
-- Why a user event is dropped; the first that is true. Their sentences are in validator.py.
CREATE TYPE reason AS ENUM (
    'not_a_user_event', 'unreadable_time', 'unknown_parent', 'other_user', 'times_not_comparable', 'not_after',
    'repeated'
);

-- name: make_time_macros!
-- H:MM or HH:MM is a time of the first day of 1970; ISO 8601 is in UTC where it names no zone. Both in microseconds.
CREATE TEMP MACRO is_of_one_day(text) AS regexp_full_match(text, '([01]?[0-9]|2[0-3]):[0-5][0-9]');
CREATE TEMP MACRO is_iso_8601(text) AS regexp_full_match(
    text,
    '\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d+)?)?(Z|[+-]([01]\d|2[0-3])(:?[0-5]\d)?)?)?'
);
CREATE TEMP MACRO moment_of(text) AS CASE
    WHEN is_of_one_day(text) THEN epoch_us(CAST(text AS TIME))
    WHEN is_iso_8601(text) THEN epoch_us(TRY_CAST(replace(text, ',', '.') AS TIMESTAMPTZ))
END;

-- name: read_serving_events!
-- `ad` numbers the serving events' ids.
CREATE TEMP TABLE all_serving AS
SELECT line, eventId, userId, moment_of(eventTimestamp) AS moment, is_of_one_day(eventTimestamp) AS of_one_day,
    advertiserId, price
FROM serving_file;
CREATE TEMP TABLE ads AS SELECT eventId, min(line) AS ad FROM all_serving GROUP BY eventId;

-- name: keep_earliest_serving_events!
-- Of several with one id and user the earliest, of those at one time the first in the file.
CREATE TEMP TABLE serving AS
SELECT line, ad, eventId, userId, moment, of_one_day, advertiserId, price
FROM all_serving JOIN ads USING (eventId)
QUALIFY row_number() OVER (PARTITION BY ad, userId ORDER BY moment NULLS LAST, line) = 1;
DROP TABLE all_serving;

-- name: judge_user_events!
-- A row for each user event: why it is dropped, or NULL. One join or sort a statement: each may use all of the memory.
CREATE TEMP TABLE judged AS
SELECT event.line, event.moment, event.eventId, event.eventType = 'click' AS is_click, served.ad,
    served.line AS serving_line,
    CASE WHEN served.line IS NULL THEN event.parentEventId END AS unmatched,
    CASE
        WHEN event.eventType NOT IN ('impression', 'click') OR event.eventId = '' OR event.parentEventId = ''
            THEN 'not_a_user_event'
        WHEN event.moment IS NULL THEN 'unreadable_time'
        WHEN served.line IS NULL THEN 'other_user'
        WHEN served.moment IS NULL OR served.of_one_day <> event.of_one_day THEN 'times_not_comparable'
        WHEN served.moment >= event.moment THEN 'not_after'
    END::reason AS reason
FROM (
    SELECT *, moment_of(eventTimestamp) AS moment, is_of_one_day(eventTimestamp) AS of_one_day FROM user_file
) AS event
LEFT JOIN serving AS served ON served.eventId = event.parentEventId AND served.userId = event.userId;

-- name: pick_winners!
-- One for each parentEventId and eventType: the earliest, of those at one time the first by eventId.
CREATE TEMP TABLE winners AS
SELECT line, serving_line FROM judged WHERE reason IS NULL
QUALIFY row_number() OVER (PARTITION BY ad, is_click ORDER BY moment, eventId, line) = 1;

-- name: keep_losers!
-- All others, with their reasons so far.
CREATE TEMP TABLE losers AS
SELECT line, coalesce(reason, 'repeated') AS reason, unmatched FROM judged ANTI JOIN winners USING (line);
DROP TABLE judged;

-- name: name_unknown_parents!
-- Of those without a serving event of the same user, some have none at all.
CREATE TEMP TABLE dropped AS
SELECT line, CASE WHEN reason = 'other_user' AND ad IS NULL THEN 'unknown_parent' ELSE reason END::reason AS reason
FROM losers LEFT JOIN ads ON ads.eventId = unmatched;
DROP TABLE losers;

-- name: price_winners!
-- What the winners take over from their serving events.
CREATE TEMP TABLE priced AS
SELECT winners.line, advertiserId, price FROM winners JOIN serving ON serving.line = serving_line;
DROP TABLE winners;
DROP TABLE serving;

-- name: count_dropped
-- How many user events were dropped for which reason.
SELECT reason::text, count(*) FROM dropped GROUP BY reason ORDER BY reason;

-- name: count_valid$
-- How many are valid.
SELECT count(*) FROM priced;

-- name: fetch_validated!
-- The output's rows, from the second reading.
CREATE TEMP TABLE validated AS
SELECT event.line, event.eventId, event.eventTimestamp, event.eventType, event.parentEventId, event.userId,
    priced.advertiserId, event.deviceId, priced.price
FROM user_file AS event JOIN priced USING (line);

-- name: fetch_dropped!
-- The user events that were dropped, as they came, each with the reason.
CREATE TEMP TABLE rejected AS
SELECT event.*, dropped.reason::text AS reason FROM user_file AS event JOIN dropped USING (line);
