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
local all = redis.call('HGETALL', KEYS[3])
for i = 1, #all, 2 do
  local s = parse_subscriber(all[i + 1])
  give_lease(s, ARGV[2], tonumber(ARGV[3]))
  save_subscriber(all[i], s)
  leased[#leased + 1] = {all[i], s.base, s.cursor}
end
renew(ARGV[4])
return {'won', turn.next, leased}
