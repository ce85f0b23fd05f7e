import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, watch } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { runOperatorCommand } from "../../src/runtime/operator-command.ts";
import { withoutDescriptors } from "../support/no-descriptors.ts";

/** Nobody waits for longer; it also keeps this process alive, which a command does not. */
const boundMs = 20_000;

/** A limit that no test here reaches. */
const farMs = 60_000;

function bounded<T>(what: string, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${what}: not within ${boundMs} ms`)), boundMs);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "rrpc-command-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Settles to a file's text as soon as it has a whole line. */
function lineIn(folder: string, name: string): Promise<string> {
  const file = join(folder, name);
  const line = new Promise<string>((resolve) => {
    const look = () => {
      const text = existsSync(file) ? readFileSync(file, "utf8") : "";
      if (!text.endsWith("\n")) return;
      watcher.close();
      resolve(text.trim());
    };
    const watcher = watch(folder, look);
    look();
  });
  return bounded(name, line);
}

/** A process that has ended, though nobody may have fetched its exit status yet. */
function isOver(pid: string): boolean {
  try {
    const [, state] = /^State:\s+(\w)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return state === "Z" || state === "X";
  } catch {
    return true;
  }
}

async function untilOver(pid: string): Promise<void> {
  const end = performance.now() + boundMs;
  // The kernel tells nobody but the parent; a turn of the event loop for each look.
  while (!isOver(pid)) {
    assert.ok(performance.now() < end, `process ${pid} lives on`);
    await new Promise(setImmediate);
  }
}

test("how it ended is told", async () => {
  assert.equal(await bounded("0", runOperatorCommand("true", process.env).ended), "ended with 0");
  assert.equal(await bounded("7", runOperatorCommand("exit 7", process.env).ended), "ended with 7");
  assert.equal(await bounded("HUP", runOperatorCommand("kill -HUP $$", process.env).ended), "was ended by SIGHUP");
});

test("the environment is the one given", async (t) => {
  const folder = folderOf(t);
  const env = { ...process.env, RRPC_SERIAL_PATH: "/dev/ttyMCU7" };
  await bounded("end", runOperatorCommand(`echo "$RRPC_SERIAL_PATH" >'${folder}/path'`, env).ended);
  assert.equal(readFileSync(join(folder, "path"), "utf8"), "/dev/ttyMCU7\n");
});

test("at the limit it is killed with what it has started, though all of it ignores SIGTERM", async (t) => {
  const folder = folderOf(t);
  // The grandchild tells its own pid, and the shell waits for it.
  const command = `trap '' TERM; sh -c 'echo $$ >"${folder}/grandchild"; while :; do sleep 60; done'; true`;
  const { ended } = runOperatorCommand(command, process.env, 1000);
  assert.equal(await bounded("the limit", ended), "was killed after 1 s");
  await untilOver(await lineIn(folder, "grandchild"));
});

test("kill() ends it and what it has started at once, and does nothing afterwards", async (t) => {
  const folder = folderOf(t);
  const command = runOperatorCommand(`sleep 60 & echo $! >'${folder}/grandchild'; wait`, process.env, farMs);
  const grandchild = await lineIn(folder, "grandchild");
  command.kill();
  assert.equal(await bounded("the end", command.ended), "was killed");
  await untilOver(grandchild);
  command.kill();
});

test("what a command that ended by itself has left running is left alone", async (t) => {
  const folder = folderOf(t);
  const command = runOperatorCommand(`sleep 60 & echo $! >'${folder}/left'`, process.env, farMs);
  assert.equal(await bounded("the end", command.ended), "ended with 0");
  const left = await lineIn(folder, "left");
  command.kill();
  assert.ok(!isOver(left));
  process.kill(Number(left));
});

test("a process can end while its command runs", async (t) => {
  const folder = folderOf(t);
  const source = new URL("../../src/runtime/operator-command.ts", import.meta.url).href;
  const script = `
    import { runOperatorCommand } from ${JSON.stringify(source)};
    runOperatorCommand("echo $$ >'${folder}/command'; exec sleep 60", process.env);
  `;
  const args = ["--import", "tsx", "--input-type=module", "--eval", script];
  const parent = spawn(process.execPath, args, { stdio: "ignore" });
  assert.deepEqual(await bounded("the process's end", once(parent, "exit")), [0, null]);
  const pid = await lineIn(folder, "command");
  assert.ok(!isOver(pid));
  process.kill(Number(pid), "SIGKILL");
});

test("without a free descriptor, or the memory for another process: how it ended says so", async () => {
  const { ended } = withoutDescriptors(() => runOperatorCommand("true", process.env));
  assert.match(await bounded("its end", ended), /^cannot be run: .*EMFILE/);
  // As ENOMEM, this is an error that spawn throws.
  const thrown = runOperatorCommand("x".repeat(1_000_000), process.env);
  assert.match(await bounded("its end", thrown.ended), /^cannot be run: .*E2BIG/);
  thrown.kill();
});
