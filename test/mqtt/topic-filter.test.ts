import assert from "node:assert/strict";
import { test } from "node:test";
import { matchesFilter } from "../../src/mqtt/topic-filter.ts";

test("filters and topics, by the examples of MQTT 3.1.1 §4.7 and some at their edges", () => {
  const rows: [filter: string, topic: string, isMatch: boolean][] = [
    ["sport/tennis/player1/#", "sport/tennis/player1", true],
    ["sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true],
    ["sport/tennis/player1/#", "sport/tennis/player2", false],
    ["#", "a/b", true],
    ["sport/tennis/+", "sport/tennis/player1", true],
    ["sport/tennis/+", "sport/tennis/player1/ranking", false],
    ["sport/+", "sport", false],
    ["sport/+", "sport/", true],
    ["+/+", "/finance", true],
    ["+", "/finance", false],
    ["#", "$SYS/monitor", false],
    ["+/monitor", "$SYS/monitor", false],
    ["$SYS/+", "$SYS/monitor", true],
    ["$rrpc/rxd/P/D/+", "$rrpc/rxd/P/D/41440", true],
    ["$rrpc/rxd/P/D/+", "$rrpc/rxd/P/D2/41440", false],
    ["a/b", "a/B", false],
  ];
  for (const [filter, topic, isMatch] of rows)
    assert.equal(matchesFilter(filter, topic), isMatch, `${filter} ${topic}`);
});
