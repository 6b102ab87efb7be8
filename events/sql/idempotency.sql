-- name: claim_key^
-- Claims a key, or one that has expired; waits for a request that holds it. No row: the key is taken. Uses
-- idempotent_answers_pkey.
INSERT INTO idempotent_answers AS stored (principal, route, key, body_hash, created_at)
VALUES (:principal, :route, :key, :body_hash, :now)
ON CONFLICT (principal, route, key) DO UPDATE
SET body_hash = excluded.body_hash, answer = NULL, created_at = excluded.created_at
WHERE stored.created_at < :expired_before
RETURNING 1;

-- name: stored_answer^
-- What the key's first request was answered. Uses idempotent_answers_pkey.
SELECT body_hash, answer FROM idempotent_answers WHERE principal = :principal AND route = :route AND key = :key;

-- name: store_answer!
-- Keeps the answer, in the transaction that makes it true. Uses idempotent_answers_pkey.
UPDATE idempotent_answers SET answer = :answer
WHERE principal = :principal AND route = :route AND key = :key;
