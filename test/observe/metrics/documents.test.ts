/** docs/metrics.md and the dashboard say what the code does. UPDATE_DOCS=1 writes the table anew. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createInstruments } from "../../../src/observe/metrics/instruments.ts";
import { metricsTable } from "../../../src/observe/metrics/table.ts";
import { holdPart, read } from "../../support/documents.ts";
import { dashboard, panels, variables } from "./dashboard.ts";
import { declared, metricsIn, seriesOf, seriesOfAll } from "./names.ts";

const facts = { version: "1.2.3", product: "ABCDEFGH12", device: "gateway01", certificateExpiresAtMs: undefined };

test("the table of docs/metrics.md is the catalogue", () => {
  holdPart("docs/metrics.md", "metrics", metricsTable());
});

test("names and helps follow Prometheus' conventions", () => {
  for (const { name, kind, help, labels } of declared) {
    assert.match(name, /^rrpc_gateway_[a-z]+(_[a-z]+)*$/);
    assert.equal(name.endsWith("_total"), kind === "counter", name);
    if (kind === "histogram") assert.match(name, /_(seconds|bytes)$/);
    if (kind === "gauge") assert.match(name, /_(up|online|offline|bytes|seconds|info|only|released)$/);
    assert.doesNotMatch(name, /_(ms|milliseconds|kilobytes)/);
    assert.match(help, /^[A-Z0-9].*\.$/, name);
    for (const label of Object.keys(labels)) assert.match(label, /^[a-z]+$/);
  }
  assert.equal(new Set(declared.map(({ name }) => name)).size, declared.length);
});

test("every query that the document shows is of metrics that exist", () => {
  const queries = [...read("docs/metrics.md").matchAll(/`([^`]*\brrpc_[^`]*)`/g)];
  assert.ok(queries.length > declared.length);
  for (const [, query = ""] of queries) {
    for (const name of metricsIn(query.replace("rrpc_gateway_answer_…", ""))) {
      assert.ok(seriesOfAll.has(name) || declared.some((one) => one.name === name), name);
    }
  }
});

test("every query of the dashboard is of metrics that exist, and every metric has its place in it", () => {
  const queries = [...panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)), ...variables];
  assert.equal(variables.length, 2);
  const used = new Set(queries.flatMap(metricsIn));
  assert.deepEqual(
    [...used].filter((name) => !seriesOfAll.has(name)),
    [],
  );
  for (const declaration of declared)
    assert.ok(
      seriesOf(declaration).some((name) => used.has(name)),
      declaration.name,
    );
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
});

test("the labels that a dashboard selects by are those that the metrics have", async () => {
  const text = await createInstruments({ session: false, links: new Map([["board", false]]) }, facts).text();
  const selected = [
    ...dashboard.matchAll(
      /(rrpc_gateway_\w+)\{instance=~\\"\$instance\\",(?:(board)=~\\"\$board\\",)?(\w+)=\\"(\w+)\\"\}/g,
    ),
  ];
  assert.ok(selected.length >= 3);
  for (const [, name, board, label, value] of selected) {
    const labels = `${board === undefined ? "" : 'board="board",'}${label}="${value}"`;
    assert.ok(text.includes(`${name}{${labels}} 0\n`), name);
  }
});

test("a tile shows what is now: of a range it would show what was, hours after a gateway's death", () => {
  const now = panels.filter(({ type }) => type === "stat" || type === "table");
  assert.ok(now.length >= 9);
  for (const { title, targets } of now)
    assert.ok(
      targets.every(({ instant }) => instant === true),
      title,
    );
});
