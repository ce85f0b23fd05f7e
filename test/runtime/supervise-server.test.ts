/** A server that is kept listening. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { superviseServer } from "../../src/runtime/supervise-server.ts";

test("a connection that cannot be accepted is told once, and the server is not made to listen again", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const server = createServer();
  const log: string[] = [];
  let listenCount = 0;
  const listen = () => {
    listenCount += 1;
    server.listen(0, "127.0.0.1");
  };
  const parts = { name: "metrics", log: { say: (_level: string, _key: string, text: string) => void log.push(text) } };
  const supervised = superviseServer(server, listen, parts);
  await once(server, "listening");
  for (let turn = 0; turn < 2; turn += 1) {
    server.emit("error", new Error("accept ENOBUFS"));
    t.mock.timers.tick(60_000);
  }
  assert.equal(listenCount, 1);
  assert.deepEqual(log.slice(1), ["metrics: accept ENOBUFS"]);
  await supervised.close();
});
