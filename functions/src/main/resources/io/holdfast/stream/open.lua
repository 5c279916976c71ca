-- Raises the stream's fence, or only looks.
-- ARGV: fence (0: look), active life
local fence = tonumber(ARGV[1])
local turn = load_turn()
if not turn then
  return {'missing'}
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
  for field, s in pairs(all_subscribers()) do
    if s.holder ~= '' and s.holder == turn.writer then
      free_lease(s)
      save_subscriber(field, s)
    end
  end
end
renew(ARGV[2])
return {'claimed', turn.next, turn.begun}
