import type { Script } from "../../../mixins/redis/connection.ts";
import { LUA_EPOCH } from "../../../mixins/redis/epoch.ts";

/** KEYS: set; ARGV: time to live in milliseconds, then members. Makes the set or adds to it. Returns the epoch. */
export const WRITE: Script = {
  name: "presenceWrite",
  lua: `${LUA_EPOCH}
redis.call('SADD', KEYS[1], unpack(ARGV, 2))
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return epoch()
`,
};

/**
 * KEYS: set; ARGV: time to live in milliseconds, number of members to add, those, then members to remove. Returns the
 * epoch, or '' where the set is gone: without those who had been in it before.
 */
export const UPDATE: Script = {
  name: "presenceUpdate",
  lua: `${LUA_EPOCH}
if redis.call('PEXPIRE', KEYS[1], ARGV[1]) == 0 then return '' end
local last = 2 + tonumber(ARGV[2])
if last > 2 then redis.call('SADD', KEYS[1], unpack(ARGV, 3, last)) end
if #ARGV > last then redis.call('SREM', KEYS[1], unpack(ARGV, last + 1)) end
return epoch()
`,
};

/** KEYS: the sorted set of all sets by the second in which each was last written; ARGV: set, seconds to keep it. */
export const REGISTER: Script = {
  name: "presenceRegister",
  lua: `
local now = redis.call('TIME')[1]
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
`,
};
