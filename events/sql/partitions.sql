-- name: attached_partitions
-- The names of all partitions of `events`.
SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid WHERE inhparent = 'events'::regclass;

-- name: first_in_default^
-- The first event in the DEFAULT partition with an id in a range. Uses events_default_pkey.
SELECT id FROM events_default WHERE id >= :lowest AND id < :end ORDER BY id LIMIT 1;

-- name: claim_partitions^
-- True for one session at a time, until it lets go.
SELECT pg_try_advisory_lock(hashtext('partitions of events'));

-- name: release_partitions^
SELECT pg_advisory_unlock(hashtext('partitions of events'));

-- name: is_unfinished_copy^
-- A row, if a table of that name is a copy that a crash left; one that somebody detached has no such constraint.
SELECT 1 FROM pg_constraint WHERE conrelid = to_regclass(:name) AND conname = 'until_attached';

-- name: create_partition!
-- A table by itself, with the indexes of `events`. The constraint spares ATTACH from reading all of it.
CREATE TABLE {partition} (
    LIKE events INCLUDING ALL, CONSTRAINT until_attached CHECK (id >= :lowest AND id < :end)
);

-- name: copy_from_default^
-- Copies the next :limit events; the id of the last one. Uses events_default_pkey.
WITH copied AS (
    INSERT INTO {partition}
    SELECT * FROM events_default WHERE id > :after AND id < :end ORDER BY id LIMIT :limit
    RETURNING id
)
SELECT id FROM copied ORDER BY id DESC LIMIT 1;

-- name: lock_events!
-- Nobody reads or writes events until the end of the transaction. Whoever waits here plans with the partitions there are
-- afterwards; waiting for a single partition it would go on with those it has seen before.
LOCK TABLE ONLY events IN ACCESS EXCLUSIVE MODE;

-- name: forget_stale_copies!
-- Copies of events that were changed or deleted since. Reads both tables.
DELETE FROM {partition} AS copied
WHERE NOT EXISTS (
    SELECT FROM events_default AS original WHERE original.id = copied.id AND original IS NOT DISTINCT FROM copied
);

-- name: copy_rest!
-- Events that were stored or changed since they were copied. Reads both tables.
INSERT INTO {partition}
SELECT * FROM events_default AS original
WHERE id >= :lowest AND id < :end AND NOT EXISTS (SELECT FROM {partition} AS copied WHERE copied.id = original.id);

-- name: delete_from_default!
-- What is in a partition of its own now. Uses events_default_pkey.
DELETE FROM events_default WHERE id >= :lowest AND id < :end;

-- name: attach_partition!
ALTER TABLE events ATTACH PARTITION {partition} FOR VALUES FROM (:lowest) TO (:end);

-- name: drop_bounds!
-- The partition's own bounds say the same.
ALTER TABLE {partition} DROP CONSTRAINT until_attached;
