-- Adds those subscribers that are absent, held by nobody.
-- ARGV: active life, then triples of subscriber, base and cursor
local turn = load_turn()
if not turn then
  return {'missing'}
end
for i = 2, #ARGV, 3 do
  if redis.call('HEXISTS', KEYS[3], ARGV[i]) == 0 then
    local s = {
      base = tonumber(ARGV[i + 1]),
      cursor = math.min(tonumber(ARGV[i + 2]), turn.last_cursor),
    }
    free_lease(s)
    save_subscriber(ARGV[i], s)
  end
end
if not turn.ended then
  renew(ARGV[1])
end
return {'adopted'}
