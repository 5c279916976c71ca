-- Makes the stream with what it begins with, unless it is there and whole.
-- ARGV: status, begun step, continuations, now, life, the chunks
if load_turn() then
  return {'exists'}
end
drop_turn()
local turn = {next = 0}
add_chunks(turn, 6, #ARGV)
redis.call('HSET', KEYS[2], 'status', ARGV[1], 'fence', '0', 'next', text(turn.next),
  'begun', ARGV[2], 'continued', ARGV[3], 'createdAt', ARGV[4])
redis.call('HSET', KEYS[3], MARKER, '')
renew(ARGV[5])
return {'created'}
