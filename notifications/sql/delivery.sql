-- name: mark_dispatched
-- Marks notifications that are due until :until, or whose worker died, the most urgent first, so that no other sweep
-- dispatches them before :grace_seconds have passed without effect; twice as many each time. Uses notifications_open.
WITH soon AS MATERIALIZED (
    SELECT id FROM notifications
    WHERE state IN ('pending', 'leased') AND next_at <= :until AND (state = 'pending' OR next_at <= :now)
        AND (dispatched_until IS NULL OR dispatched_until <= :now)
    ORDER BY next_at LIMIT :limit
    FOR UPDATE SKIP LOCKED
)
UPDATE notifications
SET dispatches = least(dispatches + 1, 100),
    dispatched_until = greatest(next_at, :now) + :grace_seconds * power(2, least(dispatches, 5)) * interval '1 second'
FROM soon
WHERE notifications.id = soon.id
RETURNING notifications.id::text, next_at;

-- name: overdue_notifications
-- What should have been taken before :before; retries only if :with_retries. Uses notifications_open.
SELECT id::text FROM notifications
WHERE state IN ('pending', 'leased') AND next_at <= :before AND (:with_retries OR attempts = 0)
ORDER BY next_at LIMIT :limit;

-- name: due_notifications
-- Which of some notifications are due now. Uses notifications_pkey.
SELECT id::text, rule, user_key, item_key, occurred_at, due_at, attempts, decided_at IS NOT NULL
FROM notifications
WHERE id = ANY(:ids::uuid[]) AND state IN ('pending', 'leased') AND next_at <= :now;

-- name: unprocessed_events
-- Events of some types, among others, that were accepted before :bound and are not aggregated: inbox rows and chunks'
-- payloads. Uses inbox_pkey and chunks_pending.
SELECT record FROM inbox WHERE id < :bound AND type = ANY(:types::text[])
UNION ALL
SELECT payload FROM chunks
WHERE is_pending AND first_event_id < :bound AND types && :types::text[]
LIMIT :limit;

-- name: postpone!
-- Has notifications that are due wait a little longer, but for those that somebody is changing, or has taken. Uses
-- notifications_pkey.
WITH waiting AS MATERIALIZED (
    SELECT id FROM notifications
    WHERE id = ANY(:ids::uuid[]) AND state = 'pending' AND next_at <= :now
    FOR UPDATE SKIP LOCKED
)
UPDATE notifications SET next_at = :next_at, dispatched_until = :dispatched_until
FROM waiting
WHERE notifications.id = waiting.id;

-- name: lease_notifications
-- Decides that notifications are sent, and leases them: nobody else delivers them until :lease_until. Uses
-- notifications_pkey.
WITH taken AS MATERIALIZED (
    SELECT id FROM notifications
    WHERE id = ANY(:ids::uuid[]) AND state IN ('pending', 'leased') AND next_at <= :now
    ORDER BY id
    FOR UPDATE SKIP LOCKED
)
UPDATE notifications
SET state = 'leased', attempts = attempts + 1, decided_at = coalesce(decided_at, :now), next_at = :lease_until,
    lease_token = :token, dispatched_until = NULL, dispatches = 0
FROM taken
WHERE notifications.id = taken.id
RETURNING notifications.id::text, rule, attempts, due_at, body::text;

-- name: renew_leases!
-- Keeps deliveries that are under way from others. Uses notifications_pkey.
UPDATE notifications SET next_at = :lease_until
FROM unnest(:ids::uuid[], :tokens::uuid[]) AS leased (id, token)
WHERE notifications.id = leased.id AND state = 'leased' AND lease_token = leased.token;

-- name: record_outcomes!
-- Writes what became of deliveries whose lease still holds. Uses notifications_pkey.
UPDATE notifications
SET state = outcome.state, reason = outcome.reason, next_at = coalesce(outcome.next_at, notifications.next_at),
    lease_token = NULL, finished_at = CASE WHEN outcome.state <> 'pending' THEN :now END
FROM unnest(:ids::uuid[], :tokens::uuid[], :states::text[], :reasons::text[], :next_at::timestamptz[])
    AS outcome (id, token, state, reason, next_at)
WHERE notifications.id = outcome.id AND notifications.lease_token = outcome.token;

-- name: cancel_notification^
-- Cancels a notification that is not being delivered, on an operator's word. Uses notifications_pkey.
UPDATE notifications
SET state = 'cancelled', reason = :reason, decided_at = coalesce(decided_at, :now), finished_at = :now
WHERE id = :id AND state = 'pending'
RETURNING 1;

-- name: send_again^
-- Has a notification that failed or was cancelled delivered, on an operator's word. Uses notifications_pkey.
UPDATE notifications
SET state = 'pending', reason = '', attempts = 0, decided_at = :now, next_at = :now, dispatched_until = NULL,
    dispatches = 0, finished_at = NULL
WHERE id = :id AND state IN ('failed', 'cancelled')
RETURNING 1;
