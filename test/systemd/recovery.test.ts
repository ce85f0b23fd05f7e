/** The files that give the service what a recovery action needs. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";

const read = (name: string) => readFileSync(new URL(`../../deploy/recovery/${name}`, import.meta.url), "utf8");
const linesOf = (name: string) =>
  read(name)
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));

test("a drop-in opens what its action needs, and nothing else", () => {
  assert.deepEqual(linesOf("usb-power.conf"), [
    "[Service]",
    "ReadWritePaths=/sys/devices",
    "RuntimeDirectoryPreserve=restart",
  ]);
  assert.deepEqual(linesOf("gpio.conf"), ["[Service]", "SupplementaryGroups=gpio", "DeviceAllow=char-gpiochip rw"]);
  assert.deepEqual(linesOf("gpio.rules"), ['SUBSYSTEM=="gpio", KERNEL=="gpiochip*", GROUP="gpio", MODE="0660"']);
});

/** What the rule has udev run for a hub's interface, whose folder is `%S%p`; `$$` is one `$`. */
function commandFor(hub: string): string {
  const [, script = ""] =
    /^ACTION!="remove", SUBSYSTEM=="usb", DRIVER=="hub", RUN\+="\/bin\/sh -c '(.*)'"$/.exec(
      linesOf("usb-power.rules").join("\n"),
    ) ?? [];
  assert.notEqual(script, "");
  return script.replaceAll("%S%p", hub).replaceAll("$$", "$");
}

test("of a hub the udev rule opens the switches of its ports, and nothing else", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "rrpc-hub-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const hub = join(folder, "1-1:1.0");
  const switches = ["1-1-port1/disable", "1-1-port2/disable"];
  const others = ["authorized", "bAlternateSetting", "1-1-port1/quirks", "1-1-port1/power/control", "ep_81/disable"];
  for (const file of [...switches, ...others]) {
    mkdirSync(dirname(join(hub, file)), { recursive: true });
    writeFileSync(join(hub, file), "0\n");
    chmodSync(join(hub, file), 0o644);
  }
  mkdirSync(join(hub, "1-1-port3")); // Before Linux 6.0 it has no such file.
  // The group is there on a machine that has the gateway; here its name is noted.
  writeFileSync(join(folder, "chgrp"), `#!/bin/sh\necho "$@" >>'${folder}/calls'\n`, { mode: 0o755 });
  execFileSync("/bin/sh", ["-c", commandFor(hub)], { env: { PATH: `${folder}:${process.env["PATH"]}` } });

  const modeOf = (file: string) => (statSync(join(hub, file)).mode & 0o777).toString(8);
  assert.deepEqual(switches.map(modeOf), ["664", "664"]);
  assert.deepEqual(
    others.map(modeOf),
    others.map(() => "644"),
  );
  const calls = readFileSync(join(folder, "calls"), "utf8").trim().split("\n");
  assert.deepEqual(
    calls,
    switches.map((file) => `rrpc-gateway ${join(hub, file)}`),
  );
});
