-- Removes a subscriber, or only if the holder still delivers to it.
-- ARGV: subscriber, holder ('': whoever delivers to it)
local s = ARGV[2] ~= '' and load_subscriber(ARGV[1])
if not s or s.holder == ARGV[2] then
  redis.call('HDEL', KEYS[3], ARGV[1])
end
return {'detached'}
