-- name: find_event^
-- Where an event is and what became of it, in one statement and so in one snapshot: it is never between two places.
-- Uses the primary keys, and chunks_unfinished for an event that only its chunk's payload holds.
SELECT 'failed' AS state, type, NULL AS user, NULL::timestamptz AS time, NULL AS data, NULL AS enrichment,
    NULL AS original_id,
    jsonb_build_object('step', step, 'code', code, 'field', field, 'message', message)::text AS failure,
    NULL AS payload, NULL AS chunk_enrichment, 1 AS precedence
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
LEFT JOIN chunks AS chunk ON chunk.id = event.chunk_id AND chunk.state NOT IN ('aggregated', 'published')
WHERE event.id = :id
UNION ALL
SELECT 'pending', type, NULL, NULL, NULL, NULL, NULL, NULL, record, NULL, 2 FROM inbox WHERE id = :id
UNION ALL
SELECT 'pending', NULL, NULL, NULL, NULL, NULL, NULL, NULL, payload, enrichment, 2 FROM chunks
WHERE state NOT IN ('aggregated', 'published') AND first_event_id <= :id AND last_event_id >= :id
    AND position(:id_text IN payload) > 0
ORDER BY precedence
LIMIT 1;

-- name: list_events
-- Stored events by receipt, newest first, with their state. Uses events_type_id, events_user_item_time or events_pkey.
SELECT event.id::text, event.type, event.user_key, event.time, event.data::text, event.enrichment::text,
    CASE WHEN chunk.id IS NULL THEN 'processed' ELSE 'pending' END
FROM events AS event
LEFT JOIN chunks AS chunk ON chunk.id = event.chunk_id AND chunk.state NOT IN ('aggregated', 'published')
WHERE event.id >= :lowest AND event.id < :below
    AND (:type::text IS NULL OR event.type = :type)
    AND (:user::text IS NULL OR event.user_key = :user)
ORDER BY event.id DESC
LIMIT :limit;

-- name: operation_progress
-- Operations, and how far the events have come that are not settled, in steps done: an event whose look-ups have
-- come to an end has done the first. Uses operations_pkey and chunks_operation.
SELECT id, total, handled, failed, duplicate, cancelled, rejected, unsupported, created_at, finished_at,
    (
        SELECT coalesce(sum(CASE state WHEN 'accepted' THEN looked_up WHEN 'enriched' THEN size ELSE 2 * size END), 0)
        FROM chunks WHERE operation_id = operations.id AND state NOT IN ('aggregated', 'published')
    )::bigint
FROM operations WHERE id = ANY(:ids::uuid[]);

-- name: tallies_by_type
-- How many events of each type came to which end.
SELECT type, sum(processed)::bigint, sum(duplicate)::bigint, sum(failed)::bigint, sum(rejected)::bigint,
    sum(unsupported)::bigint, sum(cancelled)::bigint
FROM event_tallies GROUP BY type ORDER BY type;

-- name: pending_events^
-- Events that are accepted and not through. Uses chunks_unfinished.
SELECT
    (SELECT count(*) FROM inbox)
    + (SELECT coalesce(sum(size), 0) FROM chunks WHERE state NOT IN ('aggregated', 'published'))::bigint;

-- name: processed_since^
-- New events processed since :since, and when the first event of all was accepted. Uses chunks_finished_at.
SELECT
    (
        SELECT coalesce(sum(size - cardinality(duplicates)), 0) FROM chunks WHERE finished_at > :since
    )::bigint,
    (SELECT created_at FROM chunks ORDER BY id LIMIT 1);

-- name: backlog^
-- About how many accepted events wait, counted up to :limit in the inbox; those that wait for an outside service are no
-- backlog of ours. Uses chunks_unfinished and inbox_pkey.
SELECT (SELECT count(*) FROM (SELECT 1 FROM inbox LIMIT :limit) AS waiting)
    + (
        SELECT coalesce(sum(size), 0) FROM chunks
        WHERE state NOT IN ('aggregated', 'published') AND waiting_for = ''
    )::bigint;

-- name: unsupported_by_type
-- How many events of types that were not known are kept, and the newest of each type. Uses unsupported_events_type.
SELECT tally.type, tally.events, newest.payload
FROM (
    SELECT type, sum(unsupported)::bigint AS events FROM event_tallies GROUP BY type HAVING sum(unsupported) > 0
) AS tally
CROSS JOIN LATERAL (
    SELECT payload FROM unsupported_events WHERE type = tally.type ORDER BY id DESC LIMIT 1
) AS newest
ORDER BY tally.events DESC, tally.type;
