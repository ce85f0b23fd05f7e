/** `rrpc-gateway call --local` and the control socket, with a real gateway, hub and MCU. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, readFileSync, rmSync, statSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { misuseCode } from "../../src/cli/conversation-exit.ts";
import { converse } from "../../src/observe/conversation.ts";
import { jsonLine, type Order, type SocketMessage } from "../../src/observe/socket-protocol.ts";
import { callReport } from "../cli/output-schemas.ts";
import { monitorMessage } from "../observe/monitor-schema.ts";
import { openWorld, type World } from "../observe/world.ts";
import { hold } from "../support/schema.ts";

async function openControlled(t: TestContext, options: Parameters<typeof openWorld>[1] = {}) {
  const world = await openWorld(t, { ...options, config: { control: { socket: "control.sock" }, ...options.config } });
  await world.log(/control: .* listening/);
  return { ...world, control: join(world.folder, "control.sock") };
}

/** Runs `rrpc-gateway call --local` to its end. */
async function callLocally({ config, start }: World, ...args: readonly string[]) {
  const program = start("call", "--local", "--config", config, ...args);
  return { exitCode: await program.ended, stdout: program.stdout(), stderr: program.stderr() };
}

/** Everything that the socket says to these lines, until it ends or `count` lines have come. */
async function say(t: TestContext, path: string, lines: string, count = Number.POSITIVE_INFINITY) {
  const socket = connect(path);
  t.after(() => socket.destroy());
  socket.on("error", () => {});
  socket.write(lines);
  let text = "";
  for await (const chunk of socket.setEncoding("utf8")) {
    text += chunk;
    if (text.split("\n").length > count) break;
  }
  const messages = text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as SocketMessage);
  for (const message of messages) hold(monitorMessage, message);
  return messages;
}

const call = (text: string, ref?: number): Order => ({
  want: "call",
  payload: { text },
  ...(ref !== undefined && { ref }),
});

test("a local call is answered by the board; log, monitor and trace name its source, and the hub hears nothing", async (t) => {
  const world = await openControlled(t, { config: { log: { level: "debug" }, control: { socket: "control.sock" } } });
  const monitor = world.start("monitor", "--json", "--config", world.config);
  await world.until("the monitor", () => /"status"/.test(monitor.stdout()));
  const { exitCode, stdout, stderr } = await callLocally(world, "led on");
  assert.equal(exitCode, 0, stderr);
  assert.equal(stdout, "led on\n");
  const [, id = ""] = /^answered in [\d.]+ ms, processID (L[0-9a-z]{6})\n$/.exec(stderr) ?? [];
  assert.notEqual(id, "", stderr);
  await world.log(new RegExp(`local request ${id}: ok after`));
  const [, who] = await world.log(/control: (.*) calls/);
  assert.match(who ?? "", /^rrpc-gateway \(process \d+\) of user \S+$/);
  const events = await world.until("the report", () => {
    const lines = monitor
      .stdout()
      .split("\n")
      .filter((line) => line.includes(id));
    return lines.some((line) => line.includes("settled")) ? lines.map((line) => JSON.parse(line)) : undefined;
  });
  for (const kind of ["request", "response"])
    assert.equal(events.find((event) => event.kind === kind)?.source, "local", kind);
  assert.equal(events.find((event) => event.kind === "report")?.report.source, "local");
  // The hub's own calls go on, and none of its topics has seen the local one.
  assert.equal((await world.call("x", "7")).kind, "answered");
  assert.doesNotMatch(world.daemon.stderr(), /dropped/);
});

test("who calls is told as the kernel has noted it", async (t) => {
  const world = await openControlled(t);
  const [answer] = await say(t, world.control, jsonLine(call("a", 1)), 1);
  assert.ok(answer?.kind === "answer");
  const name = readFileSync("/proc/self/comm", "utf8").trim();
  const own = `control: ${name} (process ${process.pid}) of user`;
  await world.until("our process in the log", () => world.daemon.stderr().includes(own));
});

test("it works without a session, and gets the errors that a caller in the cloud would", async (t) => {
  const world = await openControlled(t);
  await world.hub.close();
  await world.log(/session: lost|session: no connection/);
  assert.equal((await callLocally(world, "a")).exitCode, 0);
  await world.mcu.close();
  await world.log(/link: lost/);
  const { exitCode, stdout } = await callLocally(world, "b", "--json");
  assert.equal(exitCode, 1);
  const report = JSON.parse(stdout);
  hold(callReport, report);
  assert.deepEqual([report.reason, report.executed, report.source], ["serial_down", "no", "gateway"]);
});

test("--count calls so many times, --rate at this rate; a load is told in percentiles", async (t) => {
  const world = await openControlled(t);
  const one = await callLocally(world, "a", "--count", "30");
  assert.equal(one.exitCode, 0, one.stderr);
  assert.match(one.stdout, /^30 calls in [\d.]+ s: 30 ok\nround trip, ms: p50 [\d.]+, p90 [\d.]+, p99 /);
  const load = JSON.parse((await callLocally(world, "a", "--count", "40", "--rate", "200", "--json")).stdout);
  hold(callReport, load);
  assert.deepEqual([load.count, load.outcomes], [40, { ok: 40 }]);
  assert.ok(load.seconds >= 0.19, `40 calls at 200 a second took ${load.seconds} s`);
  await world.log(/has made 40 calls/);
});

test("calls that were not made are told: where no gateway runs, and where it ends meanwhile", async (t) => {
  const world = await openControlled(t, { mcu: { delayMs: 50 } });
  const load = world.start(
    "call",
    "--local",
    "--config",
    world.config,
    "a",
    "--count",
    "1000",
    "--rate",
    "10",
    "--json",
  );
  await world.log(/control: .* calls the board/);
  world.daemon.signal("SIGKILL");
  await world.daemon.ended;
  assert.notEqual(await load.ended, 0, load.stdout());
  const { count, notMade } = JSON.parse(load.stdout());
  assert.equal(count + notMade, 1000);
  assert.match(load.stderr(), /^rrpc-gateway call: \d+ more calls were not made: \S/m);
  for (const rate of [[], ["--rate", "50"]]) {
    const { exitCode, stdout, stderr } = await callLocally(world, "a", "--count", "3", ...rate, "--json");
    assert.equal(exitCode, 1, stderr);
    const told = JSON.parse(stdout);
    hold(callReport, told);
    assert.deepEqual([told.count, told.notMade, told.outcomes], [1, 2, { unreachable: 1 }]);
    assert.match(stderr, /2 more calls were not made: no gateway listens at/);
  }
});

test("many calls on one connection are all answered, each under its ref, and with refusals among them the stack holds", async (t) => {
  const world = await openControlled(t);
  const count = 3000;
  const lines = Array.from({ length: count }, (_, ref) => jsonLine(call(`p${ref}`, ref))).join("");
  const answers = await say(t, world.control, lines, count);
  const refs = new Set(answers.map((answer) => (answer.kind === "answer" ? answer.ref : undefined)));
  assert.equal(refs.size, count);
  await world.mcu.close();
  await world.log(/link: lost/);
  const refused = await say(t, world.control, lines, count);
  assert.equal(refused.length, count);
  assert.ok(
    refused.every((one) => one.kind === "answer" && "text" in one.payload && /serial_down/.test(one.payload.text)),
  );
});

test("orders that are none, of another version, or for the other socket are refused by name", async (t) => {
  const world = await openControlled(t);
  const code = async (path: string, line: string) => {
    const [refusal] = await say(t, path, line);
    return refusal?.kind === "refused" ? refusal.code : refusal;
  };
  assert.equal(await code(world.socket, jsonLine(call("a"))), "read_only");
  assert.equal(await code(world.control, '{"want":"call"}\n'), "unknown_order");
  assert.equal(await code(world.control, '{"want":"call","payload":{"base64":1}}\n'), "unknown_order");
  assert.equal(await code(world.control, '{"version":2,"want":"dump"}\n'), "unknown_version");
  assert.equal(await code(world.control, `{"want":"call","payload":{"text":"a"},"board":"pump"}\n`), "unknown_board");
  assert.equal(await code(world.control, "x".repeat(200_000)), "unknown_order");
  assert.ok((await say(t, world.control, jsonLine({ want: "dump" }))).length > 3);
  assert.equal((await callLocally(world, "a", "--board", "pump")).exitCode, 64);
});

test("calls that name no board mean the one that was the only one, whatever a reload brings", async (t) => {
  const pump = { serial: { path: "./tty" } };
  const valve = { device: { productId: "SUBPRODUCT", deviceName: "valve01" }, serial: { path: "./valve" } };
  const world = await openControlled(t, {
    config: { control: { socket: "control.sock" }, serial: undefined, boards: { pump } },
  });
  const socket = connect(world.control);
  t.after(() => socket.destroy());
  const next = async (order: Order) => {
    socket.write(jsonLine(order));
    const [text] = await once(socket, "data");
    return JSON.parse(String(text));
  };
  assert.equal((await next(call("a", 1))).kind, "answer");
  world.rewrite({ boards: { pump, valve } });
  world.daemon.signal("SIGHUP");
  await world.log(/valve: link: /);
  assert.deepEqual((await next(call("b", 2))).payload, { text: "b" });
  const [refusal] = await say(t, world.control, jsonLine(call("c", 3)));
  assert.deepEqual(refusal?.kind === "refused" && [refusal.code, refusal.ref, refusal.text], [
    "board_needed",
    3,
    "--board is needed: the boards are pump, valve",
  ]);
});

test("of calls that wait when a later one is refused nobody says that they were not executed", async (t) => {
  const world = await openControlled(t);
  world.daemon.signal("SIGKILL");
  await world.daemon.ended;
  rmSync(world.control);
  const gateway = createServer((socket) => {
    let text = "";
    socket.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      if (socket.writable && text.split("\n").length > 4)
        socket.end(jsonLine({ kind: "refused", code: "unknown_board", text: "no such board", ref: 2 }));
    });
  });
  gateway.listen(world.control);
  t.after(() => gateway.close());
  await once(gateway, "listening");
  const { exitCode, stdout } = await callLocally(world, "a", "--count", "5", "--rate", "1000", "--json");
  assert.equal(exitCode, 2);
  const { count, outcomes } = JSON.parse(stdout);
  assert.deepEqual(outcomes, { unanswered: 2, refused: count - 2 });
});

test("the control socket is its user's alone, and what is sent to a board there stays within bounds", async (t) => {
  const world = await openControlled(t);
  assert.equal(statSync(world.control).mode & 0o777, 0o600);
  const long = await callLocally(world, "x".repeat(20_000), "--json");
  assert.equal(JSON.parse(long.stdout).reason, "too_long");
  world.rewrite({ control: { socket: "control.sock", access: "group" } });
  world.daemon.signal("SIGHUP");
  await world.log(/reload: the control socket is opened anew, for control.access/);
  await world.until(
    "the group's rights",
    () => (statSync(world.control, { throwIfNoEntry: false })?.mode ?? 0) % 0o1000 === 0o660,
  );
});

test("a caller that goes away costs nobody anything, and its answer is counted", async (t) => {
  const world = await openControlled(t, { mcu: { delayMs: 300 } });
  const socket = connect(world.control);
  await once(socket, "connect");
  socket.write(jsonLine(call("a")));
  await world.log(/control: .* calls/);
  socket.destroy();
  await world.log(/dropped unheard_answer of request L\w+/);
  assert.equal((await world.call("b")).kind, "answered");
});

test("a board that there is not is told as a wrong command line is, by every command", async (t) => {
  const world = await openControlled(t);
  const named = ["--board", "valve"] as const;
  for (const load of [[], ["--count", "2"]]) {
    const called = await callLocally(world, "a", ...named, ...load);
    assert.equal(called.exitCode, 64, called.stderr);
    assert.match(called.stderr + called.stdout, load.length === 0 ? /there is no board valve/ : /refused/);
  }
  const release = world.start("release", "--config", world.config, ...named, "--", "true");
  assert.equal(await release.ended, 64);
  assert.match(release.stderr(), /there is no board valve/);
});

test("a socket that this user may not use is told as such, and which option lets others use it", async (t) => {
  const { control } = await openControlled(t);
  chmodSync(control, 0);
  const isRoot = process.getuid?.() === 0;
  // Nothing keeps root out. The kernel is asked before the call returns.
  if (isRoot) process.seteuid?.(65_534);
  const { ended } = converse(control, () => {});
  if (isRoot) process.seteuid?.(0);
  const end = await ended;
  const text = `${control} may not be opened by this user: see control.access`;
  assert.deepEqual(end, { kind: "unreachable", isPermitted: false, text });
  assert.equal(misuseCode(end), 77);
});

test("without a control socket nothing can be called, and the command says what to add", async (t) => {
  const world = await openWorld(t);
  const { exitCode, stderr } = await callLocally(world, "a");
  assert.equal(exitCode, 78);
  assert.match(stderr, /it has no control\.socket[\s\S]*control:\n {2}socket:/);
});

test("a probe is answered by the board's hello, or by what stands against it", async (t) => {
  const world = await openControlled(t, { mcu: { fw: "pump-1.2" } });
  const [met] = await say(t, world.control, jsonLine({ want: "probe", ref: 3 }), 1);
  assert.ok(met?.kind === "probed" && met.result.kind === "answered", JSON.stringify(met));
  assert.equal(met.ref, 3);
  assert.match(met.result.hello, /^pump-1\.2, window 1, /);
  await world.log(/control: .* of user \S+ probes the board/);
  await world.mcu.control({ kind: "faults", change: { silence: true } });
  const [silent] = await say(t, world.control, jsonLine({ want: "probe" }), 1);
  assert.ok(silent?.kind === "probed" && silent.result.kind === "unanswered", JSON.stringify(silent));
  await world.mcu.close();
  await world.log(/link: lost/);
  const [gone] = await say(t, world.control, jsonLine({ want: "probe" }), 1);
  assert.ok(gone?.kind === "probed" && !Number.isNaN(Date.parse(gone.time)));
  assert.deepEqual(gone.result, { kind: "not_sent", why: "link_down" });
  const [readOnly] = await say(t, world.socket, jsonLine({ want: "probe" }));
  assert.ok(readOnly?.kind === "refused" && readOnly.code === "read_only");
});

test("calls and probes may follow a watch: what is done and what comes of it are told in order", async (t) => {
  const world = await openControlled(t);
  const watch: Order = { want: "watch", withContents: true };
  const lines = jsonLine(watch) + jsonLine(call("a", 1)) + jsonLine({ want: "probe", ref: 2 }) + jsonLine(call("b", 3));
  const socket = connect(world.control);
  t.after(() => socket.destroy());
  socket.write(lines);
  const kinds: string[] = [];
  let text = "";
  for await (const chunk of socket.setEncoding("utf8")) {
    text += chunk;
    if (/"ref":1/.test(text) && /"ref":2/.test(text) && /"ref":3/.test(text)) break;
  }
  for (const line of text.split("\n").filter((one) => one !== "")) {
    const message = JSON.parse(line) as SocketMessage;
    hold(monitorMessage, message);
    kinds.push(
      message.kind === "answer" || message.kind === "probed" ? `${message.kind} ${message.ref}` : message.kind,
    );
  }
  const [lineIn, answer] = [kinds.indexOf("line_in"), kinds.indexOf("answer 1")];
  assert.ok(kinds.indexOf("request") < kinds.indexOf("line_out") && lineIn < answer && lineIn > 0, kinds.join());
  const [refused] = (await say(t, world.control, jsonLine(watch) + jsonLine({ want: "dump" }))).slice(-1);
  assert.ok(refused?.kind === "refused" && refused.code === "unknown_order", JSON.stringify(refused));
  // The monitor's socket still sends away whoever says more.
  const ended = await say(t, world.socket, jsonLine(watch) + jsonLine(call("c")));
  assert.doesNotMatch(JSON.stringify(ended), /"answer"/);
});
