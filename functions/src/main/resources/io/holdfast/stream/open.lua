-- Creates the stream if there is none, and raises its fence.
-- ARGV: fence (0: do not claim), now, active life
local fence = tonumber(ARGV[1])
local turn = load_turn()
if not turn then
  redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
  redis.call('HSET', KEYS[2], 'status', 'running', 'fence', ARGV[1], 'next', '0', 'begun', '0',
    'startedAt', ARGV[2])
  renew(ARGV[3])
  return {'claimed', 0, 0}
end
if turn.ended then
  return {'ended', turn.status, turn.next}
end
if fence > 0 and fence < turn.fence then
  return {'outdated', turn.fence}
end
if fence > turn.fence then
  redis.call('HSET', KEYS[2], 'fence', ARGV[1])
  -- What the older writer still holds is free: it has ended or died, and its readers shall not
  -- wait for its leases to run out.
  local all = redis.call('HGETALL', KEYS[3])
  for i = 1, #all, 2 do
    local s = parse_subscriber(all[i + 1])
    if s.holder ~= '' and s.holder == turn.writer then
      free_lease(s)
      save_subscriber(all[i], s)
    end
  end
end
renew(ARGV[3])
return {'claimed', turn.next, turn.begun}
