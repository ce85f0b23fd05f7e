/** The local sockets as a configuration names them; and where it names none, the lines that would. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { localSocket } from "../../src/config/local-socket.ts";
import { good, temporaryFolder } from "./folder.ts";

for (const name of ["monitor", "control"] as const)
  test(`a configuration without a ${name}.socket is told the lines that make one, and they do`, (t) => {
    const folder = temporaryFolder();
    t.after(folder.remove);
    const without = localSocket(folder.write("c.yaml", good), name);
    assert.ok(without.kind === "none");
    const [, lines = ""] = without.why.split("\n\n");
    assert.match(without.why, new RegExp(`c\\.yaml: it has no ${name}\\.socket`));
    const file = folder.write("with.yaml", `${good}${lines}\n`);
    const found = { kind: "socket", name, socket: `/run/rrpc-gateway/${name}.sock` };
    assert.deepEqual(localSocket(file, name), found);
    assert.deepEqual(localSocket(file, name === "monitor" ? "control" : "monitor", name), found);
  });
