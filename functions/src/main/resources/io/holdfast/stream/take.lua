-- Leases to the caller the subscribers that nobody delivers to and that lack something.
-- ARGV: holder, now, lease end, active life
local holder = ARGV[1]
local now = tonumber(ARGV[2])
local turn = load_turn()
if not turn then
  return {'missing'}
end
local leased = {}
local held = 0
for field, s in pairs(all_subscribers()) do
  if is_free(s, now) then
    -- One that has the end and is still there goes when its taker says so.
    if turn.rests or s.cursor < turn.next then
      give_lease(s, holder, tonumber(ARGV[3]))
      save_subscriber(field, s)
      leased[#leased + 1] = {field, s.base, s.cursor}
    end
  elseif s.holder ~= holder then
    held = held + 1
  end
end
if not turn.ended then
  renew(ARGV[4])
end
return {'taken', leased, held}
