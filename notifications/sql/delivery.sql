-- name: hand_out
-- Marks notifications that are due until :until, or whose worker died, the most urgent first, so that no other sweep hands them to
-- tasks again before :grace_seconds have passed without effect; twice as many each time. Uses notifications_open.
WITH soon AS MATERIALIZED (
    SELECT id FROM notifications
    WHERE state IN ('pending', 'leased') AND next_at <= :until AND (state = 'pending' OR next_at <= :now)
        AND (handed_until IS NULL OR handed_until <= :now)
    ORDER BY next_at LIMIT :limit
    FOR UPDATE SKIP LOCKED
)
UPDATE notifications
SET handings = least(handings + 1, 100),
    handed_until = greatest(next_at, :now) + :grace_seconds * power(2, least(handings, 5)) * interval '1 second'
FROM soon
WHERE notifications.id = soon.id
RETURNING notifications.id::text, next_at;

-- name: overdue_notifications
-- What should have been seen to before :before. Uses notifications_open.
SELECT id::text FROM notifications
WHERE state IN ('pending', 'leased') AND next_at <= :before
ORDER BY next_at LIMIT :limit;

-- name: open_notifications
-- What of some notifications is to be seen to now. Uses notifications_pkey.
SELECT id::text, rule, user_key, item_key, occurred_at, due_at, decided_at IS NOT NULL
FROM notifications
WHERE id = ANY(:ids::uuid[]) AND state IN ('pending', 'leased') AND next_at <= :now;

-- name: unprocessed_events
-- Events of some types, among others, that were accepted before :bound and are not aggregated: inbox rows and chunks'
-- payloads. Uses inbox_pkey and chunks_unfinished.
SELECT record FROM inbox WHERE id < :bound AND type = ANY(:types::text[])
UNION ALL
SELECT payload FROM chunks
WHERE state IN ('accepted', 'enriched', 'persisted') AND first_event_id < :bound AND types && :types::text[]
LIMIT :limit;

-- name: put_off!
-- Has notifications wait a little longer. Uses notifications_pkey.
UPDATE notifications SET next_at = :next_at, handed_until = :handed_until
WHERE id = ANY(:ids::uuid[]) AND state = 'pending';

-- name: lease_notifications
-- Decides that notifications are sent, and takes them: nobody else delivers them until :lease_until. Uses
-- notifications_pkey.
WITH taken AS MATERIALIZED (
    SELECT id FROM notifications
    WHERE id = ANY(:ids::uuid[]) AND state IN ('pending', 'leased') AND next_at <= :now
    ORDER BY id
    FOR UPDATE SKIP LOCKED
)
UPDATE notifications
SET state = 'leased', attempts = attempts + 1, decided_at = coalesce(decided_at, :now), next_at = :lease_until,
    lease_token = :token, handed_until = NULL, handings = 0
FROM taken
WHERE notifications.id = taken.id
RETURNING notifications.id::text, rule, attempts, due_at, body::text;

-- name: renew_leases!
-- Keeps deliveries that are under way from others. Uses notifications_pkey.
UPDATE notifications SET next_at = :lease_until
WHERE id = ANY(:ids::uuid[]) AND state = 'leased' AND lease_token = :token;

-- name: settle_deliveries!
-- Writes what became of deliveries whose lease still holds. Uses notifications_pkey.
UPDATE notifications AS known
SET state = new.state, reason = new.reason, next_at = coalesce(new.next_at, known.next_at), lease_token = NULL,
    finished_at = CASE WHEN new.state <> 'pending' THEN :now END
FROM unnest(:ids::uuid[], :states::text[], :reasons::text[], :next_at::timestamptz[])
    AS new (id, state, reason, next_at)
WHERE known.id = new.id AND known.lease_token = :token;

-- name: cancel_notification^
-- Cancels a notification that is not being delivered, on an operator's word. Uses notifications_pkey.
UPDATE notifications
SET state = 'cancelled', reason = :reason, decided_at = coalesce(decided_at, :now), finished_at = :now
WHERE id = :id AND state = 'pending'
RETURNING 1;

-- name: send_again^
-- Has a notification that failed or was cancelled delivered, on an operator's word. Uses notifications_pkey.
UPDATE notifications
SET state = 'pending', reason = '', attempts = 0, decided_at = :now, next_at = :now, handed_until = NULL,
    handings = 0, finished_at = NULL
WHERE id = :id AND state IN ('failed', 'cancelled')
RETURNING 1;
