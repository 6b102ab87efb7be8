-- name: claim_key^
-- Claims a key, or one that has expired; waits for a request that holds it. No row: the key is taken. Uses
-- idempotent_responses_pkey.
INSERT INTO idempotent_responses AS stored (principal, route, key, body_hash, created_at)
VALUES (:principal, :route, :key, :body_hash, :now)
ON CONFLICT (principal, route, key) DO UPDATE
SET body_hash = excluded.body_hash, response = NULL, created_at = excluded.created_at
WHERE stored.created_at < :expired_before
RETURNING 1;

-- name: stored_response^
-- The response to the first request with the key. Uses idempotent_responses_pkey.
SELECT body_hash, response FROM idempotent_responses WHERE principal = :principal AND route = :route AND key = :key;

-- name: store_response!
-- Keeps the response, in the transaction that makes it true. Uses idempotent_responses_pkey.
UPDATE idempotent_responses SET response = :response
WHERE principal = :principal AND route = :route AND key = :key;
