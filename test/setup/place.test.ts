/** Which service files are written for, and where; with real units and drop-ins in folders of the test's own. */
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { makeFolder } from "../../src/setup/files.ts";
import { placeInFolder, placeOfService } from "../../src/setup/place.ts";

const root = join(import.meta.dirname, "../..");

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "rrpc-place-test-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Both units as they are installed, with drop-ins by the unit's file name. */
function units(t: TestContext, dropIns: Readonly<Record<string, string>>): readonly string[] {
  const folder = temporaryFolder(t);
  copyFileSync(join(root, "rrpc-gateway.service"), join(folder, "rrpc-gateway.service"));
  copyFileSync(join(root, "deploy/rrpc-gateway@.service"), join(folder, "rrpc-gateway@.service"));
  for (const [unit, text] of Object.entries(dropIns)) {
    mkdirSync(join(folder, `${unit}.d`));
    writeFileSync(join(folder, `${unit}.d/own.conf`), `[Service]\n${text}\n`);
  }
  return [folder];
}

function faultOf(place: ReturnType<typeof placeOfService>): string {
  assert.ok(place.kind === "no_place", "it has a place");
  return place.problem;
}

test("the installed service and its instances have files of their own", (t) => {
  const folders = units(t, { "rrpc-gateway.service": "User=root", "rrpc-gateway@.service": "User=root" });
  for (const [instance, configFile, unit] of [
    [undefined, "/etc/rrpc-gateway/config.yaml", "rrpc-gateway.service"],
    ["pump", "/etc/rrpc-gateway/pump.yaml", "rrpc-gateway@pump.service"],
  ] as const) {
    const place = placeOfService(instance, folders);
    assert.ok(place.kind === "place", JSON.stringify(place));
    assert.deepEqual([place.configFile, place.service?.unit.name], [configFile, unit]);
  }
});

test("a service that uses another file is named with that file, and is no reason to start another service", (t) => {
  const start = (file: string) =>
    `User=root\nExecStart=\nExecStart=/usr/bin/node /opt/rrpc-gateway run --config ${file}`;
  const folders = units(t, {
    "rrpc-gateway.service": start("/srv/gateway.yaml"),
    "rrpc-gateway@.service": start("/srv/%i.yaml"),
  });
  assert.match(faultOf(placeOfService(undefined, folders)), /^rrpc-gateway\.service uses \/srv\/gateway\.yaml .*edit/);
  assert.match(faultOf(placeOfService("pump", folders)), /^rrpc-gateway@pump\.service uses \/srv\/pump\.yaml .*edit/);
  // An instance called "config" would have the usual file.
  const [usualTemplate = ""] = units(t, { "rrpc-gateway.service": start("/srv/gateway.yaml") });
  assert.match(
    faultOf(placeOfService(undefined, [usualTemplate])),
    /^rrpc-gateway\.service uses \/srv\/gateway\.yaml /,
  );
  const own = units(t, { "rrpc-gateway.service": "ExecStart=\nExecStart=/srv/start-gateway" });
  assert.match(faultOf(placeOfService(undefined, own)), /^rrpc-gateway\.service is installed, but the --config /);
});

test("where no service is installed, or its user is not there, that is said", (t) => {
  assert.match(
    faultOf(placeOfService(undefined, [temporaryFolder(t)])),
    /^no service of the gateway is installed here/,
  );
  const folders = units(t, { "rrpc-gateway.service": `User=nobody-${process.pid}` });
  assert.match(
    faultOf(placeOfService(undefined, folders)),
    new RegExp(`^rrpc-gateway\\.service runs as nobody-${process.pid}, and there is no such user`),
  );
});

test("the folder lets the service's group in, whatever the umask", (t) => {
  const folder = join(temporaryFolder(t), "etc");
  const before = process.umask(0o077);
  t.after(() => process.umask(before));
  makeFolder(placeInFolder(folder, undefined));
  assert.equal((statSync(folder).mode & 0o777).toString(8), "750");
});
