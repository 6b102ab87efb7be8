-- name: pairs_of_partition
-- The next :limit pairs that a partition has observations of. Uses its index on user, item and time, in order.
SELECT user_key, item_key FROM {partition}
WHERE type = ANY(:types::text[]) AND item_key IS NOT NULL AND (user_key, item_key) > (:user, :movie)
GROUP BY user_key, item_key
ORDER BY user_key, item_key
LIMIT :limit;

-- name: observations_under_way_too
-- All stored events of some pairs, and whether each one's chunk is still under way. Uses events_user_item_time in every
-- partition, and chunks_pkey.
SELECT event.user_key, event.item_key, event.type,
    (extract(epoch FROM event.time) * 1000000)::bigint, event.id::text, event.data::text, chunk.id IS NOT NULL
FROM unnest(:users::text[], :movies::text[]) AS pair (users, movies)
JOIN events AS event ON event.user_key = pair.users AND event.item_key = pair.movies
LEFT JOIN chunks AS chunk ON chunk.id = event.chunk_id AND chunk.is_pending
WHERE event.type = ANY(:types::text[]);

-- name: write_baselines!
-- Keeps the baselines of pairs that are locked. Uses watch_time_baselines_pkey.
INSERT INTO watch_time_baselines AS baseline
    (user_key, movie, watch_seconds, latest_moment, furthest_moment, last_time_us, last_event_id)
SELECT * FROM unnest(
    :users::text[], :movies::text[], :watch_seconds::bigint[], :latest_moments::bigint[], :furthest_moments::bigint[],
    :last_times_us::bigint[], :last_event_ids::uuid[]
)
ON CONFLICT (user_key, movie) DO UPDATE
SET watch_seconds = excluded.watch_seconds, latest_moment = excluded.latest_moment,
    furthest_moment = excluded.furthest_moment, last_time_us = excluded.last_time_us,
    last_event_id = excluded.last_event_id;

-- name: baselines_of
-- The baselines of some pairs. Uses watch_time_baselines_pkey.
SELECT user_key, movie, watch_seconds, latest_moment, furthest_moment, last_time_us, last_event_id::text
FROM unnest(:users::text[], :movies::text[]) AS wanted (users, movies)
JOIN watch_time_baselines ON user_key = wanted.users AND movie = wanted.movies;

-- name: all_baselines
-- Every baseline, in the order of all_observations. Uses watch_time_baselines_pkey.
SELECT user_key, movie, watch_seconds, latest_moment, furthest_moment, last_time_us, last_event_id::text
FROM watch_time_baselines
ORDER BY user_key, movie;
