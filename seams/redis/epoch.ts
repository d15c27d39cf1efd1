/**
 * Lua for scripts: `epoch()` names the period in which this server process has been the master of its data without
 * interruption; it returns `''` on a replica.
 *
 * A Redis that was killed and came back with its data may have lost its last writes, although it acknowledged them. A
 * replica that took over may lack them, too. Data that must contain every write is therefore trusted only in the epoch
 * in which the data was created.
 *
 * The name is the server's replication id. A process draws it at random when it starts as a master or is promoted, and
 * never reuses it. A replica has the id of its master, so the script also checks the role. (A master also draws a new
 * id when its first replica connects; lists are then rebuilt once without need.) The script itself reads the id,
 * because a script runs at one moment on one server: no reconnection, fail-over or moving slot can come between the
 * check and its use. Reading the id takes 7 microseconds, so scripts call `epoch()` once, and only when they must.
 */
export const LUA_EPOCH = `
local function epoch()
  local info = redis.call('INFO', 'replication')
  if not string.find(info, 'role:master', 1, true) then return '' end
  return string.match(info, 'master_replid:(%x+)')
end
`;
