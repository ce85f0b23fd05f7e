/** One who does not read, one who talks nonsense, and too many: the gateway goes on, and says what they have missed. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type MonitorOptions, openMonitor } from "../../src/observe/monitor.ts";
import { jsonLine, type Order, type SocketMessage } from "../../src/observe/socket-protocol.ts";
import { openWorld } from "./world.ts";

/** A reader that speaks to the socket itself. */
function openReader(t: TestContext, path: string, order: Order) {
  const socket = connect(path).setEncoding("utf8");
  t.after(() => socket.destroy());
  const answers: SocketMessage[] = [];
  let rest = "";
  socket.on("data", (text: string) => {
    const lines = `${rest}${text}`.split("\n");
    rest = lines.pop() ?? "";
    answers.push(...lines.map((line) => JSON.parse(line) as SocketMessage));
  });
  socket.write(jsonLine(order));
  /** Reads until there is an answer that `is` it. */
  async function until(is: (answer: SocketMessage) => boolean): Promise<SocketMessage> {
    for (;;) {
      const found = answers.find(is);
      if (found !== undefined) return found;
      await once(socket, "data", { signal: AbortSignal.timeout(20_000) });
    }
  }
  return { socket, answers, until };
}

const isResponseTo = (id: string) => (answer: SocketMessage) => answer.kind === "response" && answer.processId === id;

test("a slow reader loses lines, is told how many, and no call waits for it", async (t) => {
  const lines = { commandBytesMax: 8192, replyBytesMax: 8192 };
  const { socket: path, call } = await openWorld(t, { serial: lines, mcu: { lineBytes: 8192 } });
  const [slow, quick] = ["slow", "quick"].map(() => openReader(t, path, { want: "watch", withContents: true }));
  assert.ok(slow && quick);
  for (const { until } of [slow, quick]) await until(({ kind }) => kind === "link");
  slow.socket.pause();
  // Each is told of four times 4 KB: in all more than the gateway's buffer and the kernel's two hold.
  const calls = Array.from({ length: 100 }, (_, number) => `call-${number}`);
  for (const id of calls) assert.equal((await call("x".repeat(4000), id)).kind, "answered");
  slow.socket.resume();
  const lost = await slow.until(({ kind }) => kind === "lost");
  assert.equal((await call("again", "last")).kind, "answered");
  for (const { until } of [slow, quick])
    await until((answer) => JSON.stringify(answer).includes('"processId":"last","outcome"'));
  assert.ok(lost.kind === "lost");
  assert.equal(slow.answers.filter(({ kind }) => kind === "lost").length, 1);
  assert.equal(slow.answers.length - 1 + lost.count, quick.answers.length);
  assert.ok(slow.answers.some(isResponseTo("last")));
  assert.ok(!slow.answers.some(isResponseTo("call-99")));
});

test("the ninth reader is told so; a reader that leaves makes room", async (t) => {
  const { socket: path, call } = await openWorld(t);
  const readers = Array.from({ length: 8 }, () => openReader(t, path, { want: "watch", withContents: false }));
  for (const { until } of readers) await until(({ kind }) => kind === "link");
  const ninth = openReader(t, path, { want: "dump" });
  assert.deepEqual(await ninth.until(() => true), {
    kind: "refused",
    code: "too_many_clients",
    text: "8 are watching already",
  });
  await once(ninth.socket, "close");
  readers[0]?.socket.destroy();
  // The gateway hears of that when it hears of the next call, at the latest.
  await call("a", "1");
  await readers[1]?.until(isResponseTo("1"));
  const tenth = openReader(t, path, { want: "dump" });
  await tenth.until(isResponseTo("1"));
});

test("what is no order is refused, and endless text is too", async (t) => {
  const { socket: path, call } = await openWorld(t);
  for (const text of ['{"want":"everything"}\n', "GET / HTTP/1.1\r\n", "null\n", "x".repeat(100_000)]) {
    const socket: Socket = connect(path).setEncoding("utf8");
    t.after(() => socket.destroy());
    socket.on("error", () => {});
    socket.write(text);
    const [answer] = await once(socket, "data", { signal: AbortSignal.timeout(20_000) });
    assert.equal(
      answer,
      '{"kind":"refused","code":"unknown_order","text":"the gateway does not know this order"}\n',
      text.slice(0, 30),
    );
  }
  assert.equal((await call("a")).kind, "answered");
});

/** A monitor that is not the daemon's: a socket and what it is asked for. */
async function openAlone(t: TestContext, options: Partial<MonitorOptions> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "rrpc-idle-"));
  t.after(() => rmSync(folder, { recursive: true }));
  let listening = () => {};
  const isListening = new Promise<void>((resolve) => {
    listening = resolve;
  });
  const socket = join(folder, "monitor.sock");
  const monitor = openMonitor({
    socket,
    access: "owner",
    dump: () => [],
    faultOf: () => undefined,
    state: () => [{ time: "", kind: "link", isUp: true }],
    log: { say: listening },
    ...options,
  });
  await isListening;
  t.after(() => monitor.close());
  return { socket, monitor };
}

test("an order that comes byte by byte for ever takes no place for longer than an order may take", {
  timeout: 20_000,
}, async (t) => {
  const { socket: path } = await openAlone(t);
  // Without those of sockets: each byte would begin them anew.
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const socket = connect(path).resume();
  t.after(() => socket.destroy());
  socket.on("error", () => {});
  await once(socket, "connect");
  let seconds = 0;
  const trickle = setInterval(() => {
    socket.write("{");
    seconds += 1;
    t.mock.timers.tick(1000);
  }, 20);
  t.after(() => clearInterval(trickle));
  await new Promise((resolve) => socket.once("close", resolve));
  // Much later it would have been too long.
  assert.ok(seconds < 50, `closed after ${seconds} s`);
});

test("nothing is made of what passes while nobody watches", async (t) => {
  const { socket, monitor } = await openAlone(t);
  monitor.tell("pump", () => assert.fail("nobody watches"));
  const reader = openReader(t, socket, { want: "watch", withContents: false });
  await reader.until(({ kind }) => kind === "link");
  const asked: boolean[] = [];
  monitor.tell("pump", (withContents) => {
    asked.push(withContents);
    return { time: "", kind: "session", isUp: true };
  });
  await reader.until(({ kind }) => kind === "session");
  assert.deepEqual(asked, [false]);
});

test("a reader sees the board that it asks for, its link at first, and what belongs to none; another board costs it nothing", async (t) => {
  const link = (board: string, isUp: boolean) => ({ time: "", kind: "link", board, isUp }) as const;
  const { socket, monitor } = await openAlone(t, { state: () => [link("pump", true), link("fan", true)] });
  const reader = openReader(t, socket, { want: "watch", withContents: false, board: "pump" });
  await reader.until(({ kind }) => kind === "link");
  monitor.tell("fan", () => assert.fail("nobody watches fan"));
  monitor.tell("pump", () => link("pump", false));
  monitor.tell(undefined, () => ({ time: "", kind: "session", isUp: false }));
  await reader.until(({ kind }) => kind === "session");
  assert.deepEqual(reader.answers, [
    link("pump", true),
    link("pump", false),
    { time: "", kind: "session", isUp: false },
  ]);
});

test("a board that is not there is refused, and a dump is of the board that is asked for", async (t) => {
  const { socket } = await openAlone(t, {
    faultOf: (board) => (board === "pump" ? undefined : `no ${board}`),
    dump: (board) => [{ time: "", kind: "status", text: `of ${board}` }],
  });
  const refused = openReader(t, socket, { want: "watch", withContents: false, board: "pmup" });
  assert.deepEqual(await refused.until(({ kind }) => kind === "refused"), {
    kind: "refused",
    code: "unknown_board",
    text: "no pmup",
  });
  const dump = openReader(t, socket, { want: "dump", board: "pump" });
  assert.deepEqual(await dump.until(({ kind }) => kind === "status"), { time: "", kind: "status", text: "of pump" });
  const none = openReader(t, socket, { want: "dump", board: 7 as unknown as string });
  assert.deepEqual(await none.until(({ kind }) => kind === "refused"), {
    kind: "refused",
    code: "unknown_order",
    text: "the gateway does not know this order",
  });
});
