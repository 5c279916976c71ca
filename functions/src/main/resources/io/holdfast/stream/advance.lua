-- Stores how far a subscriber got and takes the next entries, or gives the lease back.
-- ARGV: subscriber, cursor, holder, now, lease end, active life, most entries, most bytes
local field = ARGV[1]
local holder = ARGV[3]
local turn = load_turn()
if not turn then
  return {'missing'}
end
local s = load_subscriber(field)
if not s then
  return {'lost'}
end
if s.holder == holder then
  move_cursor(turn, s, tonumber(ARGV[2]))
elseif not is_free(s, tonumber(ARGV[4])) then
  return {'lost'}
end
-- Whoever takes a free subscriber goes on at the stored cursor: only the holder's word counts.
if turn.rests and s.cursor > turn.next then
  redis.call('HDEL', KEYS[3], field)
  return {'done'}
end
if not turn.ended then
  renew(ARGV[6])
end
if not turn.rests and s.cursor >= turn.next then
  free_lease(s)
  save_subscriber(field, s)
  return {'idle'}
end
give_lease(s, holder, tonumber(ARGV[5]))
save_subscriber(field, s)

local most = tonumber(ARGV[7])
local room = tonumber(ARGV[8])
local chunks = {}
local cursor = s.cursor
-- In pages, so that large entries are not all read to be thrown away.
while cursor < turn.next and #chunks < most and room > 0 do
  local page = redis.call('XRANGE', KEYS[1], text(cursor + 1) .. '-0', '+',
    'COUNT', math.min(32, most - #chunks))
  if #page == 0 then
    return redis.error_reply('HOLDFAST the stream of ' .. KEYS[2] .. ' lacks entries')
  end
  for _, entry in ipairs(page) do
    local chunk = entry[2][2]
    room = room - #chunk
    if room < 0 and #chunks > 0 then
      break
    end
    chunks[#chunks + 1] = chunk
    cursor = cursor + 1
  end
end
local ends = turn.rests and cursor == turn.next
return {'more', s.cursor, ends and 1 or 0, chunks}
