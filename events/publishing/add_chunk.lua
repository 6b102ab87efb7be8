-- Takes a published chunk into account, unless it has been.
-- KEYS: chunks, feed. ARGV: chunk, now (seconds), chunks remembered, feed length, number of feed entries, entries ...
local chunk, now, remembered, feed_length, entries = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])

if redis.call('ZADD', KEYS[1], 'NX', now, chunk) == 0 then
    return 0
end
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -remembered - 1)

for index = 6, 5 + entries do
    redis.call('XADD', KEYS[2], 'MAXLEN', '~', feed_length, '*', 'events', ARGV[index])
end
return 1
