-- Lets a turn go on after a human's answer, and tells where it goes on.
-- ARGV: continuations with this one, active life
local turn = load_turn()
if not turn then
  return {'missing'}
end
if turn.ended then
  return {'ended', turn.status}
end
if turn.continued < tonumber(ARGV[1]) then
  redis.call('HSET', KEYS[2], 'status', 'running', 'continued', ARGV[1])
end
renew(ARGV[2])
return {'unpaused', turn.next}
