// Asks for a recovery, says when the problem is gone, waits for the end: node ask.mjs PROBLEM [system]
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "@nats-io/transport-node";

const [problem, system = "default"] = process.argv.slice(2);
const nc = await connect({ servers: process.env.NATS_URL ?? "127.0.0.1:4222", maxReconnectAttempts: -1 });

// Asks until somebody answers: the id makes a repeat harmless. What is refused ends it; 503 says "not now".
const ask = async (subject, message) => {
  for (;; await sleep(1000)) {
    const reply = await nc.request(`recovery.${system}.${subject}`, JSON.stringify(message), { timeout: 5000 }).catch((e) => console.error(`${subject}: ${e.message}; asked again`));
    const said = reply?.json();
    if (said && said.type !== "recovery.v1.error") return said;
    if (said && said.code !== 503) throw new Error(`${said.field ?? subject}: ${said.text}`);
  }
};

const answer = await ask("call.expert.javascript.request", {
  type: "recovery.v1.request", id: randomUUID(),
  problem: { id: problem, title: "FED stuck" }, steps: [{ title: "Send a TTC hard reset", action: "ttc_hard_reset" }],
});
console.log(answer.verdict, answer.token);

// A real expert looks at the system; this one believes that the problem is gone once the step is done.
const gone = (status) => status.state === "observing";
let [status, cleared] = [answer, null];
while (!status.terminal || status.joined) {
  status = await ask("query.status", { token: status.joined || status.token, after: status.entry });
  if (gone(status)) cleared ??= await ask("call.expert.javascript.cleared", { type: "recovery.v1.cleared", problem });
  await sleep(1000 * parseFloat(status.poll_after));
}
console.log(status.token, status.state, status.reason.code);
await nc.close();
process.exitCode = status.state === "completed" ? 0 : 1;
