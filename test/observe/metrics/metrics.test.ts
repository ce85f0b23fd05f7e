/** What Prometheus gets, from a gateway that runs: by a scrape, and in a file. */
import assert from "node:assert/strict";
import { existsSync, lstatSync, readdirSync, readFileSync, statSync, symlinkSync, watch, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { catalogue } from "../../../src/observe/metrics/catalogue.ts";
import { openWorld, type World } from "../world.ts";

/** The samples of an exposition: the value of each series. */
function samplesOf(text: string): Map<string, number> {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ")))]),
  );
}

async function scrapeUrl({ log }: World): Promise<string> {
  const [, port] = await log(/metrics: 127\.0\.0\.1: listening on port (\d+)/);
  return `http://127.0.0.1:${port}/metrics`;
}

async function scrape(url: string): Promise<Map<string, number>> {
  const response = await fetch(url);
  assert.equal(response.status, 200);
  assert.match(response.headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/);
  return samplesOf(await response.text());
}

const openMetered = (t: TestContext, options: { readonly metrics?: object; readonly serial?: object } = {}) =>
  openWorld(t, {
    config: { metrics: { port: 0, ...options.metrics }, rrpc: { cutoffMs: 1000, marginMs: 0 } },
    // 10 bits at 9600 baud: a byte takes 1.042 ms.
    serial: { baudRate: 9600, commandBytesMax: 64, replyBytesMax: 64, ...options.serial },
  });

test("a scrape after an answer, an error and a stray line", async (t) => {
  const world = await openMetered(t);
  const url = await scrapeUrl(world);
  assert.equal((await world.call("on", "1")).kind, "answered");
  assert.equal((await world.call("x".repeat(300), "2")).kind, "answered");
  await world.mcu.control({ kind: "send", bytes: "<99 nobody asked\n" });
  await world.log(/stray_reply/);
  const samples = await scrape(url);
  const value = (series: string) => samples.get(series);
  assert.equal(value('rrpc_gateway_requests_total{board="board",outcome="ok"}'), 1);
  assert.equal(value('rrpc_gateway_requests_total{board="board",outcome="too_long"}'), 1);
  assert.equal(value('rrpc_gateway_requests_total{board="board",outcome="no_reply"}'), 0);
  assert.equal(value('rrpc_gateway_dropped_total{board="board",name="stray_reply"}'), 1);
  assert.equal(value('rrpc_gateway_dropped_total{board="board",name="late_reply"}'), 0);
  assert.equal(value('rrpc_gateway_answer_duration_seconds_count{board="board"}'), 1);
  // ">1 on" and "<1 on" with a line end each.
  const sum = (name: string) => value(`rrpc_gateway_answer_${name}_seconds_sum{board="board"}`) ?? Number.NaN;
  const wireS = Math.min((12 * 10) / 9600, sum("duration") - sum("queue"));
  assert.ok(Math.abs(sum("wire") - wireS) < 1e-9, `${sum("wire")} s, computed ${wireS} s`);
  assert.ok(Math.abs(sum("duration") + sum("margin") - 1) < 1e-9, "the deadline is after 1 s");
  assert.ok(sum("queue") + sum("wire") + sum("mcu") >= sum("duration") - 1e-9);
  assert.ok(sum("queue") + sum("wire") + sum("mcu") <= sum("duration") + 1e-9, "the parts are the whole");
  assert.equal(value("rrpc_gateway_session_up"), 1);
  assert.equal(value('rrpc_gateway_link_up{board="board"}'), 1);
  assert.equal(value('rrpc_gateway_session_changes_total{to="up"}'), 1);
  assert.equal(value('rrpc_gateway_build_info{version="0.0.0-source",product="ABCDEFGH12",device="gateway01"}'), 1);
  const updatedAtS = value("rrpc_gateway_updated_timestamp_seconds") ?? Number.NaN;
  assert.ok(Math.abs(updatedAtS - Date.now() / 1000) < 30, String(updatedAtS));
  assert.equal(value("rrpc_gateway_certificate_expiry_timestamp_seconds"), undefined, "it has a secret");
  assert.ok((value("rrpc_gateway_process_resident_memory_bytes") ?? 0) > 10e6);
  await world.mcu.control({ kind: "unplug" });
  await world.log(/link: lost/);
  const later = await scrape(url);
  assert.equal(later.get('rrpc_gateway_link_up{board="board"}'), 0);
  assert.equal(later.get('rrpc_gateway_link_changes_total{board="board",to="down"}'), 1);
});

test("an MCU that falls silent is seen to be away", async (t) => {
  const world = await openMetered(t, { serial: { stalledAfter: 1, probeIntervalMs: 100 } });
  const url = await scrapeUrl(world);
  await world.mcu.control({ kind: "faults", change: { silence: true } });
  await world.call("on");
  await world.log(/mcu is away/);
  const samples = await scrape(url);
  assert.equal(samples.get('rrpc_gateway_requests_total{board="board",outcome="no_reply"}'), 1);
  assert.equal(samples.get('rrpc_gateway_mcu_up{board="board"}'), 0);
  assert.equal(samples.get('rrpc_gateway_mcu_losses_total{board="board"}'), 1);
  assert.equal(samples.get('rrpc_gateway_answer_duration_seconds_count{board="board"}'), 0);
});

test("every metric of the catalogue is in a scrape, with its help and kind, and no other", async (t) => {
  const url = await scrapeUrl(await openMetered(t));
  const text = await (await fetch(url)).text();
  const declared = Object.values(catalogue);
  const typed = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, kind]) => `${name} ${kind}`);
  assert.deepEqual(typed.sort(), declared.map(({ name, kind }) => `${name} ${kind}`).sort());
  for (const { name, help } of declared) assert.ok(text.includes(`# HELP ${name} ${help}\n`), name);
});

test("only loopback, only GET, only /metrics", async (t) => {
  const world = await openMetered(t);
  const url = await scrapeUrl(world);
  assert.equal((await fetch(url, { method: "POST" })).status, 405);
  assert.equal((await fetch(url.replace("/metrics", "/"))).status, 404);
  const port = Number(new URL(url).port);
  const other = createConnection({ host: "127.0.0.2", port });
  const result = await new Promise((resolve) => {
    other.once("connect", () => resolve("connected"));
    other.once("error", (error: NodeJS.ErrnoException) => resolve(error.code));
  });
  other.destroy();
  assert.equal(result, "ECONNREFUSED");
});

test("a port that is taken costs the metrics, not the gateway; a reload moves them", async (t) => {
  const first = await openMetered(t);
  const port = Number(new URL(await scrapeUrl(first)).port);
  const second = await openMetered(t, { metrics: { port } });
  await second.log(/metrics\.port: another program has port \d+ of 127\.0\.0\.1; .*tried again every 30 s/);
  assert.equal((await second.call("on")).kind, "answered");
  second.rewrite({ metrics: { port: 0 } });
  second.daemon.signal("SIGHUP");
  const samples = await scrape(await scrapeUrl(second));
  assert.deepEqual(
    [samples.get("rrpc_gateway_session_up"), samples.get('rrpc_gateway_link_up{board="board"}')],
    [1, 1],
  );
});

test("a reload that makes it another device is told, and the counters go on", async (t) => {
  const world = await openMetered(t);
  const url = await scrapeUrl(world);
  assert.equal((await world.call("on")).kind, "answered");
  const device = (name: string) =>
    `rrpc_gateway_build_info{version="0.0.0-source",product="ABCDEFGH12",device="${name}"}`;
  const before = JSON.parse(readFileSync(world.config, "utf8")) as { readonly hub: object };
  world.rewrite({
    metrics: { port: 0 },
    rrpc: { cutoffMs: 1000, marginMs: 0 },
    hub: { ...before.hub, deviceName: "gateway02" },
  });
  world.daemon.signal("SIGHUP");
  await world.log(/device gateway02 of product/);
  const samples = await scrape(url);
  assert.deepEqual([samples.get(device("gateway01")), samples.get(device("gateway02"))], [undefined, 1]);
  assert.equal(samples.get('rrpc_gateway_requests_total{board="board",outcome="ok"}'), 1);
});

test("the file is whole whenever it is there, readable by others, and gone at the end", async (t) => {
  const world = await openWorld(t);
  const file = join(world.folder, "rrpc.prom");
  const half: string[] = [];
  /** Resolves when the file has it; whatever it has before must be whole. */
  const written = (pattern: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const bound = setTimeout(() => reject(new Error(`${pattern} is not in the file`)), 20_000);
      watcher.on("change", () => {
        const text = existsSync(file) ? readFileSync(file, "utf8") : undefined;
        if (text !== undefined && !/^rrpc_gateway_updated_timestamp_seconds .+\n$/m.test(text)) half.push(text);
        if (text === undefined || !pattern.test(text)) return;
        clearTimeout(bound);
        resolve();
      });
    });
  const watcher = watch(world.folder);
  t.after(() => watcher.close());
  world.rewrite({ metrics: { file, fileIntervalS: 1 } });
  world.daemon.signal("SIGHUP");
  await written(/^rrpc_gateway_requests_total\{board="board",outcome="ok"\} 0$/m);
  await world.call("on");
  await written(/^rrpc_gateway_requests_total\{board="board",outcome="ok"\} 1$/m);
  assert.equal((statSync(file).mode & 0o777).toString(8), "644");
  world.daemon.signal("SIGTERM");
  assert.equal(await world.daemon.ended, 0);
  assert.deepEqual(half, []);
  assert.deepEqual(
    readdirSync(world.folder).filter((name) => name.startsWith("rrpc.prom")),
    [],
  );
});

test("a link in the place of the file, or beside it, is not followed", async (t) => {
  const world = await openWorld(t);
  const precious = join(world.folder, "precious");
  writeFileSync(precious, "precious");
  const file = join(world.folder, "rrpc.prom");
  for (const link of [file, `${file}.new`]) symlinkSync(precious, link);
  world.rewrite({ metrics: { file } });
  const watcher = watch(world.folder);
  t.after(() => watcher.close());
  const written = new Promise<void>((resolve, reject) => {
    const bound = setTimeout(() => reject(new Error("no file in place of the link")), 20_000);
    watcher.on("change", () => {
      if (!lstatSync(file, { throwIfNoEntry: false })?.isFile()) return;
      clearTimeout(bound);
      resolve();
    });
  });
  world.daemon.signal("SIGHUP");
  await written;
  assert.match(readFileSync(file, "utf8"), /^rrpc_gateway_/m);
  assert.equal(readFileSync(precious, "utf8"), "precious");
});

test("a file that cannot be written costs the metrics, not the gateway", async (t) => {
  const world = await openWorld(t, { config: { metrics: { file: "/proc/none/rrpc.prom" } } });
  await world.log(
    /metrics\.file: \/proc\/none\/rrpc\.prom cannot be written: its folder is missing; make the folder \(tried again every 15 s\)/,
  );
  assert.equal((await world.call("on")).kind, "answered");
});
