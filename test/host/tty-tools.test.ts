import assert from "node:assert/strict";
import { test } from "node:test";
import { runOnDescriptor } from "../../src/host/tty-tools.ts";
import { withoutDescriptors } from "../support/no-descriptors.ts";

test("a script that cannot be started, because no descriptor is free, has said nothing", async () => {
  assert.equal(await withoutDescriptors(() => runOnDescriptor(2, "true")), undefined);
  assert.deepEqual(await runOnDescriptor(2, "echo x"), { exitCode: 0, stdout: "x\n" });
});
