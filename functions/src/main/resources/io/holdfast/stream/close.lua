-- Ends a turn, once, and leases all its subscribers to the caller.
-- ARGV: status, holder, lease end, ended life, the last chunks
local turn = load_turn()
if not turn then
  return {'missing'}
end
if turn.ended then
  return {'already', turn.status}
end
add_chunks(turn, 5, #ARGV)
redis.call('HSET', KEYS[2], 'next', text(turn.next), 'status', ARGV[1])
local leased = {}
for field, s in pairs(all_subscribers()) do
  give_lease(s, ARGV[2], tonumber(ARGV[3]))
  save_subscriber(field, s)
  leased[#leased + 1] = {field, s.base, s.cursor}
end
renew(ARGV[4])
return {'won', turn.next, leased}
