-- Takes a published chunk into account, unless it has been. Nothing else runs meanwhile, and it is not cut off.
-- KEYS: chunks, feed, casino's total, first, this second, bets, wins, deposits
-- ARGV: chunk, now (seconds), chunks remembered, feed length,
--       number of feed entries, entries ...,
--       number of casino events, then for each of bets, wins and deposits: number of players, (player, score) ...
local chunk, now, remembered, feed_length = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local position = 4

local function next_argument()
    position = position + 1
    return ARGV[position]
end

if redis.call('ZADD', KEYS[1], 'NX', now, chunk) == 0 then
    return 0
end
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -remembered - 1)

for _ = 1, tonumber(next_argument()) do
    redis.call('XADD', KEYS[2], 'MAXLEN', '~', feed_length, '*', 'events', next_argument())
end

local events = next_argument()
if events ~= '0' then
    redis.call('INCRBY', KEYS[3], events)
    redis.call('SET', KEYS[4], now, 'NX')
    redis.call('INCRBY', KEYS[5], events)
    redis.call('EXPIRE', KEYS[5], 120)
    for board = 6, 8 do
        for _ = 1, tonumber(next_argument()) do
            local player = next_argument()
            redis.call('ZINCRBY', KEYS[board], next_argument(), player)
        end
    end
end
return 1
