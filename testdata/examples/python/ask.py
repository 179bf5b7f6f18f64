"""Asks for a recovery and waits for its end: python ask.py PROBLEM [system]; needs nats-py."""
import asyncio, json, os, sys, uuid
import nats

async def main(problem, system="default"):
    nc = await nats.connect(os.environ.get("NATS_URL", "nats://127.0.0.1:4222"))

    async def ask(subject, message):
        reply = await nc.request(f"recovery.{system}.{subject}", json.dumps(message).encode(), timeout=5)
        said = json.loads(reply.data)
        if reply.headers and reply.headers.get("Nats-Service-Error-Code"):
            raise RuntimeError(f"{said.get('field', subject)}: {said['text']}")
        return said

    # Without an answer nobody knows whether it was decided: asked again with the same id it is decided once.
    answer = await ask("call.expert.python.request", {
        "type": "recovery.v1.request", "id": str(uuid.uuid4()),
        "problem": {"id": problem, "title": "FED stuck"}, "steps": [{"title": "Send a TTC hard reset", "action": "ttc_hard_reset"}]})
    print(answer["verdict"], answer["token"])

    status = await ask("query.status", {"token": answer["token"], "after": answer["entry"]})
    while not status["terminal"] or status["joined"]:
        if not status["joined"]:
            await asyncio.sleep(0.2)
        status = await ask("query.status", {"token": status["joined"] or status["token"], "after": status["entry"]})
    print(status["token"], status["state"], status["reason"]["code"])
    await nc.close()
    return 0 if status["state"] == "completed" else 1

sys.exit(asyncio.run(main(*sys.argv[1:])))
