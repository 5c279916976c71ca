-- Put before every script.
-- KEYS[1] the chunks (stream), KEYS[2] the turn (hash), KEYS[3] the subscribers (hash).
-- Times are epoch milliseconds and come as arguments; so do lives and leases, in milliseconds.

-- Numbers as Redis texts: Lua's own conversion turns 1e15 into "1e+15".
local function text(number)
  return string.format('%.0f', number)
end

-- A field of the subscribers' hash that is none of them: Redis keeps no empty hash, and one that is
-- lost must not look like one that is empty.
local MARKER = '-'

-- The turn, or nil if it is not there or not whole: Redis may evict one key of the three. A stream
-- that lacks entries would be delivered as a gap, one that lacks its subscribers to nobody.
local function load_turn()
  local found = redis.call('HMGET', KEYS[2], 'status', 'fence', 'next', 'begun', 'writer',
    'continued')
  if not found[1] then
    return nil
  end
  local turn = {
    status = found[1],
    fence = tonumber(found[2]),
    next = tonumber(found[3]),
    begun = tonumber(found[4]),
    writer = found[5] or '',
    continued = tonumber(found[6]),
  }
  turn.ended = turn.status ~= 'running' and turn.status ~= 'waiting'
  -- Nothing more comes for those who read now: the turn has ended, or waits for a human.
  turn.rests = turn.ended or turn.status == 'waiting'
  -- The end counts as one more entry.
  turn.last_cursor = turn.rests and turn.next + 1 or turn.next
  if redis.call('XLEN', KEYS[1]) ~= turn.next
    or redis.call('HEXISTS', KEYS[3], MARKER) == 0 then
    return nil
  end
  return turn
end

local function drop_turn()
  redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
end

-- Entry ids are <sequence+1>-0: Redis refuses 0-0.
local function add_chunks(turn, from, to)
  for i = from, to do
    turn.next = turn.next + 1
    redis.call('XADD', KEYS[1], text(turn.next) .. '-0', 'c', ARGV[i])
  end
end

-- A subscriber is stored as "<base> <cursor> <lease> <holder>"; no holder: nobody delivers to it.
local function parse_subscriber(value)
  local base, cursor, lease, holder = string.match(value, '^(%d+) (%d+) (%d+) (.*)$')
  return {
    base = tonumber(base),
    cursor = tonumber(cursor),
    lease = tonumber(lease),
    holder = holder,
  }
end

local function load_subscriber(field)
  local value = redis.call('HGET', KEYS[3], field)
  return value and parse_subscriber(value) or nil
end

local function all_subscribers()
  local found = {}
  local all = redis.call('HGETALL', KEYS[3])
  for i = 1, #all, 2 do
    if all[i] ~= MARKER then
      found[all[i]] = parse_subscriber(all[i + 1])
    end
  end
  return found
end

local function save_subscriber(field, s)
  redis.call('HSET', KEYS[3], field,
    text(s.base) .. ' ' .. text(s.cursor) .. ' ' .. text(s.lease) .. ' ' .. s.holder)
end

local function give_lease(s, holder, lease)
  s.holder = holder
  s.lease = lease
end

local function free_lease(s)
  give_lease(s, '', 0)
end

local function is_free(s, now)
  return s.holder == '' or s.lease <= now
end

-- A cursor never goes back, nor beyond the end.
local function move_cursor(turn, s, reported)
  s.cursor = math.max(s.cursor, math.min(reported, turn.last_cursor))
end

local function renew(life)
  for i = 1, 3 do
    redis.call('PEXPIRE', KEYS[i], life)
  end
end
