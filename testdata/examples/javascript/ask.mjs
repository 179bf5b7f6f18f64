// Asks for a recovery and waits for its end: node ask.mjs PROBLEM [system]
import { connect } from "@nats-io/transport-node";

const [problem, system = "default"] = process.argv.slice(2);
const nc = await connect({ servers: process.env.NATS_URL ?? "127.0.0.1:4222" });
const ask = async (subject, message) => {
  const reply = await nc.request(`recovery.${system}.${subject}`, JSON.stringify(message), { timeout: 5000 });
  const said = reply.json();
  if (reply.headers?.get("Nats-Service-Error-Code")) throw new Error(`${said.field ?? subject}: ${said.text}`);
  return said;
};

// Without an answer nobody knows whether it was decided: asked again with the same id it is decided once.
const answer = await ask("call.expert.javascript.request", {
  type: "recovery.v1.request", id: crypto.randomUUID(),
  problem: { id: problem, title: "FED stuck" }, steps: [{ title: "Send a TTC hard reset", action: "ttc_hard_reset" }],
});
console.log(answer.verdict, answer.token);

let status = await ask("query.status", { token: answer.token, after: answer.entry });
while (!status.terminal || status.joined) {
  if (!status.joined) await new Promise((resolve) => setTimeout(resolve, 200));
  status = await ask("query.status", { token: status.joined || status.token, after: status.entry });
}
console.log(status.token, status.state, status.reason.code);
await nc.close();
process.exitCode = status.state === "completed" ? 0 : 1;
