"""Asks for a recovery, says when the problem is gone, waits for the end: python ask.py PROBLEM [system]; needs nats-py."""
import asyncio, json, os, sys, uuid
import nats

async def main(problem, system="default"):
    nc = await nats.connect(os.environ.get("NATS_URL", "nats://127.0.0.1:4222"), max_reconnect_attempts=-1)

    # Asks until somebody answers: the id makes a repeat harmless. What is refused ends it; 503 says "not now".
    async def ask(subject, message):
        while True:
            try:
                said = json.loads((await nc.request(f"recovery.{system}.{subject}", json.dumps(message).encode(), timeout=5)).data)
                if said["type"] != "recovery.v1.error":
                    return said
                if said["code"] != 503:
                    raise RuntimeError(f"{said.get('field', subject)}: {said['text']}")
            except nats.errors.Error as e:
                print(f"{subject}: {e}; asked again", file=sys.stderr)
            await asyncio.sleep(1)

    answer = await ask("call.expert.python.request", {
        "type": "recovery.v1.request", "id": str(uuid.uuid4()),
        "problem": {"id": problem, "title": "FED stuck"}, "steps": [{"title": "Send a TTC hard reset", "action": "ttc_hard_reset"}]})
    print(answer["verdict"], answer["token"])

    # A real expert looks at the system; this one believes that the problem is gone once the step is done.
    def gone(status):
        return status["state"] == "observing"

    status, cleared = answer, None
    while not status.get("terminal") or status["joined"]:
        status = await ask("query.status", {"token": status.get("joined") or status["token"], "after": status.get("entry", 0)})
        if gone(status) and not cleared:
            cleared = await ask("call.expert.python.cleared", {"type": "recovery.v1.cleared", "problem": problem})
        await asyncio.sleep(float(status["poll_after"].rstrip("s")))
    print(status["token"], status["state"], status["reason"]["code"])
    await nc.close()
    return 0 if status["state"] == "completed" else 1

sys.exit(asyncio.run(main(*sys.argv[1:])))
