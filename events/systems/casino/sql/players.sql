-- name: kind_of_relation^
-- What the relation of that name is: r or p for a table; no row if there is none.
SELECT relkind::text FROM pg_class WHERE oid = to_regclass(:table);

-- name: columns_of_table
-- Each column: its name, the name of its type below domains, and its type as it is written.
SELECT attname::text, coalesce(base.typname, type.typname)::text, format_type(atttypid, atttypmod)
FROM pg_attribute
JOIN pg_type AS type ON type.oid = atttypid
LEFT JOIN pg_type AS base ON base.oid = nullif(type.typbasetype, 0)
WHERE attrelid = to_regclass(:table) AND attnum > 0 AND NOT attisdropped;

-- name: ambiguous_players^
-- Whether there are players without a number, and numbers of several players.
SELECT
    EXISTS (SELECT 1 FROM players WHERE id IS NULL),
    EXISTS (SELECT 1 FROM players WHERE id IS NOT NULL GROUP BY id HAVING count(*) > 1);

-- name: has_unique_id^
-- Whether an index, that of a primary key perhaps, keeps each number to one row.
SELECT 1
FROM pg_index
JOIN pg_attribute ON attrelid = indrelid AND attname = 'id'
WHERE indrelid = to_regclass(:table) AND indisunique AND indisvalid AND indpred IS NULL
    AND indnkeyatts = 1 AND indkey[0] = attnum;

-- name: add_unique_id#
-- A number finds one player, by an index.
CREATE UNIQUE INDEX players_id ON players (id);
