-- Stores how far a subscriber got and gives its lease back, though there may be more.
-- ARGV: subscriber, cursor, holder
local turn = load_turn()
local s = turn and load_subscriber(ARGV[1])
if s and s.holder == ARGV[3] then
  move_cursor(turn, s, tonumber(ARGV[2]))
  if turn.rests and s.cursor > turn.next then
    redis.call('HDEL', KEYS[3], ARGV[1])
  else
    free_lease(s)
    save_subscriber(ARGV[1], s)
  end
end
return {'released'}
