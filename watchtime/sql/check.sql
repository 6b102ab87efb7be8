-- name: all_observations
-- Every stored event that carries watch time, pair by pair in the order of counting, and whether its chunk is still
-- under way. Sorts the whole table, on disk if need be.
SELECT event.user_key, event.item_key, event.type,
    (extract(epoch FROM event.time) * 1000000)::bigint, event.id::text, event.data::text,
    chunk.id IS NOT NULL
FROM events AS event
LEFT JOIN chunks AS chunk ON chunk.id = event.chunk_id AND chunk.is_pending
WHERE event.type = ANY(:types::text[])
ORDER BY event.user_key, event.item_key, event.time, event.id;

-- name: all_pairs
-- Every pair, in the order of all_observations. Uses watch_time_pairs_user_movie.
SELECT user_key, movie, watch_seconds, latest_moment, furthest_moment, last_time_us, last_event_id::text
FROM watch_time_pairs
ORDER BY user_key, movie;

-- name: wrong_movies
-- Movies whose total is not the sum over their pairs.
SELECT movie, coalesce(total.watch_seconds, 0), coalesce(total.viewers, 0),
    coalesce(pairs.seconds, 0)::bigint, coalesce(pairs.viewers, 0)
FROM watch_time_movies AS total
FULL JOIN (
    SELECT movie, sum(watch_seconds) AS seconds, count(*) AS viewers FROM watch_time_pairs GROUP BY movie
) AS pairs USING (movie)
WHERE (total.watch_seconds, total.viewers) IS DISTINCT FROM (pairs.seconds, pairs.viewers)
ORDER BY movie;

-- name: wrong_users
-- Users whose total is not the sum over their pairs.
SELECT user_key, coalesce(total.watch_seconds, 0), coalesce(total.movies, 0),
    coalesce(pairs.seconds, 0)::bigint, coalesce(pairs.movies, 0)
FROM watch_time_users AS total
FULL JOIN (
    SELECT user_key, sum(watch_seconds) AS seconds, count(*) AS movies FROM watch_time_pairs GROUP BY user_key
) AS pairs USING (user_key)
WHERE (total.watch_seconds, total.movies) IS DISTINCT FROM (pairs.seconds, pairs.movies)
ORDER BY user_key;

-- name: lock_movie^
-- Makes sure of a movie's row and holds it: chunks that bring more for it wait. Uses watch_time_movies_pkey.
INSERT INTO watch_time_movies AS total (movie) VALUES (:movie)
ON CONFLICT (movie) DO UPDATE SET viewers = total.viewers
RETURNING movie;

-- name: mend_movie!
-- Sets a locked movie's total to the sum over its pairs. Reads all pairs: it is for repairs.
UPDATE watch_time_movies SET (watch_seconds, viewers) = (
    SELECT coalesce(sum(watch_seconds), 0), count(*) FROM watch_time_pairs WHERE movie = :movie
)
WHERE movie = :movie;

-- name: lock_user^
-- Makes sure of a user's row and holds it. Uses watch_time_users_pkey.
INSERT INTO watch_time_users AS total (user_key) VALUES (:user)
ON CONFLICT (user_key) DO UPDATE SET movies = total.movies
RETURNING user_key;

-- name: mend_user!
-- Sets a locked user's total to the sum over their pairs. Uses watch_time_pairs_user_movie.
UPDATE watch_time_users SET (watch_seconds, movies) = (
    SELECT coalesce(sum(watch_seconds), 0), count(*) FROM watch_time_pairs WHERE user_key = :user
)
WHERE user_key = :user;
