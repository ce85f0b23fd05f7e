/** A gateway that could not lock its device: it serves, goes on trying, and gives way to a gateway that has the lock after all. */
import assert from "node:assert/strict";
import { after, type TestContext, test } from "node:test";
import { loadConfig } from "../../src/config/load.ts";
import { createIdentityHolder } from "../../src/daemon/identity.ts";
import type { Taking } from "../../src/runtime/identity-lock.ts";
import { good, temporaryFolder } from "../config/folder.ts";

const folder = temporaryFolder();
after(folder.remove);

const unlocked: Taking = { kind: "unlocked", why: "a stranger has its name" };

async function serveUnlocked(t: TestContext) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const loaded = loadConfig(folder.write("c.yaml", good), {});
  assert.ok(loaded.kind === "loaded");
  const state = { taking: unlocked, tries: 0, lines: [] as string[], waysGiven: 0 };
  const lock = {
    take() {
      state.tries += 1;
      return Promise.resolve(state.taking);
    },
    keepOnly() {},
  };
  const log = { say: (level: string, _key: string, text: string) => void state.lines.push(`${level} ${text}`) };
  const identity = createIdentityHolder(log, lock, () => {
    state.waysGiven += 1;
  });
  assert.deepEqual(await identity.take(loaded.config), { kind: "taken" });
  identity.keepOnly(loaded.config);
  async function minute(): Promise<void> {
    t.mock.timers.tick(60_000);
    for (let turn = 0; turn < 6; turn++) await undefined;
  }
  return { state, minute, identity, config: loaded.config };
}

test("it tries each minute without a word until it has the lock", async (t) => {
  const { state, minute } = await serveUnlocked(t);
  await minute();
  await minute();
  assert.deepEqual([state.tries, state.lines.length], [3, 1]);
  assert.match(state.lines[0] ?? "", /^warn .*a stranger has its name/);
  state.taking = { kind: "taken" };
  await minute();
  await minute();
  assert.deepEqual([state.tries, state.lines.length, state.waysGiven], [4, 2, 0]);
  assert.match(state.lines[1] ?? "", /^info .*locked against another gateway here from now on/);
});

test("it gives way to a gateway that proves that it has the device", async (t) => {
  const { state, minute } = await serveUnlocked(t);
  state.taking = { kind: "held", pid: 77 };
  await minute();
  await minute();
  assert.deepEqual([state.tries, state.waysGiven], [2, 1]);
  assert.match(state.lines[1] ?? "", /^error .*process 77, and answers again: this one gives way and ends/);
});

test("after a reload to another device it tries no more for the old one", async (t) => {
  const { state, minute, identity, config } = await serveUnlocked(t);
  identity.keepOnly({ ...config, hub: { ...config.hub } });
  await minute();
  assert.equal(state.tries, 1);
});
