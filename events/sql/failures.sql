-- name: take_failed_events
-- Takes failed events out for a replay, oldest first, past :after. Uses failed_events_pkey or failed_events_type.
WITH taken AS MATERIALIZED (
    SELECT id FROM failed_events
    WHERE id > :after AND (:type::text IS NULL OR type = :type) AND (:ids::uuid[] IS NULL OR id = ANY(:ids::uuid[]))
    ORDER BY id LIMIT :limit
    FOR UPDATE SKIP LOCKED
)
DELETE FROM failed_events USING taken WHERE failed_events.id = taken.id
RETURNING failed_events.id::text, type, step, operation_id, index, field, code, message, traceback, payload, record,
    attempts, failed_at;

-- name: take_unsupported_events
-- Takes events of types that are known by now, oldest first. Uses unsupported_events_type.
WITH taken AS MATERIALIZED (
    SELECT id FROM unsupported_events WHERE type = ANY(:types::text[])
    ORDER BY id LIMIT :limit
    FOR UPDATE SKIP LOCKED
)
DELETE FROM unsupported_events USING taken WHERE unsupported_events.id = taken.id
RETURNING unsupported_events.id::text, type, payload;
