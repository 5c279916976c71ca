-- Drops a stream that has lost its last entries.
-- ARGV: entries that it had at least
local turn = load_turn()
if not turn then
  return {'missing'}
end
if turn.next < tonumber(ARGV[1]) then
  drop_turn()
  return {'missing'}
end
return {'whole'}
