-- name: create_users!
-- Makes rows for users that have none, before any is locked. Keys come sorted. Uses notification_users_pkey.
INSERT INTO notification_users (user_key) SELECT unnest(:users::text[]) ON CONFLICT DO NOTHING;

-- name: lock_users
-- Locks users in the order of their keys; nobody else plans or decides their notifications meanwhile. Uses
-- notification_users_pkey.
SELECT user_key, forgotten_until FROM notification_users WHERE user_key = ANY(:users::text[]) ORDER BY user_key FOR UPDATE;

-- name: stored_notifications
-- One rule's notifications of some users (and items) from a moment on; of a chained rule, the one that was running then
-- too. Uses notifications_trigger.
SELECT stored.id::text, stored.user_key, stored.item_key, stored.occurred_at, stored.deadline_at, stored.decided_at,
    stored.due_at, stored.state, stored.reason, stored.body::text, stored.trigger_id::text
FROM unnest(:users::text[], :items::text[], :earliest::timestamptz[]) AS scope (user_key, item_key, earliest)
JOIN notifications AS stored
    ON stored.rule = :rule AND stored.user_key = scope.user_key AND stored.item_key = scope.item_key
    AND stored.occurred_at >= coalesce(
        (
            SELECT max(before.occurred_at) FROM notifications AS before
            WHERE :chained AND before.rule = :rule AND before.user_key = scope.user_key
                AND before.item_key = scope.item_key AND before.occurred_at <= scope.earliest
        ),
        scope.earliest
    );

-- name: user_history
-- What users did from a moment on. Uses events_user_fitness in every partition.
SELECT scope.user_key, '', event.id::text, event.type, (extract(epoch FROM event.time) * 1000000)::bigint,
    event.data::text, true
FROM unnest(:users::text[], :earliest::timestamptz[]) AS scope (user_key, earliest)
JOIN events AS event ON event.user_key = scope.user_key AND event.time >= scope.earliest
WHERE event.type = ANY(:types::text[]);

-- name: item_history
-- What users did with items from a moment on, and the :depth events before. Uses events_user_item_time in every
-- partition.
SELECT scope.user_key, scope.item_key, event.id::text, event.type,
    (extract(epoch FROM event.time) * 1000000)::bigint, event.data::text, back.since = '-infinity'
FROM unnest(:users::text[], :items::text[], :earliest::timestamptz[]) AS scope (user_key, item_key, earliest)
CROSS JOIN LATERAL (
    SELECT coalesce(
        (
            SELECT before.time FROM events AS before
            WHERE before.user_key = scope.user_key AND before.item_key = scope.item_key
                AND before.time < scope.earliest AND before.type = ANY(:types::text[])
            ORDER BY before.time DESC OFFSET :depth LIMIT 1
        ),
        '-infinity'
    ) AS since
) AS back
JOIN events AS event
    ON event.user_key = scope.user_key AND event.item_key = scope.item_key AND event.time >= back.since
WHERE event.type = ANY(:types::text[]);

-- name: write_notifications!
-- Writes notifications that are not decided: users are locked, so only an operator may come between. Uses
-- notifications_trigger.
INSERT INTO notifications AS stored
    (id, rule, user_key, item_key, trigger_id, occurred_at, deadline_at, due_at, next_at, state, reason, body, created_at)
SELECT id, :rule, user_key, item_key, trigger_id, occurred_at, deadline_at, due_at, due_at, state, reason,
    body::jsonb, :now
FROM unnest(
    :ids::uuid[], :users::text[], :items::text[], :trigger_ids::uuid[], :occurred_at::timestamptz[],
    :deadline_at::timestamptz[], :due_at::timestamptz[], :states::text[], :reasons::text[], :bodies::text[]
) AS new (id, user_key, item_key, trigger_id, occurred_at, deadline_at, due_at, state, reason, body)
ON CONFLICT (rule, user_key, item_key, occurred_at) DO UPDATE
SET trigger_id = excluded.trigger_id, deadline_at = excluded.deadline_at, due_at = excluded.due_at,
    next_at = excluded.due_at, state = excluded.state, reason = excluded.reason, body = excluded.body,
    dispatched_until = NULL, dispatches = 0
WHERE stored.decided_at IS NULL;

-- name: delete_notifications!
-- Deletes notifications that are not decided and that nothing calls for any more. Uses notifications_pkey.
DELETE FROM notifications WHERE id = ANY(:ids::uuid[]) AND decided_at IS NULL;
