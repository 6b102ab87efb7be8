-- name: create_pairs
-- Makes rows for pairs that have none, with what is counted for them, before any other is locked and read: two chunks
-- that bring the same new pair at the same moment meet on its row, and one of them makes it. Answers the pairs made.
-- Keys come sorted, so the two cannot wait for each other. Uses watch_time_pairs_user_movie.
INSERT INTO watch_time_pairs
    (user_key, movie, watch_seconds, latest_moment, furthest_moment, last_time_us, last_event_id, updated_at)
SELECT *, :now
FROM unnest(
    :users::text[], :movies::text[], :watch_seconds::bigint[], :latest_moments::bigint[], :furthest_moments::bigint[],
    :last_times_us::bigint[], :last_event_ids::uuid[]
)
ON CONFLICT DO NOTHING
RETURNING user_key, movie;

-- name: lock_pairs
-- Locks pairs in the order of their keys. Uses watch_time_pairs_user_movie.
SELECT id, user_key, pair.movie, watch_seconds, latest_moment, furthest_moment, last_time_us, last_event_id::text
FROM watch_time_pairs AS pair
JOIN unnest(:users::text[], :movies::text[]) AS wanted (users, movies)
    ON pair.user_key = wanted.users AND pair.movie = wanted.movies
ORDER BY user_key, pair.movie
FOR UPDATE OF pair;

-- name: update_pairs!
-- Writes what is counted for pairs that are locked. Uses watch_time_pairs_pkey.
UPDATE watch_time_pairs AS pair
SET watch_seconds = new.watch_seconds, latest_moment = new.latest_moment, furthest_moment = new.furthest_moment,
    last_time_us = new.last_time_us, last_event_id = new.last_event_id, updated_at = :now
FROM unnest(
    :ids::bigint[], :watch_seconds::bigint[], :latest_moments::bigint[], :furthest_moments::bigint[],
    :last_times_us::bigint[], :last_event_ids::uuid[]
) AS new (id, watch_seconds, latest_moment, furthest_moment, last_time_us, last_event_id)
WHERE pair.id = new.id;

-- name: delete_pairs!
-- Forgets pairs that no event speaks of any more. Uses watch_time_pairs_pkey.
DELETE FROM watch_time_pairs WHERE id = ANY(:ids::bigint[]);

-- name: add_to_movies!
-- Adds to the totals of movies, in the order of their keys. Uses watch_time_movies_pkey.
INSERT INTO watch_time_movies AS total (movie, watch_seconds, viewers)
SELECT * FROM unnest(:movies::text[], :seconds::bigint[], :pairs::bigint[])
ON CONFLICT (movie) DO UPDATE
SET watch_seconds = total.watch_seconds + excluded.watch_seconds, viewers = total.viewers + excluded.viewers;

-- name: add_to_users!
-- Adds to the totals of users, in the order of their keys. Uses watch_time_users_pkey.
INSERT INTO watch_time_users AS total (user_key, watch_seconds, movies)
SELECT * FROM unnest(:users::text[], :seconds::bigint[], :pairs::bigint[])
ON CONFLICT (user_key) DO UPDATE
SET watch_seconds = total.watch_seconds + excluded.watch_seconds, movies = total.movies + excluded.movies;

-- name: delete_empty_movies!
-- Forgets movies that nobody watches any more. Uses watch_time_movies_pkey.
DELETE FROM watch_time_movies WHERE movie = ANY(:movies::text[]) AND viewers = 0;

-- name: delete_empty_users!
-- Forgets users that watch nothing any more. Uses watch_time_users_pkey.
DELETE FROM watch_time_users WHERE user_key = ANY(:users::text[]) AND movies = 0;

-- name: stored_observations
-- All counted events of some pairs: those of chunks under way are not. Uses events_user_item_time in every partition,
-- and chunks_pkey.
SELECT event.user_key, event.item_key, event.type,
    (extract(epoch FROM event.time) * 1000000)::bigint, event.id::text, event.data::text
FROM unnest(:users::text[], :movies::text[]) AS pair (users, movies)
JOIN events AS event ON event.user_key = pair.users AND event.item_key = pair.movies
WHERE event.type = ANY(:types::text[])
    AND NOT EXISTS (SELECT 1 FROM chunks WHERE chunks.id = event.chunk_id AND chunks.is_pending);

-- name: neighbours
-- Of late heartbeats: the heartbeats counted next before and next after each. Those of one moment are told apart by
-- their ids, which the index does not hold. Uses events_user_item_time in every partition, and chunks_pkey.
SELECT
    (extract(epoch FROM before.time) * 1000000)::bigint, before.id::text, before.type, before.data::text,
    (extract(epoch FROM after.time) * 1000000)::bigint, after.id::text, after.type, after.data::text
FROM unnest(:users::text[], :movies::text[], :times::timestamptz[], :ids::uuid[])
    WITH ORDINALITY AS late (users, movies, time, id, position)
LEFT JOIN LATERAL (
    SELECT * FROM (
        SELECT time, id, type, data FROM events AS event
        WHERE user_key = late.users AND item_key = late.movies AND type = ANY(:types::text[])
            AND (time, id) < (late.time, late.id)
            AND NOT EXISTS (SELECT 1 FROM chunks WHERE chunks.id = event.chunk_id AND chunks.is_pending)
        ORDER BY time DESC
        FETCH FIRST ROW WITH TIES
    ) AS latest
    ORDER BY id DESC
    LIMIT 1
) AS before ON true
LEFT JOIN LATERAL (
    SELECT * FROM (
        SELECT time, id, type, data FROM events AS event
        WHERE user_key = late.users AND item_key = late.movies AND type = ANY(:types::text[])
            AND (time, id) > (late.time, late.id)
            AND NOT EXISTS (SELECT 1 FROM chunks WHERE chunks.id = event.chunk_id AND chunks.is_pending)
        ORDER BY time
        FETCH FIRST ROW WITH TIES
    ) AS earliest
    ORDER BY id
    LIMIT 1
) AS after ON true
ORDER BY late.position;
