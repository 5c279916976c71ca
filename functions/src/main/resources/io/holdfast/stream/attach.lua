-- Adds (or moves) a subscriber, leased to the caller.
-- ARGV: subscriber, base, cursor, holder, lease end, active life
local turn = load_turn()
if not turn then
  return {'missing'}
end
local s = {
  base = tonumber(ARGV[2]),
  cursor = math.min(tonumber(ARGV[3]), turn.last_cursor),
}
give_lease(s, ARGV[4], tonumber(ARGV[5]))
save_subscriber(ARGV[1], s)
if not turn.ended then
  renew(ARGV[6])
end
return {'subscribed', turn.status, turn.next}
