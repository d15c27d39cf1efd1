// Run by mongosh. Joins the mongod of HOSTS (comma-separated, with ports) into the replica set "starling", unless they
// have joined already, waits until the set has a primary, and gives it the user "starling" with PASSWORD. Logs in as a
// member does, with MEMBERS_KEY, because a set without users lets nobody else in.
/* global connect, process, setTimeout */
const { HOSTS, MEMBERS_KEY, PASSWORD } = process.env;
const hosts = HOSTS.split(",");
const login = `__system:${encodeURIComponent(MEMBERS_KEY)}`;

const first = await connect(`mongodb://${login}@${hosts[0]}/local?directConnection=true`);
try {
  await first.adminCommand({ replSetGetStatus: 1 });
} catch (error) {
  if (error.codeName !== "NotYetInitialized") throw error;
  const members = hosts.map((host, _id) => ({ _id, host }));
  await first.adminCommand({ replSetInitiate: { _id: "starling", members } });
}
for (let tries = 0; ; tries += 1) {
  const { members } = await first.adminCommand({ replSetGetStatus: 1 });
  if (members.some(({ stateStr }) => stateStr === "PRIMARY")) break;
  if (tries === 120) throw new Error("The replica set had no primary within a minute");
  await new Promise((resolve) => setTimeout(resolve, 500));
}

// The password may have been changed since the last time.
const set = await connect(`mongodb://${login}@${HOSTS}/starling?replicaSet=starling&authSource=local`);
const user = { pwd: PASSWORD, roles: [{ role: "readWrite", db: "starling" }] };
const { users } = await set.runCommand({ usersInfo: "starling" });
await set.runCommand({ [users.length > 0 ? "updateUser" : "createUser"]: "starling", ...user });
