-- name: top_movies
-- Movies by watch time, most first, after a position. Uses watch_time_movies_rank, and sorts within a rank.
SELECT movie, watch_seconds, viewers FROM watch_time_movies
WHERE :after_seconds::bigint IS NULL
    OR (rank <= floor(50 * ln(greatest(:after_seconds::bigint, 1)::double precision))
        AND (watch_seconds < :after_seconds OR (watch_seconds = :after_seconds AND movie > :after_key)))
ORDER BY rank DESC, watch_seconds DESC, movie
LIMIT :limit;

-- name: top_users
-- Users by watch time, most first, after a position. Uses watch_time_users_rank, and sorts within a rank.
SELECT user_key, watch_seconds, movies FROM watch_time_users
WHERE :after_seconds::bigint IS NULL
    OR (rank <= floor(50 * ln(greatest(:after_seconds::bigint, 1)::double precision))
        AND (watch_seconds < :after_seconds OR (watch_seconds = :after_seconds AND user_key > :after_key)))
ORDER BY rank DESC, watch_seconds DESC, user_key
LIMIT :limit;
