/** The built program's `doctor` of several boards: each ill in its own way and its neighbours well, with and without a gateway that runs. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { userName } from "../../src/host/users.ts";
import type { HubEvent } from "../../src/lab/hub/events.ts";
import { type Hub, startHub } from "../../src/lab/hub/hub.ts";
import type { VirtualMcu } from "../../src/lab/mcu/virtual-mcu.ts";
import { doctorReport } from "../cli/output-schemas.ts";
import { type Plant, startPlantedPty } from "../lab/bench/planted-board.ts";
import { plantedFaults } from "../lab/bench/planted-faults.ts";
import { program, startDaemon } from "../support/daemon.ts";
import { hold } from "../support/schema.ts";
import { createWatch } from "../support/watch.ts";
import { gatewayDevice, subDevice } from "./boards-world.ts";
import { deviceSecret } from "./broker-messages.ts";

/** A board, what is wrong with it, and what doctor has to find: `STATE CODE` by the finding's id; nothing where it is well. */
interface BoardCase {
  readonly finds: Readonly<Record<string, string>>;
  readonly mcu?: Plant;
  /** Its port's path, instead of the virtual MCU's. */
  readonly path?: string;
  /** More of its sections in the file. */
  readonly device?: object;
  readonly serial?: object;
  readonly isBound?: boolean;
  readonly before?: (hub: Hub, mcu: VirtualMcu) => unknown;
}

const well: BoardCase = { finds: {} };
const refused = "fault refused";
const unseen = (...ids: readonly string[]) => Object.fromEntries(ids.map((id) => [id, "unknown not_seen"]));

interface World {
  readonly hub: Hub;
  readonly events: readonly HubEvent[];
  readonly mcus: ReadonlyMap<string, VirtualMcu>;
  readonly config: string;
  readonly folder: string;
  readonly changed: ReturnType<typeof createWatch>;
}

async function worldOf(t: TestContext, boards: Readonly<Record<string, BoardCase>>): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), "rrpc-doctor-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const changed = createWatch();
  const events: HubEvent[] = [];
  const hub = await startHub({
    devices: [{ ...gatewayDevice, deviceSecret }],
    subDevices: Object.entries(boards).map(([name, { isBound = true }]) => ({
      ...subDevice(name),
      deviceSecret,
      ...(isBound ? { boundTo: gatewayDevice } : {}),
    })),
    observe(event) {
      events.push(event);
      changed.changed();
    },
  });
  t.after(() => hub.close());
  const mcus = new Map<string, VirtualMcu>();
  for (const [name, { mcu, before }] of Object.entries(boards)) {
    const started = await startPlantedPty({ ...mcu, options: { ...mcu?.options, link: join(folder, name) } });
    t.after(() => started.close());
    mcus.set(name, started);
    await before?.(hub, started);
  }
  for (const file of ["device-secret", "group-secret"])
    writeFileSync(join(folder, file), deviceSecret, { mode: file === "group-secret" ? 0o640 : 0o600 });
  const sections = Object.entries(boards).map(([name, { path = name, device, serial }]) => [
    name,
    { device: { ...subDevice(name), ...device }, serial: { path, ...serial } },
  ]);
  const address = { transport: "tcp", host: "127.0.0.1", port: hub.mqttPort };
  const config = join(folder, "config.yaml");
  const hubSection = { ...gatewayDevice, deviceSecretFile: "device-secret", ...address };
  // With Node.js 18 a gateway without systemd is asked there.
  const monitor = { socket: join(folder, "monitor.sock") };
  writeFileSync(
    config,
    JSON.stringify({ hub: hubSection, monitor, boards: Object.fromEntries(sections) }, undefined, 2),
  );
  return { hub, events, mcus, config, folder, changed };
}

interface Finding {
  readonly id: string;
  readonly code: string;
  readonly state: string;
  readonly board?: string;
  readonly evidence: string;
  readonly help?: string;
}

async function ran(t: TestContext, config: string, ...args: readonly string[]) {
  const user = userName(process.geteuid?.() ?? 0);
  const child = spawn(process.execPath, [program, "doctor", "--config", config, "--user", user, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  t.after(() => child.kill());
  const startedAt = performance.now();
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  assert.ok(!(stdout + stderr).includes(deviceSecret), "it tells a secret");
  return { stdout, stderr, exitCode: exitCode as number, tookMs: performance.now() - startedAt };
}

/** What is not ok, by board, as `STATE CODE` by id; what the machine of the test makes of itself is not the matter here. */
async function examined(t: TestContext, config: string, ...args: readonly string[]) {
  const run = await ran(t, config, "--json", ...args);
  hold(doctorReport, JSON.parse(run.stdout));
  const { status, findings } = JSON.parse(run.stdout) as { status: string; findings: readonly Finding[] };
  assert.equal(run.exitCode, { ok: 0, warning: 1, fault: 2 }[status], run.stdout);
  const ofMachine = /^(clock|interference)\./;
  const ill: Record<string, Record<string, string>> = {};
  for (const { board, id, evidence, state } of findings)
    if (state !== "ok") t.diagnostic(`${board} ${id}: ${evidence}`);
  for (const { id, code, state, board = "" } of findings)
    if (state !== "ok" && !ofMachine.test(id)) ill[board] = { ...ill[board], [id]: `${state} ${code}` };
  const textOf = (board: string, id: string) => {
    const { evidence, help } = findings.find((one) => one.board === board && one.id === id) ?? assert.fail(id);
    return `${evidence} -> ${help}`;
  };
  return { ...run, ill, textOf, findings };
}

const asFound = (boards: Readonly<Record<string, BoardCase>>) =>
  Object.fromEntries(
    Object.entries(boards).flatMap(([name, { finds }]) => (Object.keys(finds).length === 0 ? [] : [[name, finds]])),
  );

/** Of the gateway itself: the simulated hub has no TLS here. */
const gatewayItself = { "hub.tls": "warning no_tls" };

const planted = (name: string): Plant => plantedFaults[name] ?? assert.fail(name);

const ill: Readonly<Record<string, BoardCase>> = {
  first: well,
  unplugged: {
    path: "no-tty",
    finds: {
      "port.path": "fault absent",
      ...unseen("port.access", "port.holder", "mcu.hello", "mcu.lines", "port.hangup"),
    },
  },
  second: well,
  sums: {
    mcu: planted("a checksum that includes the *"),
    finds: { "mcu.hello": "warning no_hello", "mcu.lines": "fault wrong_checksum" },
  },
  silent: { mcu: planted("no word"), finds: { "mcu.hello": "warning no_hello", ...unseen("mcu.lines") } },
  silent2: { mcu: planted("no word"), finds: { "mcu.hello": "warning no_hello", ...unseen("mcu.lines") } },
  loose: { device: { secretFile: "group-secret" }, finds: { secret: "warning open_to_group" } },
  unbound: { isBound: false, finds: { "board.online": refused } },
  binds: { isBound: false, device: { secretFile: "device-secret" }, finds: {} },
  third: well,
  closed: {
    before: (hub) => hub.console.withholdTopics(subDevice("closed"), true),
    finds: { "board.online": "fault not_permitted" },
  },
  system: {
    before: (hub) => hub.console.answerWith("online", subDevice("system"), -2),
    finds: { "board.online": refused },
  },
  strange: {
    before: (hub) => hub.console.answerWith("online", subDevice("strange"), 808),
    finds: { "board.online": refused },
  },
  last: well,
};

test("each board is found ill in its own way, and its neighbours well; the hub is left as it was", async (t) => {
  const { hub, events, mcus, config, folder, changed } = await worldOf(t, ill);
  const reader = spawn("cat", [join(folder, "third")], { stdio: ["ignore", "pipe", "ignore"] });
  t.after(() => reader.kill());
  await mcus.get("third")?.control({ kind: "reset" });
  await once(reader.stdout, "data");
  const expected = {
    "": { ...gatewayItself, configuration: "warning insecure_file" },
    ...asFound(ill),
    third: {
      "port.holder": "fault other_program",
      "mcu.hello": "unknown not_tried",
      "mcu.lines": "unknown not_tried",
    },
  };
  const { ill: found, textOf, tookMs, findings, stderr } = await examined(t, config);
  if (process.geteuid?.() !== 0) for (const one of Object.values(found)) delete one["port.holder"];
  assert.deepEqual(found, expected);
  assert.equal(stderr.match(/(silent2?): no hello at 115200 baud; trying others/g)?.length, 2, stderr);
  // Two silent ones, one after the other, are asked for 45 s and more.
  assert.ok(tookMs < 40_000, `${tookMs} ms`);
  assert.match(textOf("unbound", "board.online"), /code -1, it is not bound to this gateway -> bind it in the console/);
  assert.match(textOf("binds", "board.online"), /the gateway binds it at its start/);
  assert.match(textOf("closed", "board.online"), /SUBACK 128 -> in the console, permit the RRPC topics/);
  assert.match(textOf("strange", "board.online"), /code 808, it is not allowed -> check in the console/);
  assert.match(textOf("loose", "secret"), /group-secret/);
  assert.deepEqual(
    findings.filter(({ id }) => id.startsWith("hub.")).map(({ id }) => id),
    ["hub.address", "hub.tcp", "hub.tls", "hub.connack"],
  );
  await changed.until("the end of the session", () => events.some(({ kind }) => kind === "disconnected"));
  for (const name of Object.keys(ill)) assert.equal(hub.console.isOnline(subDevice(name)), false, name);
  const operations = events.flatMap((event) => (event.kind === "operation" ? [event.operation] : []));
  assert.ok(!operations.includes("bind") && operations.includes("offline"), operations.join(" "));
  assert.equal(events.filter(({ kind }) => kind === "connected").length, 1);
});

test("--board looks at one board only, and tells all of it; without it one line is told of each that is well", async (t) => {
  const { config, events, mcus } = await worldOf(t, { pump: well, strange: ill["strange"] ?? well, valve: well });
  const one = await ran(t, config, "--board", "valve");
  assert.equal(one.exitCode, 1, "the broker has no TLS");
  assert.match(one.stdout, /^ok {7}valve: the MCU's answer: hello after/m);
  assert.match(one.stdout, /^ok {7}valve: whether the hub passes .*: online, and its requests come$/m);
  assert.doesNotMatch(one.stdout, /pump:|strange/);
  assert.deepEqual(
    events.flatMap((event) => (event.kind === "operation" && event.operation === "online" ? [event.subDevice] : [])),
    ["SUBPRODUCT/valve"],
  );
  assert.equal(mcus.get("pump")?.counts().probes, 0);
  const all = await ran(t, config);
  assert.equal(all.exitCode, 2);
  assert.match(all.stdout, /^ok {7}pump: nothing wrong in \d+ checks.*; --board pump shows them$/m);
  assert.match(all.stdout, /^FAULT {4}strange: whether the hub passes .*: code 808.*\n {9}-> check in the console/m);
  assert.match(all.stdout, /\n1 fault, \d+ warnings?(; \d+ not checked)?\n$/);
  const wrong = await ran(t, config, "--board", "pmup");
  assert.deepEqual([wrong.exitCode, wrong.stdout], [64, ""]);
  assert.match(wrong.stderr, /--board: there is no board pmup \(did you mean pump\?\)/);
});

test("while the gateway runs it is asked what it knows of each board, and nothing of it is disturbed", async (t) => {
  const boards = {
    pump: well,
    silent: { serial: { idleProbeMs: 200, probeIntervalMs: 200 }, finds: {} },
    unbound: ill["unbound"] ?? well,
    wrong: { isBound: false, device: { secretFile: "device-secret" }, finds: {} },
    valve: well,
  };
  const { hub, events, mcus, config, changed } = await worldOf(t, boards);
  hub.console.answerWith("bind", subDevice("wrong"), 803);
  const daemon = startDaemon(["run", "--config", config], changed.changed);
  t.after(() => daemon.signal("SIGKILL"));
  const logged = (words: RegExp) => changed.until(`${words}`, () => words.test(daemon.stderr()));
  await logged(/silent: mcu: /);
  await mcus.get("silent")?.control({ kind: "faults", change: { silence: true } });
  const last = [/unbound: hub: .*code -1/, /wrong: hub: .*code 803/, /pump: hub: online/, /valve: hub: online/];
  for (const words of [...last, /silent: mcu is away/]) await logged(words);
  const flow = startFlow(hub, "pump");
  const { ill: found, textOf } = await examined(t, config);
  const answers = await flow.stop();
  const notAsked = { "mcu.hello": "unknown not_tried", "mcu.lines": "unknown not_tried" };
  assert.deepEqual(found, {
    "": { ...gatewayItself, "hub.connack": "unknown not_tried" },
    pump: notAsked,
    silent: { "mcu.hello": "fault away", "mcu.lines": "unknown not_tried" },
    unbound: { ...notAsked, "board.online": refused },
    wrong: { ...notAsked, "board.online": refused },
    valve: notAsked,
  });
  assert.match(
    textOf("unbound", "board.online"),
    new RegExp(`^our own gateway \\(process ${daemon.pid}\\) says: .*code -1`),
  );
  assert.match(
    textOf("wrong", "board.online"),
    /bind it to this gateway: code 803, a bad signature -> check its secret/,
  );
  assert.match(textOf("valve", "board.online"), /says: online, and its requests come/);
  assert.ok(answers.length > 0 && answers.every((one) => one === "answered"), answers.join(" "));
  assert.equal(events.filter(({ kind }) => kind === "connected").length, 1);
  daemon.signal("SIGTERM");
  assert.equal(await daemon.ended, 0);
});

/** Calls one after the other until it is stopped. */
function startFlow(hub: Hub, board: string) {
  const answers: string[] = [];
  let isOver = false;
  const flowing = (async () => {
    while (!isOver) answers.push((await hub.call(subDevice(board), "ping")).kind);
  })();
  return {
    async stop() {
      isOver = true;
      await flowing;
      return answers;
    },
  };
}
