import type { Script } from "../redis/connection.ts";
import { LUA_EPOCH } from "../redis/epoch.ts";

/**
 * KEYS: sorted set; ARGV: time to live in milliseconds, then scores and members. Creates the set or adds to it. Returns
 * the epoch.
 */
export const WRITE: Script = {
  name: "presenceWrite",
  lua: `${LUA_EPOCH}
redis.call('ZADD', KEYS[1], unpack(ARGV, 2))
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return epoch()
`,
};

/**
 * KEYS: sorted set; ARGV: time to live in milliseconds, highest score of the members to remove, then scores and
 * members. Returns the epoch, or '' without a change if the set is gone, because its earlier members are lost.
 */
export const UPDATE: Script = {
  name: "presenceUpdate",
  lua: `${LUA_EPOCH}
if redis.call('PEXPIRE', KEYS[1], ARGV[1]) == 0 then return '' end
if #ARGV > 2 then redis.call('ZADD', KEYS[1], unpack(ARGV, 3)) end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[2])
return epoch()
`,
};

/**
 * KEYS: sorted set of the names of all sets, scored by the time of their last write in seconds; ARGV: name, seconds to
 * keep the name.
 */
export const REGISTER: Script = {
  name: "presenceRegister",
  lua: `
local now = redis.call('TIME')[1]
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
`,
};
