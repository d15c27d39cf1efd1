// Run by mongosh. Joins the mongod of HOSTS (comma-separated, with ports) into the replica set "starling", unless they
// have joined already, and waits until the set has a primary.
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
