-- name: insert_dedupe_keys!
-- Claims identities that are free. Sorted by the caller, so two chunks cannot wait for each other.
-- Uses dedupe_keys_pkey.
INSERT INTO dedupe_keys (key, event_id)
SELECT * FROM unnest(:keys::uuid[], :event_ids::uuid[])
ON CONFLICT DO NOTHING;

-- name: owners_of_dedupe_keys
-- Which event had each identity first. Uses dedupe_keys_pkey.
SELECT replace(key::text, '-', ''), event_id::text FROM dedupe_keys WHERE key = ANY(:keys::uuid[]);

-- name: forget_dedupe_keys!
-- Lets go of identities, as far as these events have them; in the order of the keys, as they are claimed.
-- Uses dedupe_keys_pkey.
WITH theirs AS MATERIALIZED (
    SELECT dedupe_keys.key
    FROM dedupe_keys
    JOIN unnest(:keys::uuid[], :event_ids::uuid[]) AS given (key, event_id) USING (key, event_id)
    ORDER BY dedupe_keys.key
    FOR UPDATE OF dedupe_keys
)
DELETE FROM dedupe_keys USING theirs WHERE dedupe_keys.key = theirs.key;

-- name: insert_duplicates!
-- Keeps which event each duplicate repeats.
INSERT INTO duplicate_events (id, type, original_id)
SELECT * FROM unnest(:ids::uuid[], :types::text[], :originals::uuid[])
ON CONFLICT DO NOTHING;

-- name: delete_events!
-- Takes events out again whose later steps failed. Uses events_pkey.
DELETE FROM events WHERE id = ANY(:event_ids::uuid[]);

-- name: unknown_types^
-- How many unknown types are counted by name, and which of these are. Reads them all: they are few.
SELECT count(*), coalesce(array_agg(name) FILTER (WHERE name = ANY(:names::text[])), '{}') FROM unsupported_types;

-- name: lock_unknown_types!
-- One transaction at a time adds names, until it is committed; who reads does not wait.
LOCK TABLE unsupported_types IN SHARE ROW EXCLUSIVE MODE;

-- name: add_unknown_types!
-- Adds the first names that are new, until there are :most.
INSERT INTO unsupported_types (name)
SELECT name FROM unnest(:names::text[]) WITH ORDINALITY AS new (name, position)
WHERE name NOT IN (SELECT name FROM unsupported_types)
ORDER BY position
LIMIT greatest(0, :most - (SELECT count(*) FROM unsupported_types));

-- name: add_to_tallies!
-- Counts ends by type, in this worker's slot. Uses event_tallies_pkey.
INSERT INTO event_tallies AS tally (type, slot, processed, duplicate, failed, rejected, unsupported, cancelled, too_late)
SELECT types, :slot, processed, duplicate, failed, rejected, unsupported, cancelled, too_late
FROM unnest(
    :types::text[], :processed::bigint[], :duplicate::bigint[], :failed::bigint[], :rejected::bigint[],
    :unsupported::bigint[], :cancelled::bigint[], :too_late::bigint[]
) AS new (types, processed, duplicate, failed, rejected, unsupported, cancelled, too_late)
ON CONFLICT (type, slot) DO UPDATE
SET processed = tally.processed + excluded.processed, duplicate = tally.duplicate + excluded.duplicate,
    failed = tally.failed + excluded.failed, rejected = tally.rejected + excluded.rejected,
    unsupported = tally.unsupported + excluded.unsupported, cancelled = tally.cancelled + excluded.cancelled,
    too_late = tally.too_late + excluded.too_late;
