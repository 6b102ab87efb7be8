-- name: count_old_rows^
-- How many rows may go. Uses the index that the table's pruning names.
SELECT count(*) FROM {table} WHERE {condition};

-- name: delete_old_rows
-- Deletes the :limit oldest rows that may go, from a position on; leaves out those that somebody else holds. Uses the
-- index that the table's pruning names.
WITH old AS MATERIALIZED (
    SELECT ctid FROM {table}
    WHERE {condition} AND (:after IS NULL OR {position} >= :after)
    ORDER BY {position} LIMIT :limit
    FOR UPDATE SKIP LOCKED
)
DELETE FROM {table} WHERE ctid = ANY (ARRAY(SELECT ctid FROM old))
RETURNING {position}, {columns};

-- name: detached_months
-- Months that were detached, and that nobody has dropped yet.
SELECT relname FROM pg_class
WHERE relkind = 'r' AND relname ~ '^pruned_events_[0-9]' AND relnamespace = 'public'::regnamespace
ORDER BY relname;

-- name: estimated_rows^
-- About how many rows a table has; less than 0: nobody knows.
SELECT reltuples FROM pg_class WHERE oid = to_regclass(:partition);

-- name: events_to_come^
-- A row if events with ids before :end may still be stored. Events come from nowhere else, so none is stored later if
-- there is no row now. Uses inbox_pkey, chunks_pending, failed_events_pkey and unsupported_events_pkey.
SELECT 1 WHERE EXISTS (SELECT FROM inbox WHERE id < :end)
    OR EXISTS (SELECT FROM chunks WHERE is_pending AND first_event_id < :end)
    OR EXISTS (SELECT FROM failed_events WHERE id < :end)
    OR EXISTS (SELECT FROM unsupported_events WHERE id < :end);

-- name: detach_partition!
ALTER TABLE events DETACH PARTITION {partition};

-- name: rename_detached!
-- Whoever comes next drops it, also after a crash.
ALTER TABLE {partition} RENAME TO {detached};

-- name: mark_too_late!
-- Marks stored events that came too late to count. Uses events_pkey.
UPDATE events SET enrichment = coalesce(enrichment, '{}') || '{"too_late": true}' WHERE id = ANY(:ids::uuid[]);

-- name: dedupe_keys_after
-- The next :limit keys, oldest or not. Uses dedupe_keys_pkey.
SELECT key, event_id FROM dedupe_keys WHERE key >= :after ORDER BY key LIMIT :limit;
