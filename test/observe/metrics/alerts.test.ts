/** The alert rules are of metrics that exist, each has its test for promtool, and docs/metrics.md has them all. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { reasons } from "../../../src/core/outcome.ts";
import { dropNames } from "../../../src/core/report.ts";
import { settled } from "../../../src/gateway/reports/settled.ts";
import { offlineReasons } from "../../../src/observe/metrics/catalogue.ts";
import { holdPart } from "../../support/documents.ts";
import { alerts } from "./alerts.ts";
import { metricsIn, seriesOfAll } from "./names.ts";

const root = join(import.meta.dirname, "../../..");

test("every alert is of metrics, drops and reasons that exist, and says what it means and how much it matters", () => {
  assert.ok(alerts.length >= 15);
  assert.equal(new Set(alerts.map(({ alert }) => alert)).size, alerts.length);
  const names: readonly string[] = dropNames;
  for (const { alert, expr, labels, annotations } of alerts) {
    assert.match(alert, /^RrpcGateway[A-Z]/);
    assert.deepEqual(
      metricsIn(expr).filter((name) => !seriesOfAll.has(name)),
      [],
      alert,
    );
    assert.match(labels.severity, /^(critical|warning)$/, alert);
    assert.ok(annotations.summary.length > 20 && annotations.description.length > 20, alert);
    for (const [, label = "", values = ""] of expr.matchAll(/\b(name|outcome)(?:!?[=~]~?)"([^"]*)"/g)) {
      const known = label === "name" ? names : ["ok", ...Object.keys(reasons)];
      for (const value of values.split("|")) assert.ok(known.includes(value), `${alert}: ${label} ${value}`);
    }
  }
});

test("the errors that the alert leaves out are those that say nothing about hub, port or MCU", () => {
  const expr = alerts.find(({ alert }) => alert === "RrpcGatewayErrors")?.expr ?? "";
  const [, left = ""] = /outcome!~"([^"]*)"/.exec(expr) ?? [];
  const silent = Object.entries(settled).filter(([, { beginsIncident }]) => !beginsIncident);
  assert.deepEqual(left.split("|").sort(), silent.map(([outcome]) => outcome).sort());
});

test("a board that the hub does not serve raises an alert, unless that is as configured", () => {
  const expr = alerts.find(({ alert }) => alert === "RrpcGatewayBoardRefused")?.expr ?? "";
  const [, told = ""] = /reason=~"([^"]*)"/.exec(expr) ?? [];
  const asConfigured = ["absent"];
  assert.deepEqual([...told.split("|"), ...asConfigured].sort(), [...offlineReasons].sort());
});

test("every alert is raised in the rules' own tests", () => {
  const tests = readFileSync(join(root, "deploy/prometheus/rules.test.yaml"), "utf8");
  for (const { alert } of alerts) assert.ok(tests.includes(`'ALERTS{alertname="${alert}",alertstate="firing"`), alert);
});

test("docs/metrics.md has a table of the alerts", () => {
  const rows = alerts.map((one) => `| \`${one.alert}\` | ${one.labels.severity} | ${one.annotations.description} |`);
  holdPart("docs/metrics.md", "alerts", ["| alert | severity | what it means |", "|---|---|---|", ...rows].join("\n"));
});
