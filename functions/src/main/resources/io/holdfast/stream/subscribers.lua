-- All subscribers, whoever delivers to them.
if not load_turn() then
  return {'missing'}
end
local found = {}
for field, s in pairs(all_subscribers()) do
  found[#found + 1] = {field, s.base, s.cursor}
end
return {'subscribers', found}
