-- name: find_event^
-- Where an event is and what became of it, in one statement and so in one snapshot: it is never between two places.
-- Uses the primary keys, and chunks_pending for an event that only its chunk's payload holds.
SELECT 'failed' AS state, type, NULL AS user, NULL::timestamptz AS time, NULL AS data, NULL AS enrichment,
    NULL AS original_id,
    jsonb_build_object('step', step, 'code', code, 'field', field, 'message', message)::text AS failure,
    NULL AS record, NULL AS chunk_enrichment, 1 AS precedence
FROM failed_events WHERE id = :id
UNION ALL
SELECT 'unsupported', type, NULL, NULL, payload, NULL, NULL, NULL, NULL, NULL, 1 FROM unsupported_events WHERE id = :id
UNION ALL
SELECT 'duplicate', type, NULL, NULL, NULL, NULL, original_id::text, NULL, NULL, NULL, 1
FROM duplicate_events WHERE id = :id
UNION ALL
SELECT CASE WHEN chunk.id IS NULL THEN 'processed' ELSE 'pending' END, event.type, user_key, event.time, data::text,
    event.enrichment::text, NULL, NULL, NULL, NULL, 1
FROM events AS event
LEFT JOIN chunks AS chunk ON chunk.id = event.chunk_id AND chunk.is_pending
WHERE event.id = :id
UNION ALL
SELECT 'pending', type, NULL, NULL, NULL, NULL, NULL, NULL, record, NULL, 2 FROM inbox WHERE id = :id
UNION ALL
SELECT 'pending', NULL, NULL, NULL, NULL, NULL, NULL, NULL, record::text, enrichment, 2
FROM chunks, json_array_elements(payload::json) AS record
WHERE is_pending AND first_event_id <= :id AND last_event_id >= :id
    -- Quick, and so first: only what holds the id anywhere is taken apart.
    AND position(:id_text IN payload) > 0
    AND record ->> 0 = :id_text
ORDER BY precedence
LIMIT 1;

-- name: list_events
-- Stored events by receipt, newest first, with their state. Uses events_type_id, events_user_item_time or events_pkey.
SELECT event.id::text, event.type, event.user_key, event.time, event.data::text, event.enrichment::text,
    CASE WHEN chunk.id IS NULL THEN 'processed' ELSE 'pending' END
FROM events AS event
LEFT JOIN chunks AS chunk ON chunk.id = event.chunk_id AND chunk.is_pending
WHERE event.id >= :lowest AND event.id < :below
    AND (:type::text IS NULL OR event.type = :type)
    AND (:user::text IS NULL OR event.user_key = :user)
ORDER BY event.id DESC
LIMIT :limit;

-- name: operation_progress
-- Operations, and how far the events have come that are not settled, in hundredths of a step: look-ups are the first,
-- and part of them a part of it. :states are the states of pending chunks in their order. Uses operations_pkey and
-- chunks_operation.
SELECT id, total, handled, failed, duplicate, cancelled, rejected, unsupported, created_at, finished_at,
    (
        SELECT coalesce(sum(CASE WHEN steps_done = 0 THEN looked_up ELSE 100 * steps_done * size END), 0)
        FROM chunks CROSS JOIN LATERAL (VALUES (array_position(:states::text[], state) - 1)) AS progress (steps_done)
        WHERE operation_id = operations.id AND is_pending
    )::bigint
FROM operations WHERE id = ANY(:ids::uuid[]);

-- name: tallies_by_type
-- How many events of each type came to which end.
SELECT type, sum(processed)::bigint, sum(duplicate)::bigint, sum(failed)::bigint, sum(rejected)::bigint,
    sum(unsupported)::bigint, sum(cancelled)::bigint, sum(too_late)::bigint
FROM event_tallies GROUP BY type ORDER BY type;

-- name: pending_events^
-- Events that are accepted and not through. Uses chunks_pending.
SELECT
    (SELECT count(*) FROM inbox)
    + (SELECT coalesce(sum(size), 0) FROM chunks WHERE is_pending)::bigint;

-- name: processed_since^
-- New events processed since :since, and the first event of all. Uses chunks_finished_at and events_pkey.
SELECT
    (
        SELECT coalesce(sum(size - cardinality(duplicates)), 0) FROM chunks WHERE finished_at > :since
    )::bigint,
    (SELECT id FROM events ORDER BY id LIMIT 1);

-- name: processed_of_type_since^
-- The same of the events of one type. A chunk that also holds others has its events counted, within the range of its
-- ids. Uses chunks_finished_at, events_pkey and events_type_id.
WITH finished AS (
    SELECT * FROM chunks WHERE finished_at > :since AND :type = ANY(types)
)
SELECT
    (
        SELECT coalesce(sum(size - cardinality(duplicates)), 0) FROM finished WHERE cardinality(types) = 1
    )::bigint
    + (
        SELECT coalesce(sum(of_type.events), 0)
        FROM finished
        CROSS JOIN LATERAL (
            SELECT count(*) AS events FROM events
            WHERE events.id BETWEEN first_event_id AND last_event_id AND chunk_id = finished.id AND type = :type
        ) AS of_type
        WHERE cardinality(types) > 1
    )::bigint,
    (SELECT id FROM events WHERE type = :type ORDER BY id LIMIT 1);

-- name: backlog^
-- About how many accepted events wait, counted up to :limit in the inbox; those that wait for an outside service are no
-- backlog of ours. Uses chunks_pending and inbox_pkey.
SELECT (SELECT count(*) FROM (SELECT 1 FROM inbox LIMIT :limit) AS waiting)
    + (
        SELECT coalesce(sum(size), 0) FROM chunks
        WHERE is_pending AND waiting_for = ''
    )::bigint;

-- name: unsupported_by_type
-- How many events of types that were not known are kept, and the newest of each type; those that are not counted by
-- name have none. Uses unsupported_events_type.
SELECT tally.type, tally.events, newest.payload
FROM (
    SELECT type, sum(unsupported)::bigint AS events FROM event_tallies GROUP BY type HAVING sum(unsupported) > 0
) AS tally
LEFT JOIN LATERAL (
    SELECT payload FROM unsupported_events WHERE type = tally.type ORDER BY id DESC LIMIT 1
) AS newest ON true
ORDER BY tally.events DESC, tally.type;
