-- name: insert_partial_events!
-- Notes stored events that lack a part of their enrichment; :missing has the enrichers' names, joined by commas.
INSERT INTO partial_events (id, type, missing, last_error, next_attempt_at)
SELECT ids, types, string_to_array(missing, ','), errors, :next_attempt_at
FROM unnest(:ids::uuid[], :types::text[], :missing::text[], :errors::text[]) AS new (ids, types, missing, errors)
ON CONFLICT DO NOTHING;

-- name: take_partial_events
-- Takes due events, oldest first, whose services are not paused; nobody else takes them before :claimed_until.
-- Uses partial_events_next_attempt_at.
WITH due AS MATERIALIZED (
    SELECT id FROM partial_events
    WHERE next_attempt_at <= :now AND NOT missing && :paused::text[]
    ORDER BY next_attempt_at LIMIT :limit
    FOR UPDATE SKIP LOCKED
)
UPDATE partial_events AS taken SET next_attempt_at = :claimed_until, attempts = attempts + 1
FROM due WHERE taken.id = due.id
RETURNING taken.id::text, attempts, missing;

-- name: events_to_fill_in
-- Stored events with all that enrichers may want to know. Uses events_pkey.
SELECT id::text, type, user_key, item_key, (extract(epoch FROM time) * 1000000)::bigint, data::text, enrichment::text
FROM events WHERE id = ANY(:ids::uuid[]);

-- name: lock_partial_events
-- Of these events those that are still the caller's, by the attempt counted when they were taken; holds them. Uses
-- partial_events_pkey.
SELECT partial.id::text FROM partial_events AS partial
JOIN unnest(:ids::uuid[], :attempts::integer[]) AS taken (id, attempts) USING (id, attempts)
ORDER BY partial.id
FOR UPDATE OF partial;

-- name: set_enrichment!
-- Writes the enrichment of stored events. Uses events_pkey.
UPDATE events SET enrichment = new.enrichment::jsonb
FROM unnest(:ids::uuid[], :enrichments::text[]) AS new (id, enrichment)
WHERE events.id = new.id;

-- name: postpone_partial_events!
-- Tries them again later. Uses partial_events_pkey.
UPDATE partial_events AS partial
SET missing = string_to_array(new.missing, ','), last_error = new.error, next_attempt_at = new.at,
    attempts = new.attempts
FROM unnest(
    :ids::uuid[], :missing::text[], :errors::text[], :attempts::integer[], :next_attempts_at::timestamptz[]
) AS new (id, missing, error, attempts, at)
WHERE partial.id = new.id;

-- name: delete_partial_events!
-- Nothing is missing any more, or nothing will be had. Uses partial_events_pkey.
DELETE FROM partial_events WHERE id = ANY(:ids::uuid[]);
