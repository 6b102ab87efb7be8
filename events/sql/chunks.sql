-- name: insert_operation!
-- An operation of :total events that wait, and some that were settled when they came in.
INSERT INTO operations (id, created_at, finished_at, total, handled, rejected, unsupported)
VALUES (:id, :now, CASE WHEN :handled = :total THEN :now END, :total, :handled, :rejected, :unsupported);

-- name: insert_chunk<!
-- A chunk that waits for the step after :state.
INSERT INTO chunks
    (operation_id, state, size, payload, types, services, duplicates, replayed, looked_up, waiting_for,
    first_event_id, last_event_id, lease_until, sweep_at, created_at)
VALUES
    (:operation_id, :state, :size, :payload, :types, :services, :duplicates, :replayed, :looked_up, :waiting_for,
    :first_event_id, :last_event_id, :not_before, :sweep_at, :now)
RETURNING id;

-- name: lease_chunk^
-- Takes a chunk that waits in :state and that nobody holds, and counts the attempt. Uses chunks_pkey.
-- A lease lost in a crash only means that the chunk is free, so its commit need not wait for the disk. Should the
-- worker die, the sweep comes when its lease ends, however often it dispatched the chunk before.
WITH volatile AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
UPDATE chunks SET lease_token = :token, lease_until = :until, sweep_at = :until, attempts = attempts + 1
FROM volatile
WHERE id = :id AND state = :state
    AND (lease_until IS NULL OR lease_until <= :now OR lease_token = :reservation)
RETURNING operation_id, size, types, services, attempts, replayed, duplicates, payload, enrichment, looked_up, waits,
    last_error, last_traceback;

-- name: reserve_chunks!
-- Keeps chunks for the process that made them; no attempt begins with that. Uses chunks_pkey.
WITH volatile AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
UPDATE chunks SET lease_token = :token, lease_until = :until, sweep_at = :until
FROM volatile
WHERE id = ANY(:ids::bigint[]) AND lease_until IS NULL;

-- name: chunk_waits_in^
-- Whether a chunk waits in :state with nobody at work on it. Uses chunks_pkey.
SELECT 1 FROM chunks WHERE id = :id AND state = :state AND (lease_until IS NULL OR lease_until <= :now);

-- name: services_of_chunk^
-- The outside services that a chunk's events may have to be looked up at. Uses chunks_pkey.
SELECT services FROM chunks WHERE id = :id;

-- name: renew_lease!
-- Says that the holder of the leases is still at work. Uses chunks_pkey.
WITH volatile AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
UPDATE chunks SET lease_until = :until, sweep_at = :until
FROM volatile
WHERE id = ANY(:ids::bigint[]) AND lease_token = :token;

-- name: lock_leased_chunk^
-- First statement of a step's transaction: holds the chunk against everybody else, or finds the lease lost. Uses
-- chunks_pkey.
SELECT 1 FROM chunks WHERE id = :id AND state = :state AND lease_token = :token FOR UPDATE;

-- name: advance_chunk!
-- Last statement of the transaction of a step before the last, which waits for the disk for all of them: a crash
-- before that undoes this step's effect and the state together, so its commit need not wait. If its holder goes on, that
-- is the first attempt at the next step. Uses chunks_pkey.
WITH volatile AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
UPDATE chunks
SET state = :state, duplicates = :duplicates, enrichment = coalesce(:enrichment, enrichment), waiting_for = '',
    lease_token = :next_token, lease_until = :until, attempts = :attempts, last_error = '', last_traceback = '',
    sweeps = 0, sweep_at = :sweep_at
FROM volatile
WHERE id = :id AND state = :from_state AND lease_token = :token;

-- name: finish_chunk!
-- The last step that changes tables has happened. The holder keeps its lease and publishes next: its first attempt.
-- Uses chunks_pkey.
UPDATE chunks
SET state = :state, lease_until = :until, attempts = 1, last_error = '', last_traceback = '', sweeps = 0,
    sweep_at = :sweep_at, finished_at = :now
WHERE id = :id;

-- name: mark_published!
-- Nothing is left to do; the payload is in the events table. Lost in a crash, it is published again, which does no
-- harm, so the commit need not wait for the disk. Uses chunks_pkey.
WITH volatile AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
UPDATE chunks SET state = :state, payload = '', enrichment = NULL, lease_token = NULL, lease_until = NULL
FROM volatile
WHERE id = :id AND lease_token = :token;

-- name: hand_to_sweep!
-- Gives the lease back, the attempt not counted, and leaves the chunk to the sweep, whose pauses grow. Uses chunks_pkey.
UPDATE chunks
SET lease_token = NULL, lease_until = NULL, attempts = attempts - 1,
    sweep_at = :now + least(:grace_seconds * power(2, least(sweeps, 16)), :longest_pause_seconds) * interval '1 second'
WHERE id = :id AND lease_token = :token;

-- name: postpone_chunk!
-- Gives the lease back after a failure, with the reason; nobody may take the chunk before :not_before. Uses
-- chunks_pkey.
UPDATE chunks
SET lease_token = NULL, lease_until = :not_before, sweep_at = :not_before, attempts = attempts - :forgive,
    last_error = :error, last_traceback = :traceback
WHERE id = :id AND lease_token = :token;

-- name: let_chunk_wait!
-- Gives the lease back because an outside service has no answer: no fault of the events, so the attempt does not count.
UPDATE chunks
SET lease_token = NULL, lease_until = :not_before, sweep_at = :not_before, attempts = attempts - 1, waits = waits + 1,
    waiting_for = :waiting_for, looked_up = 100 * size
WHERE id = :id;

-- name: shrink_chunk!
-- Leaves only some of a locked chunk's events in it. Uses chunks_pkey.
UPDATE chunks
SET size = :size, payload = :payload, first_event_id = :first_event_id, last_event_id = :last_event_id,
    looked_up = least(looked_up, 100 * :size)
WHERE id = :id;

-- name: note_looked_up!
-- How far the chunk's look-ups are; never less than before. A figure lost in a crash is no harm.
WITH volatile AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
UPDATE chunks SET looked_up = greatest(looked_up, :looked_up)
FROM volatile
WHERE id = :id AND lease_token = :token;

-- name: delete_chunk!
-- Forgets a chunk whose events went elsewhere. Uses chunks_pkey.
DELETE FROM chunks WHERE id = :id;

-- name: assign_events_to_chunk!
-- Events that are persisted follow their chunk when it is taken apart. Uses events_pkey.
UPDATE events SET chunk_id = :chunk_id WHERE id = ANY(:event_ids::uuid[]);

-- name: inherit_times!
-- The parts of a chunk are as old as it is, and are through since it is. Uses chunks_pkey.
UPDATE chunks SET created_at = whole.created_at, finished_at = whole.finished_at
FROM chunks AS whole
WHERE whole.id = :id AND chunks.id = ANY(:parts::bigint[]);

-- name: has_chunks_in^
-- Whether an operation has chunks in some states. Uses chunks_operation.
SELECT 1 FROM chunks WHERE operation_id = :operation_id AND state = ANY(:states::text[]) LIMIT 1;

-- name: take_chunks_in
-- Takes the chunks of an operation out that are in some states; waits for those that a step is moving on. Uses
-- chunks_operation.
WITH taken AS MATERIALIZED (
    SELECT id FROM chunks
    WHERE operation_id = :operation_id AND state = ANY(:states::text[])
    ORDER BY id
    FOR UPDATE
)
DELETE FROM chunks USING taken WHERE chunks.id = taken.id
RETURNING chunks.replayed, chunks.payload;

-- name: settle_in_operation!
-- Adds what became of some events to their operation, and ends it with the last one. Uses operations_pkey.
UPDATE operations
SET handled = handled + :handled, failed = failed + :failed, duplicate = duplicate + :duplicate,
    cancelled = cancelled + :cancelled,
    finished_at = CASE
        WHEN handled + failed + duplicate + cancelled + :handled + :failed + :duplicate + :cancelled >= total THEN :now
    END
WHERE id = :id;

-- name: take_standing_chunks
-- Chunks that nobody works on and that have not moved for their pause: the oldest :limit, marked with the next pause.
-- Uses chunks_unpublished.
WITH standing AS MATERIALIZED (
    SELECT id FROM chunks
    WHERE is_unpublished AND sweep_at <= :now AND (lease_until IS NULL OR lease_until <= :now)
    ORDER BY first_event_id
    LIMIT :limit
    FOR UPDATE SKIP LOCKED
)
UPDATE chunks
SET sweeps = sweeps + 1,
    sweep_at = :now + least(:grace_seconds * power(2, least(sweeps, 16)), :longest_pause_seconds) * interval '1 second'
FROM standing
WHERE chunks.id = standing.id
RETURNING chunks.id, chunks.state, chunks.services;
