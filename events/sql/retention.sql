-- name: count_old_rows^
-- How many rows may go. Uses the index that the table's pruning names.
SELECT count(*) FROM {table} WHERE {condition};

-- name: delete_old_rows
-- Deletes the :limit oldest rows that may go, from a position on; leaves out those that somebody else holds. Uses the
-- index that the table's pruning names.
WITH old AS MATERIALIZED (
    SELECT ctid FROM {table}
    WHERE {condition} AND (:after IS NULL OR {position} >= :after)
    ORDER BY {position} LIMIT :limit
    FOR UPDATE SKIP LOCKED
)
DELETE FROM {table} WHERE ctid = ANY (ARRAY(SELECT ctid FROM old))
RETURNING {position}, {columns};
