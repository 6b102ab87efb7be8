-- name: insert_inbox_event!
-- Accepts one event. Repeating it after a lost connection does no harm.
INSERT INTO inbox (id, type, record) VALUES (:id, :type, :record) ON CONFLICT DO NOTHING;

-- name: claim_inbox
-- Takes the oldest :limit events that nobody else is taking. Uses inbox_pkey.
WITH claimed AS MATERIALIZED (
    SELECT id FROM inbox ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED
)
DELETE FROM inbox USING claimed WHERE inbox.id = claimed.id
RETURNING inbox.id::text, inbox.type, inbox.record;
