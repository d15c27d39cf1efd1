import type { Script } from "../redis/connection.ts";
import { LUA_EPOCH } from "../redis/epoch.ts";

/*
 * A user's list is one Redis list, sorted from the newest id to the oldest, with a mark as the last entry. Redis has no
 * empty lists, so a list without ids consists of the mark. The mark also holds the metadata of the list, so that an
 * eviction takes ids and metadata together:
 *
 *   0000000000000000000  smaller than any id, so that every id sorts before it
 *   b | r                being built, or ready
 *   1 | 0                complete, or incomplete
 *   40 hex digits        the epoch in which the list was begun
 *   the rest             the version
 *
 * A list is cut only when it exceeds its length by some slack, but counts as cut from the first excess id. The time to
 * live is set once, when the list is begun, so the elapsed part of that time is the age of the list.
 */

/** Functions shared by the scripts. Positions count from 1. */
const COMMON = `
local STATE, COMPLETE, EPOCH, VERSION = 20, 21, 22, 62

local function set_complete(mark, flag)
  return string.sub(mark, 1, STATE) .. flag .. string.sub(mark, EPOCH)
end

local function cut(key, length)
  local mark = redis.call('RPOP', key)
  redis.call('LTRIM', key, 0, length - 1)
  redis.call('RPUSH', key, set_complete(mark, '0'))
end

local function is_of_epoch(mark, now)
  return now ~= '' and string.sub(mark, EPOCH, VERSION - 1) == now
end
`;

/**
 * KEYS: lists; ARGV: id, length, slack. Most ids are newer than the first id and go in front of it, which takes two
 * commands. Others are inserted by a search from the front, since an id is seldom late by much.
 */
export const PUSH: Script = {
  name: "timelinePush",
  lua: `${COMMON}
local id, length = ARGV[1], tonumber(ARGV[2])
local most = length + 1 + tonumber(ARGV[3])

local function insert(key)
  if redis.call('LLEN', key) > length + 1 then cut(key, length) end
  local at = 0
  while true do
    for _, other in ipairs(redis.call('LRANGE', key, at, at + 31)) do
      if other == id then return end
      if other < id then
        -- Skip an id below the end of a cut list: readers find it in the store. Inserted here, it would claim that no
        -- other ids are missing between the old end and itself.
        if #other >= VERSION and string.sub(other, COMPLETE, COMPLETE) == '0' then return end
        redis.call('LINSERT', key, 'BEFORE', other, id)
        return
      end
    end
    at = at + 32
  end
end

for _, key in ipairs(KEYS) do
  local first = redis.call('LINDEX', key, 0)
  if first then
    if first < id then
      if redis.call('LPUSH', key, id) > most then cut(key, length) end
    elseif first ~= id then
      insert(key)
    end
  end
end
`,
};

/**
 * KEYS: list; ARGV: before ('' for none), limit, length. Returns false, or complete, version, tail ('' for none), ids.
 */
export const READ: Script = {
  name: "timelineRead",
  lua: `${COMMON}${LUA_EPOCH}
local key, before, length = KEYS[1], ARGV[1], tonumber(ARGV[3])
local mark = redis.call('LINDEX', key, -1)
if not mark or string.sub(mark, STATE, STATE) ~= 'r' or not is_of_epoch(mark, epoch()) then return false end

local count = redis.call('LLEN', key) - 1
local complete = string.sub(mark, COMPLETE, COMPLETE)
if count > length then
  count, complete = length, '0'
end

local from = 0
if before ~= '' then
  local high = count
  while from < high do
    local middle = math.floor((from + high) / 2)
    if redis.call('LINDEX', key, middle) < before then high = middle else from = middle + 1 end
  end
end
local to = math.min(from + tonumber(ARGV[2]), count)
local ids = {}
if to > from then ids = redis.call('LRANGE', key, from, to - 1) end
local tail = ''
if count > 0 then tail = redis.call('LINDEX', key, count - 1) end
return {complete, string.sub(mark, VERSION), tail, ids}
`,
};

/**
 * KEYS: list; ARGV: version, time to live and time to build in milliseconds. Returns 1, or 0 when the list is ready or
 * being built.
 */
export const BEGIN: Script = {
  name: "timelineBegin",
  lua: `${COMMON}${LUA_EPOCH}
local key, ttl = KEYS[1], tonumber(ARGV[2])
local now = epoch()
local mark = redis.call('LINDEX', key, -1)
if mark and is_of_epoch(mark, now) then
  if string.sub(mark, STATE, STATE) == 'r' then return 0 end
  if ttl - redis.call('PTTL', key) < tonumber(ARGV[3]) then return 0 end
end
redis.call('DEL', key)
redis.call('RPUSH', key, '0000000000000000000b1' .. now .. ARGV[1])
redis.call('PEXPIRE', key, ttl)
return 1
`,
};

/**
 * KEYS: list; ARGV: version, complete ('1' or '0'), length, then ids from new to old. Returns 1, or 0 when the list is
 * gone.
 */
export const FILL: Script = {
  name: "timelineFill",
  lua: `${COMMON}${LUA_EPOCH}
local key, complete, length = KEYS[1], ARGV[2], tonumber(ARGV[3])
local mark = redis.call('LINDEX', key, -1)
if not mark or string.sub(mark, STATE, STATE) ~= 'b' or string.sub(mark, VERSION) ~= ARGV[1] then return 0 end
if not is_of_epoch(mark, epoch()) then return 0 end

local pushed = redis.call('LRANGE', key, 0, -2)
local merged, p, a = {}, 1, 4
while (pushed[p] or ARGV[a]) and #merged <= length do
  local x, y = pushed[p] or '', ARGV[a] or ''
  if x >= y then p = p + 1 end
  if y >= x then a = a + 1 end
  merged[#merged + 1] = x > y and x or y
end
if #merged > length then
  merged[#merged] = nil
  complete = '0'
end
-- If pushes cut the list during its build, the list is incomplete, even if the store was read to the end.
if string.sub(mark, COMPLETE, COMPLETE) == '0' then complete = '0' end

-- Keep the mark, so that the key stays, with its remaining time to live.
redis.call('LTRIM', key, -1, -1)
local rising = {}
for i = #merged, 1, -1 do rising[#rising + 1] = merged[i] end
-- Lua can't pass more than a few thousand arguments at once.
for i = 1, #rising, 1000 do redis.call('LPUSH', key, unpack(rising, i, math.min(i + 999, #rising))) end
redis.call('LSET', key, -1, string.sub(mark, 1, STATE - 1) .. 'r' .. complete .. string.sub(mark, EPOCH))
return 1
`,
};
