/**
 * Lua for scripts: `epoch()` names the stretch of time in which this server process has been the master of its data
 * without a break, `''` on a replica.
 *
 * A Redis that was killed and came back with its data, and a replica that took over, have lost what was written last,
 * although it was acknowledged. Whatever must hold everything that was ever written to it is therefore believed in the
 * epoch in which it was made, and at no other time.
 *
 * The name is the server's replication id: drawn at random when a process starts as a master, when a replica becomes
 * one, and never used again; a replica has its master's, hence the look at the role. (A master whose first replica comes
 * draws a new one too: then lists are built once for nothing.) It is read inside of the script,
 * which runs at one moment on one server: so no reconnection, fail-over or moving slot can come between the look and
 * what is believed because of it. It costs 7 microseconds, so scripts ask for it once, and only when they must.
 */
export const LUA_EPOCH = `
local function epoch()
  local info = redis.call('INFO', 'replication')
  if not string.find(info, 'role:master', 1, true) then return '' end
  return string.match(info, 'master_replid:(%x+)')
end
`;
