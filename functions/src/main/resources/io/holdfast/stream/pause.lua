-- Lets a turn wait for a human: its readers get the end. Not if an answer has come meanwhile.
-- ARGV: continuations that the caller knows of, active life
local turn = load_turn()
if not turn then
  return {'missing'}
end
if turn.ended then
  return {'ended', turn.status}
end
if turn.continued > tonumber(ARGV[1]) then
  return {'outdated'}
end
redis.call('HSET', KEYS[2], 'status', 'waiting', 'continued', ARGV[1])
renew(ARGV[2])
return {'paused'}
