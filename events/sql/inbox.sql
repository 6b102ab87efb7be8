-- name: insert_inbox_events!
-- Accepts events that were posted alone, all or none.
INSERT INTO inbox (id, type, record) SELECT * FROM unnest(:ids::uuid[], :types::text[], :records::text[]);

-- name: claim_inbox
-- Takes the oldest :limit events that nobody else is taking. Uses inbox_pkey.
-- A crash puts them back and undoes their chunk together, so the transaction's commit need not wait for the disk.
WITH volatile AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true)),
claimed AS MATERIALIZED (
    SELECT id FROM inbox ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED
)
DELETE FROM inbox USING claimed, volatile WHERE inbox.id = claimed.id
RETURNING inbox.id::text, inbox.type, inbox.record;
