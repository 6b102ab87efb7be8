-- name: insert_inbox_event!
-- Accepts one event. Repeating it after a lost connection does no harm.
INSERT INTO inbox (id, type, record) VALUES (:id, :type, :record) ON CONFLICT DO NOTHING;

-- name: claim_inbox
-- Takes the oldest :limit events that nobody else is taking. Uses inbox_pkey.
-- A crash puts them back and undoes their chunk together, so the transaction's commit need not wait for the disk.
WITH volatile AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true)),
claimed AS MATERIALIZED (
    SELECT id FROM inbox ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED
)
DELETE FROM inbox USING claimed, volatile WHERE inbox.id = claimed.id
RETURNING inbox.id::text, inbox.type, inbox.record;
