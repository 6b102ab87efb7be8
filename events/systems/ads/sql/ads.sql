-- name: ad_events_after
-- The first :limit stored events of some types past :after, up to :until, in the order in which they were received.
-- Uses events_type_id, once for each type.
SELECT page.id, data->>'eventId', data->>'eventTimestamp', data->>'eventType', data->>'parentEventId', data->>'userId',
    data->>'advertiserId', data->>'deviceId', data->>'price'
FROM unnest(:types::text[]) AS wanted (type)
CROSS JOIN LATERAL (
    SELECT id, data FROM events
    WHERE type = wanted.type AND id > :after AND id <= :until
    ORDER BY id LIMIT :limit
) AS page
ORDER BY page.id LIMIT :limit;

-- name: newest_ad_event^
-- The event of some types that was received last. Uses events_type_id.
SELECT newest.id
FROM unnest(:types::text[]) AS wanted (type)
CROSS JOIN LATERAL (SELECT id FROM events WHERE type = wanted.type ORDER BY id DESC LIMIT 1) AS newest
ORDER BY newest.id DESC LIMIT 1;
