-- Adds chunks under a fence, takes the caller's delivery marks, and leases to the caller the
-- subscribers that nobody delivers to.
-- ARGV: fence, begun step ('0': none), entries reached, limit, holder, now, lease end, active life,
--       number of chunks, the chunks, then pairs of subscriber and cursor
local fence = tonumber(ARGV[1])
local begins = tonumber(ARGV[2])
local holder = ARGV[5]
local now = tonumber(ARGV[6])
local lease = tonumber(ARGV[7])
local count = tonumber(ARGV[9])

local turn = load_turn()
if not turn then
  return {'missing'}
end
if turn.ended then
  return {'ended', turn.status}
end
if fence < turn.fence then
  return {'outdated', turn.fence}
end
if fence > turn.fence then
  -- The stream that this fence claimed is gone; somebody has created another since.
  return {'missing'}
end
if turn.next < tonumber(ARGV[3]) then
  -- A failover has lost the last entries. Their numbers were given, and are not given again.
  drop_turn()
  return {'missing'}
end
if turn.next + count > tonumber(ARGV[4]) then
  return {'full', turn.next}
end

add_chunks(turn, 10, 9 + count)
turn.last_cursor = turn.next
redis.call('HSET', KEYS[2], 'next', text(turn.next), 'writer', holder,
  'begun', text(math.max(turn.begun, begins)))

local marks = {}
for i = 10 + count, #ARGV, 2 do
  marks[ARGV[i]] = tonumber(ARGV[i + 1])
end
local leased = {}
for field, s in pairs(all_subscribers()) do
  local mark = marks[field]
  if mark and s.holder == holder then
    move_cursor(turn, s, mark)
    give_lease(s, holder, lease)
    save_subscriber(field, s)
    marks[field] = nil
  elseif is_free(s, now) then
    give_lease(s, holder, lease)
    save_subscriber(field, s)
    marks[field] = nil
    leased[#leased + 1] = {field, s.base, s.cursor}
  end
end
local lost = {}
for field in pairs(marks) do
  lost[#lost + 1] = field
end
renew(ARGV[8])
return {'written', turn.next, leased, lost}
