import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { listenAt } from "../../src/observe/socket-file.ts";
import { temporaryFolder } from "../config/folder.ts";

test("a folder that does not exist is told as that, and not as a right that is missing", async (t) => {
  const folder = temporaryFolder();
  t.after(folder.remove);
  const server = createServer();
  const failed = once(server, "error");
  await listenAt(server, join(folder.path, "none", "monitor.sock"), "owner");
  const [error] = (await failed) as [Error];
  assert.match(error.message, /its folder .*\/none does not exist: make it, or name it by RuntimeDirectory=/);
});
