// Run by mongosh: makes the mongod of HOSTS (comma-separated, with ports) the replica set "starling", unless they already
// are one, and waits until it has a primary.
/* global process, rs, sleep */
const hosts = process.env.HOSTS.split(",");
try {
  rs.status();
} catch (error) {
  if (error.codeName !== "NotYetInitialized") throw error;
  rs.initiate({ _id: "starling", members: hosts.map((host, _id) => ({ _id, host })) });
}
for (let tries = 0; !rs.status().members.some(({ stateStr }) => stateStr === "PRIMARY"); tries += 1) {
  if (tries === 120) throw new Error("The replica set had no primary within a minute");
  sleep(500);
}
