/**
 * Two gateways as built, and a real Prometheus that scrapes them: every expression of dashboard and alert rules runs there,
 * and says what is so. Needs `npm run build` and the Debian package prometheus.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type Hub, startHub } from "../../src/lab/hub/hub.ts";
import { startVirtualMcu } from "../../src/lab/mcu/virtual-mcu.ts";
import { alerts } from "../observe/metrics/alerts.ts";
import { type Panel, panels, promQlOf, variables } from "../observe/metrics/dashboard.ts";
import { type Daemon, startDaemon } from "../support/daemon.ts";
import { createWatch, type Watch } from "../support/watch.ts";
import { type Prometheus, startPrometheus } from "./prometheus.ts";

const productId = "ABCDEFGH12";
const deviceSecret = "MDEyMzQ1Njc4OWFiY2RlZg==";

interface Gateway {
  readonly deviceName: string;
  readonly daemon: Daemon;
  readonly port: number;
  /** As Prometheus calls it. */
  readonly instance: string;
}

async function startGateway(t: TestContext, deviceName: string, hub: Hub, watch: Watch): Promise<Gateway> {
  const folder = mkdtempSync(join(tmpdir(), "rrpc-scraped-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const mcu = await startVirtualMcu({ observe: watch.changed });
  t.after(() => mcu.close());
  const config = {
    hub: { productId, deviceName, deviceSecret, transport: "tcp", host: "127.0.0.1", port: hub.mqttPort },
    serial: { path: mcu.path },
    metrics: { port: 0 },
  };
  const file = join(folder, "gateway.yaml");
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  const daemon = startDaemon(["run", "--config", file], watch.changed);
  t.after(async () => {
    daemon.signal("SIGKILL");
    await daemon.ended;
  });
  for (const pattern of [/session: up/, /mcu: /])
    await watch.until(`${pattern} in the log`, () => pattern.test(daemon.stderr()));
  const port = await watch.until("the port of the metrics", () => {
    const match = /metrics: 127\.0\.0\.1: listening on port (\d+)/.exec(daemon.stderr());
    return match === null ? undefined : Number(match[1]);
  });
  return { deviceName, daemon, port, instance: `127.0.0.1:${port}` };
}

/** What a panel's first query is for `instance`, a regular expression. */
async function figureOf(prometheus: Prometheus, panel: Panel, instance = ".+"): Promise<number | undefined> {
  const [target] = panel.targets;
  assert.ok(target !== undefined);
  const samples = await prometheus.query(promQlOf(target.expr, instance));
  assert.ok(samples.length <= 1, target.expr);
  return samples[0]?.value;
}

function panel(title: string, type: string): Panel {
  const found = panels.find((one) => one.title === title && one.type === type);
  assert.ok(found !== undefined, title);
  return found;
}

/** Gateways that are there, those that are missing, and session, port and MCU of all. */
async function tilesOf(prometheus: Prometheus, instance?: string): Promise<(number | undefined)[]> {
  const titles = ["Gateways", "Missing", "Session with the hub", "Serial port", "MCU"];
  return await Promise.all(titles.map((title) => figureOf(prometheus, panel(title, "stat"), instance)));
}

/** What is empty where all is well. */
function mayBeEmpty(expr: string): boolean {
  // Boards without a name of their own are online with the session.
  return / > 0$/.test(expr) || /certificate_expiry|board_o(?:n|ff)line/.test(expr);
}

test("a Prometheus of today runs all that is asked of it, and sees a gateway die", { timeout: 240_000 }, async (t) => {
  const watch = createWatch();
  const names = ["gateway01", "gateway02"] as const;
  const devices = names.map((deviceName) => ({ productId, deviceName, deviceSecret }));
  const hub = await startHub({ devices, observe: watch.changed });
  t.after(() => hub.close());
  const first = await startGateway(t, names[0], hub, watch);
  const second = await startGateway(t, names[1], hub, watch);
  const folder = mkdtempSync(join(tmpdir(), "rrpc-prometheus-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const prometheus = await startPrometheus(folder, [first.port, second.port]);
  t.after(() => prometheus.kill());

  await prometheus.until("rrpc_gateway_build_info", (samples) => samples.length === 2);
  const callAll = async () => {
    for (const device of devices) assert.equal((await hub.call(device, "on")).kind, "answered");
  };
  await callAll();
  const counted = (times: number) =>
    prometheus.until(
      `rrpc_gateway_requests_total{board="board",outcome="ok"} == ${times}`,
      (samples) => samples.length === 2,
    );
  await counted(1);
  await callAll();
  await counted(2);

  await t.test("who they are", async () => {
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    const known = (await prometheus.query("rrpc_gateway_build_info")).map(({ metric, value }) =>
      [metric["instance"], metric["version"], metric["product"], metric["device"], value].join(" "),
    );
    const right = [first, second].map(({ instance, deviceName }) =>
      [instance, version, productId, deviceName, 1].join(" "),
    );
    assert.deepEqual(known.sort(), right.sort());
  });

  await t.test("every expression of the dashboard", async () => {
    const exprs = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
    assert.ok(exprs.length > 40);
    for (const expr of [...exprs, ...variables].map((one) => promQlOf(one))) {
      const samples = await prometheus.query(expr);
      if (!mayBeEmpty(expr))
        assert.ok(
          samples.some(({ value }) => Number.isFinite(value)),
          `no data: ${expr}`,
        );
    }
  });

  await t.test("every expression of the rules, none of which is so", async () => {
    for (const { alert, expr } of alerts) assert.deepEqual(await prometheus.query(expr), [], alert);
  });

  const tiles = (instance?: string) => tilesOf(prometheus, instance);

  await t.test("the tiles are green", async () => assert.deepEqual(await tiles(), [2, 0, 1, 1, 1]));

  second.daemon.signal("SIGKILL");
  await second.daemon.ended;
  await prometheus.until("up == 0", (samples) => samples.length === 1);

  await t.test("the tiles are red at once when one of two is dead, but for the other alone", async () => {
    assert.deepEqual(await tiles(), [1, 1, 0, 0, 0]);
    assert.deepEqual(await tiles(second.instance), [0, 1, 0, 0, 0]);
    assert.deepEqual(await tiles(first.instance), [1, 0, 1, 1, 1]);
    assert.deepEqual(await tiles("never-seen"), [0, 0, 0, 0, 0]);
  });

  await t.test("the table still has it, and shows it down", async () => {
    const { targets } = panel("Gateways", "table");
    const rows = async (refId: string) => {
      const target = targets.find((one) => one.refId === refId);
      return Object.fromEntries(
        (await prometheus.query(promQlOf(target?.expr ?? ""))).map(({ metric, value }) => [metric["instance"], value]),
      );
    };
    assert.deepEqual(await rows("A"), { [first.instance]: 1, [second.instance]: 1 });
    for (const refId of ["B", "C", "D"])
      assert.deepEqual(await rows(refId), { [first.instance]: 1, [second.instance]: 0 }, refId);
  });

  await t.test("the rules see it, and nothing else", async () => {
    for (const { alert, expr } of alerts) {
      const instances = (await prometheus.query(expr)).map(({ metric }) => metric["instance"]);
      const right = ["RrpcGatewayDown", "RrpcGatewayGone"].includes(alert) ? [second.instance] : [];
      assert.deepEqual(instances, right, alert);
    }
    await prometheus.until('ALERTS{alertname="RrpcGatewayDown"}', (samples) => samples.length === 1);
  });
});

test("the tiles are red when a file's figures are old, though they can still be read", {
  timeout: 120_000,
}, async (t) => {
  // What node_exporter goes on showing of a gateway that was killed.
  const oldS = Date.now() / 1000 - 600;
  const labels = `{version="1.0.0",product="${productId}",device="gateway01"}`;
  const text = [
    `rrpc_gateway_build_info${labels} 1`,
    `rrpc_gateway_updated_timestamp_seconds ${oldS}`,
    ...["session", "link", "mcu"].map((which) => `rrpc_gateway_${which}_up 1`),
    "",
  ].join("\n");
  const server = createServer((_, response) => response.setHeader("Content-Type", "text/plain").end(text));
  await once(server.listen(0, "127.0.0.1"), "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const folder = mkdtempSync(join(tmpdir(), "rrpc-prometheus-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const prometheus = await startPrometheus(folder, [(server.address() as AddressInfo).port]);
  t.after(() => prometheus.kill());
  await prometheus.until("rrpc_gateway_session_up == 1", (samples) => samples.length === 1);
  assert.deepEqual(await tilesOf(prometheus), [0, 1, 0, 0, 0]);
  const stale = alerts.find(({ alert }) => alert === "RrpcGatewayStale");
  const [sample] = await prometheus.query(stale?.expr ?? "");
  assert.ok(sample !== undefined && sample.value >= 600, String(sample?.value));
});
