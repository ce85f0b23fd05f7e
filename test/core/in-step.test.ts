import assert from "node:assert/strict";
import { test } from "node:test";
import { InStep } from "./in-step.ts";

test("only an answer that is later than the quiet time, and is read while another command is in flight, goes to another", () => {
  const inStep = new InStep(5000);
  inStep.settled("R1", 1000);
  inStep.heard(["R1"], true, 6000);
  assert.ok(!inStep.isLost, "in the quiet time nothing may be in flight");
  inStep.heard(["R1"], false, 7000);
  assert.ok(!inStep.isLost, "nobody is given it");
  inStep.heard(["R1"], true, 7000);
  assert.ok(inStep.isLost);
  inStep.found();
  assert.ok(!inStep.isLost);
});

test("where answers have ids none goes to another", () => {
  const inStep = new InStep(undefined);
  inStep.settled("R1", 1000);
  inStep.heard(["R1"], true, 60_000);
  assert.ok(!inStep.isLost);
});
