import assert from "node:assert/strict";
import { test } from "node:test";
import { type RemoteRequest, RemoteRequests } from "../../src/remote/requests.ts";

const arriving = (processId: string, text: string) => ({ board: "", processId, payload: Buffer.from(text) });

function opened() {
  const requests = new RemoteRequests({ cutoffMs: 4000, deadlineMs: 3500 });
  const open = (processId: string, text: string, at: number): RemoteRequest => {
    const arrival = requests.arrive(arriving(processId, text), at, at);
    assert.ok(arrival.kind === "new", arrival.kind);
    return arrival.request;
  };
  const again = (processId: string, text: string, at: number) => requests.arrive(arriving(processId, text), at, at);
  return { requests, open, again };
}

const response = Buffer.from("{}");

test("a request is settled once; the same again is answered the same, until the hub has given it up", () => {
  const { requests, open, again } = opened();
  const request = open("7", "status", 0);
  assert.equal(request.settleBy, 3400);
  assert.deepEqual(again("7", "status", 10), { kind: "dropped", name: "duplicate_request" });
  assert.deepEqual(again("7", "boards", 10), { kind: "dropped", name: "id_conflict" });
  assert.equal(requests.settle(request, response, 20), "publish");
  assert.deepEqual(again("7", "status", 30), { kind: "answered", response });
  requests.settle(open("7", "boards", 40), response, 50);
  open("8", "status", 60);
  open("7", "status", 4100);
});

test("what nobody waits for any more is neither carried out nor answered", () => {
  const { requests, open } = opened();
  assert.deepEqual(requests.arrive(arriving("7", "reload"), 0, 3501), { kind: "dropped", name: "missed_deadline" });
  assert.equal(requests.settle(open("7", "reload", 4000), response, 7501), "missed_deadline");
});

test("a response belongs to the session that its request came on, and a repetition takes it to its own", () => {
  const { requests, open, again } = opened();
  const [first, second] = [open("7", "reload", 0), open("8", "doctor", 0)];
  requests.endSession();
  assert.equal(requests.settle(first, response, 1), "session_gone");
  assert.deepEqual(again("8", "doctor", 2), { kind: "dropped", name: "duplicate_request" });
  assert.equal(requests.settle(second, response, 3), "publish");
});

test("a request of which a flood has left the id alone is not carried out again", () => {
  const { requests, open, again } = opened();
  requests.settle(open("7", "reset", 0), response, 1);
  const large = Buffer.alloc(15_000);
  for (let count = 0; count < 300; count += 1) requests.settle(open(`f${count}`, "dump", 2), large, 3);
  assert.deepEqual(again("7", "reset", 4), { kind: "dropped", name: "id_conflict" });
  assert.equal(again("7", "reset", 4002).kind, "new");
});
