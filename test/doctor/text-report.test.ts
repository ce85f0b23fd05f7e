/** How the doctor's report reads where there are several boards. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Finding, fault, ok, unknown } from "../../src/doctor/finding.ts";
import { TextReport } from "../../src/doctor/text-report.ts";

const of = (board: string, finding: Finding): Finding => ({ ...finding, board });

const findings: readonly Finding[] = [
  ok("configuration", "valid", "c.yaml is valid"),
  of("pump", ok("port.path", "stable_name", "/dev/serial/by-id/pump")),
  of("pump", ok("port.access", "open", "open to root")),
  of("pump", unknown("mcu.hello", "not_tried", "not asked")),
  of("fan", ok("port.path", "stable_name", "/dev/serial/by-id/fan")),
  of("fan", fault("mcu.hello", "no_port", "the port hangs", "unplug it")),
  of("fan", ok("port.hangup", "hupcl_off", "off")),
  of("valve", unknown("mcu.hello", "not_tried", "not asked")),
  ok("hub.address", "resolved", "localhost is ::1"),
];

function reportOf(isBrief: boolean): string {
  let text = "";
  const report = new TextReport({
    isBrief,
    write(piece) {
      text += piece;
    },
  });
  for (const finding of findings) report.add(finding);
  report.end();
  return text;
}

test("of several boards what is wrong is told in full, and the rest in one line for each", () => {
  assert.equal(
    reportOf(true),
    `ok       the configuration: c.yaml is valid
ok       pump: nothing wrong in 2 checks, 1 check not made; --board pump shows them
FAULT    fan: the MCU's answer: the port hangs
         -> unplug it
ok       fan: nothing wrong in 2 checks; --board fan shows them
?        valve: 1 check not made; --board valve shows them
ok       the hub's address (DNS): localhost is ::1
1 fault; 2 not checked
`,
  );
});

test("of one board that was asked for everything is told, with its name", () => {
  const lines = reportOf(false).split("\n");
  assert.equal(lines.length, findings.length + 1 + 1 + 1);
  assert.equal(lines[1], "ok       pump: the path of the serial port: /dev/serial/by-id/pump");
  assert.equal(lines[3], "?        pump: the MCU's answer: not asked");
});
