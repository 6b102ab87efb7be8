-- name: share_collected_directories!
-- Held while events are noted: no directory is added meanwhile.
LOCK TABLE collected_directories IN ROW SHARE MODE;

-- name: lock_collected_directories!
-- Waits for all who note events.
LOCK TABLE collected_directories IN EXCLUSIVE MODE;

-- name: note_uncollected!
-- Notes events for every directory. The directories are few.
INSERT INTO uncollected_events (directory_id, event_id)
SELECT directory.id, event_id FROM collected_directories AS directory, unnest(:event_ids::uuid[]) AS event_id;

-- name: lock_directory^
-- A directory's state, held to the end of the transaction. Uses collected_directories_pkey.
SELECT exported_until, is_exported, serving_bytes, user_bytes FROM collected_directories WHERE id = :id FOR UPDATE;

-- name: older_events
-- The first :limit ad events past :after that were counted before the directory was collected. An event that is not
-- counted yet, or that was noted since, comes by way of uncollected_events. Uses events_type_id for each type, and
-- the primary keys of chunks and uncollected_events.
SELECT page.id, page.type, data->>'eventId', data->>'eventTimestamp', data->>'eventType', data->>'parentEventId',
    data->>'userId', data->>'advertiserId', data->>'deviceId', data->>'price'
FROM unnest(:types::text[]) AS wanted (type)
CROSS JOIN LATERAL (
    SELECT id, type, data FROM events
    WHERE type = wanted.type AND id > :after
        AND NOT EXISTS (
            SELECT FROM chunks WHERE chunks.id = events.chunk_id AND chunks.is_pending
        )
        AND NOT EXISTS (
            SELECT FROM uncollected_events AS noted
            WHERE noted.directory_id = :directory_id AND noted.event_id = events.id
        )
    ORDER BY id LIMIT :limit
) AS page
ORDER BY page.id LIMIT :limit;

-- name: take_uncollected
-- Takes the first :limit noted events off the list. One that is not stored any more has no cells.
-- Uses uncollected_events_pkey and events_pkey.
WITH taken AS MATERIALIZED (
    DELETE FROM uncollected_events WHERE (directory_id, event_id) IN (
        SELECT directory_id, event_id FROM uncollected_events
        WHERE directory_id = :directory_id ORDER BY event_id LIMIT :limit
    )
    RETURNING event_id
)
SELECT taken.event_id, type, data->>'eventId', data->>'eventTimestamp', data->>'eventType', data->>'parentEventId',
    data->>'userId', data->>'advertiserId', data->>'deviceId', data->>'price'
FROM taken LEFT JOIN events ON events.id = taken.event_id
ORDER BY taken.event_id;

-- name: directory_that_lacks^
-- A directory whose files lack events with ids before :end. Directories are few; uses uncollected_events_pkey.
SELECT directory FROM collected_directories AS collected
WHERE (NOT is_exported AND (exported_until IS NULL OR exported_until < :end))
    OR EXISTS (SELECT FROM uncollected_events WHERE directory_id = collected.id AND event_id < :end)
LIMIT 1;
