-- A token bucket in one number (GCRA): the time at which the bucket will be full again.
-- KEYS[1] the bucket; ARGV: now, milliseconds per token, tokens at once.
-- Answers 0 if a token was taken, else the milliseconds until there is one.
local now, interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local full = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
local wait = full - now - interval * (burst - 1)
if wait > 0 then
  return math.ceil(wait)
end
local next_full = full + interval
redis.call('SET', KEYS[1], string.format('%.3f', next_full), 'PX', math.ceil(next_full - now) + 1000)
return 0
