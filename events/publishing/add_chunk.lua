-- Takes a published chunk into account, unless it has been. Nothing else runs meanwhile, and it is not cut off: what
-- Redis refuses keeps back nothing else, and is counted. Returns whether it was the first time, then the refusals.
-- KEYS: chunks, feed, drops
-- ARGV: chunk, now (seconds), chunks remembered, feed length,
--       what live statistics change (a JSON array of Redis commands), feed entries ...
local chunk, now, remembered, feed_length, changes = unpack(ARGV, 1, 5)

-- First of all, since nothing is refused for lack of memory once something is written.
if redis.call('ZADD', KEYS[1], 'NX', now, chunk) == 0 then
    return {0}
end
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -remembered - 1)

local result = {1}
local function run(...)
    local reply = redis.pcall(...)
    if type(reply) == 'table' and reply.err then
        table.insert(result, reply.err)
    end
end
for position = 6, #ARGV do
    run('XADD', KEYS[2], 'MAXLEN', '~', feed_length, '*', 'events', ARGV[position])
end
for _, command in ipairs(cjson.decode(changes)) do
    run(unpack(command))
end
if #result > 1 then
    redis.pcall('HINCRBY', KEYS[3], 'refused', #result - 1)
end
return result
