-- name: count_old_notifications^
-- How many that are through may go. Uses notifications_pkey: ids are in the order of their making.
SELECT count(*) FROM notifications
WHERE id < :below AND state IN ('sent', 'failed', 'cancelled') AND coalesce(finished_at, due_at) < :before;

-- name: claim_old_notifications
-- The :limit oldest that are through and may go, as far as their users are free, who are held. Uses notifications_pkey
-- and notification_users_pkey.
SELECT old.id
FROM (
    SELECT id, user_key FROM notifications
    WHERE id >= :after AND id < :below AND state IN ('sent', 'failed', 'cancelled')
        AND coalesce(finished_at, due_at) < :before
    ORDER BY id LIMIT :limit
) AS old
JOIN notification_users USING (user_key)
ORDER BY user_key
FOR UPDATE OF notification_users SKIP LOCKED;

-- name: forget_notifications!
-- Deletes notifications of users that are held, unless an operator has one of them sent again, and remembers up to when
-- they are decided. Uses notifications_pkey and notification_users_pkey.
WITH gone AS (
    DELETE FROM notifications WHERE id = ANY(:ids::uuid[]) AND state IN ('sent', 'failed', 'cancelled')
    RETURNING user_key, deadline_at
), last AS (
    SELECT user_key, max(deadline_at) AS deadline_at FROM gone GROUP BY user_key
)
UPDATE notification_users AS held
SET forgotten_until = greatest(held.forgotten_until, last.deadline_at)
FROM last WHERE held.user_key = last.user_key;

-- name: open_of_month^
-- A row if something is left to do about a notification whose trigger was received in a range of ids. Reads
-- notifications_open, which is short.
SELECT 1 FROM notifications
WHERE state IN ('pending', 'leased') AND trigger_id >= :lowest AND trigger_id < :end LIMIT 1;

-- name: users_of_partition
-- The next :limit users whom rules look at, and the last moment of what they did. Uses the partition's index on user,
-- item and time, in order.
SELECT user_key, max(time) FROM {partition}
WHERE type = ANY(:types::text[]) AND user_key > :after
GROUP BY user_key
ORDER BY user_key
LIMIT :limit;

-- name: decide_until!
-- Nothing that happened to these users, who are locked, until these moments makes a notification any more. Uses
-- notification_users_pkey.
UPDATE notification_users AS held SET forgotten_until = greatest(held.forgotten_until, decided.moment)
FROM unnest(:users::text[], :moments::timestamptz[]) AS decided (user_key, moment)
WHERE held.user_key = decided.user_key;
