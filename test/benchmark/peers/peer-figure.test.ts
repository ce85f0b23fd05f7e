/** How the comparison with the peers judges: a target that is missed must not look met, and what was not measured is neither. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Bridge } from "../bridges.ts";
import { peerFigure, peerTableOf, type Series, type Target } from "./peer-figure.ts";

const seriesOf = (rounds: Partial<Record<Bridge, readonly number[]>>): Series =>
  new Map(Object.entries(rounds) as [Bridge, readonly number[]][]);

function metOf(rounds: Partial<Record<Bridge, readonly number[]>>, target: Target): boolean | undefined {
  return peerFigure("figure", seriesOf(rounds), target).met;
}

test("a ratio is the median of the rounds' ratios, not the ratio of the medians", () => {
  // The second round was disturbed for both.
  const rounds = { c: [10, 100, 10], ours: [20, 200, 25] };
  assert.equal(peerFigure("figure", seriesOf(rounds)).cells.get("ours"), "2.00 (25)");
  assert.equal(metOf(rounds, { toC: { atMost: 2 } }), true);
  assert.equal(metOf(rounds, { toC: { atMost: 1.99 } }), false);
});

test("of an even number of rounds not the better half decides", () => {
  assert.equal(metOf({ c: [10, 10], ours: [20, 26] }, { toC: { atMost: 2.2 } }), false);
});

test("each of several targets has to be met", () => {
  const target = { toC: { atMost: 2.2 }, toPython: { below: 1 } } as const;
  assert.equal(metOf({ c: [10], ours: [22], python: [23] }, target), true);
  assert.equal(metOf({ c: [10], ours: [22], python: [22] }, target), false);
  assert.equal(metOf({ c: [10], ours: [23], python: [30] }, target), false);
});

test("throughput has a lower limit, memory and start one of their own", () => {
  assert.equal(metOf({ c: [319], ours: [316] }, { toC: { atLeast: 0.99 } }), true);
  assert.equal(metOf({ c: [319], ours: [315] }, { toC: { atLeast: 0.99 } }), false);
  assert.equal(metOf({ ours: [60] }, { atMost: 60 }), true);
  assert.equal(metOf({ ours: [60.1] }, { atMost: 60 }), false);
});

test("without a C bridge there is no judgement that needs one, and its column is left out", () => {
  const figure = peerFigure("figure", seriesOf({ ours: [5] }), { toC: { atMost: 2 } });
  assert.equal(figure.met, undefined);
  assert.equal(peerTableOf([figure], ["ours"]).split("\n").at(-1), "| figure | 5.00         | ≤ 2 × C |     |");
});

test("the table says NO where a target is missed", () => {
  const figure = peerFigure("figure", seriesOf({ c: [1], ours: [3] }), { toC: { atMost: 2 } });
  assert.match(peerTableOf([figure], ["c", "ours"]), /\| ≤ 2 × C \| NO {2}\|$/);
});

test("of several targets the table says which is missed", () => {
  const target = { toC: { atMost: 2.2 }, toPython: { below: 1 } } as const;
  const figure = peerFigure("figure", seriesOf({ c: [10], ours: [23], python: [30] }), target);
  assert.match(peerTableOf([figure], ["c", "ours", "python"]), /\| ≤ 2.2 × C, < Python \| NO, yes \|$/);
  const withoutC = peerFigure("figure", seriesOf({ ours: [23], python: [30] }), target);
  assert.match(peerTableOf([withoutC], ["ours", "python"]), /\| –, yes \|$/);
});
