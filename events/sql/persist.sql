-- name: insert_dedupe_keys!
-- Claims identities that are free. Sorted by the caller, so two chunks cannot wait for each other.
-- Uses dedupe_keys_pkey.
INSERT INTO dedupe_keys (key, event_id)
SELECT * FROM unnest(:keys::uuid[], :event_ids::uuid[])
ON CONFLICT DO NOTHING;

-- name: owners_of_dedupe_keys
-- Which event had each identity first. Uses dedupe_keys_pkey.
SELECT replace(key::text, '-', ''), event_id::text FROM dedupe_keys WHERE key = ANY(:keys::uuid[]);

-- name: insert_duplicates!
-- Keeps which event each duplicate repeats.
INSERT INTO duplicate_events (id, type, original_id)
SELECT * FROM unnest(:ids::uuid[], :types::text[], :originals::uuid[])
ON CONFLICT DO NOTHING;

-- name: delete_events!
-- Takes events out again whose later steps failed. Uses events_pkey.
DELETE FROM events WHERE id = ANY(:event_ids::uuid[]);

-- name: add_to_tallies!
-- Counts ends by type, in this worker's slot.
INSERT INTO event_tallies AS tally (type, slot, processed, duplicate, failed, rejected, unsupported, cancelled)
SELECT types, :slot, processed, duplicate, failed, rejected, unsupported, cancelled
FROM unnest(
    :types::text[], :processed::bigint[], :duplicate::bigint[], :failed::bigint[], :rejected::bigint[],
    :unsupported::bigint[], :cancelled::bigint[]
) AS new (types, processed, duplicate, failed, rejected, unsupported, cancelled)
ON CONFLICT (type, slot) DO UPDATE
SET processed = tally.processed + excluded.processed, duplicate = tally.duplicate + excluded.duplicate,
    failed = tally.failed + excluded.failed, rejected = tally.rejected + excluded.rejected,
    unsupported = tally.unsupported + excluded.unsupported, cancelled = tally.cancelled + excluded.cancelled;
