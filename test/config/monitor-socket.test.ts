/** The monitor's socket as a configuration names it; and where it names none, the lines that would. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { monitorSocket } from "../../src/config/monitor-socket.ts";
import { good, temporaryFolder } from "./folder.ts";

test("a configuration without a socket is told the lines that make one, and they do", (t) => {
  const folder = temporaryFolder();
  t.after(folder.remove);
  const without = monitorSocket(folder.write("c.yaml", good));
  assert.ok(without.kind === "none");
  const [, lines = ""] = without.why.split("\n\n");
  assert.match(without.why, /c\.yaml: it has no monitor\.socket/);
  assert.deepEqual(monitorSocket(folder.write("with.yaml", `${good}${lines}\n`)), {
    kind: "socket",
    socket: "/run/rrpc-gateway/monitor.sock",
  });
});
