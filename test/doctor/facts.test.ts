/** What the doctor sees of a real world: files, processes, terminals, and what other programs print. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { checkConfiguration } from "../../src/doctor/checks/configuration.ts";
import { synchronisedByChrony, synchronisedByTimedatectl } from "../../src/doctor/facts/clock.ts";
import { boardSecretFacts, credentialFacts, loadAsService, secretFacts } from "../../src/doctor/facts/configuration.ts";
import { portFacts, readHupcl } from "../../src/doctor/facts/port.ts";
import { runCommand } from "../../src/host/command.ts";
import { nodesTo } from "../../src/host/files.ts";
import { holdersAmong } from "../../src/host/port-holders.ts";
import { listProcesses } from "../../src/host/processes.ts";
import { may, rights } from "../../src/host/rights.ts";
import { hupclIn } from "../../src/host/tty-tools.ts";
import { readUnit } from "../../src/host/unit.ts";
import { ownIdentity, unitIdentity, userIdentity } from "../../src/host/users.ts";
import { good, temporaryFolder } from "../config/folder.ts";
import { openPty } from "../support/pty.ts";

const folder = temporaryFolder();
after(folder.remove);

test("users, with the groups that a unit adds", () => {
  assert.deepEqual(userIdentity("root", "--user"), { ...userIdentity("root", ""), uid: 0, source: "--user" });
  assert.equal(userIdentity("no-such-user", "--user"), undefined);
  const dynamic = unitIdentity(readUnit("a.service", ["User=no-such-user\nDynamicUser=yes\nGroup=root\n"], ""));
  assert.deepEqual([dynamic.uid, dynamic.gids, dynamic.source], [undefined, [0], "DynamicUser= of a.service"]);
  assert.equal(ownIdentity().uid, process.geteuid?.());
});

test("a path's folders, and whether they let a user through", () => {
  const path = folder.write("mine", "", 0o640);
  const nodes = nodesTo(path);
  assert.deepEqual([nodes?.[0]?.path, nodes?.at(-2)?.path, nodes?.at(-1)?.path], ["/", folder.path, path]);
  const [file] = nodes?.slice(-1) ?? [];
  assert.ok(file);
  assert.equal(file.mode, 0o640);
  const user = { name: "a", source: "", unit: undefined };
  assert.equal(may({ ...user, uid: file.uid, gids: [] }, rights.readWrite, file), true);
  assert.equal(may({ ...user, uid: 4242, gids: [file.gid] }, rights.read, file), true);
  assert.equal(may({ ...user, uid: 4242, gids: [file.gid] }, rights.readWrite, file), false);
  assert.equal(may({ ...user, uid: 4242, gids: [4242] }, rights.read, file), false);
  assert.equal(nodesTo(join(folder.path, "none")), undefined);
});

test("a credential is read from where the unit has it, and named so", () => {
  const file = folder.write("c.yaml", good.replace("deviceSecretFile: device-secret", "deviceSecretCredential: key"));
  const source = join(folder.path, "device-secret");
  const unit = readUnit("a.service", [`LoadCredential=key:${source}\n`], "");
  const loaded = loadAsService(file, unit, {});
  assert.ok(loaded.kind === "loaded");
  assert.deepEqual(secretFacts(file, loaded, unit, {}), { path: source, nodes: nodesTo(source), via: "credential" });

  const elsewhere = readUnit("a.service", [`LoadCredential=key:${source}.old\n`], "");
  const refused = loadAsService(file, elsewhere, {});
  assert.deepEqual(refused.kind === "loaded" || refused.findings.map(({ found }) => found), [
    `no such file: ${source}.old`,
  ]);
  assert.equal(loadAsService(file, undefined, {}).kind, "refused");
});

test("the secrets of the boards' devices, each by its file", () => {
  const boards =
    "boards:\n  own: {serial: {path: /dev/a}}\n  pump:\n    device: {productId: SUBPRODUCT, deviceName: sub01, secretFile: device-secret}\n" +
    "    serial: {path: /dev/b}\n";
  const loaded = loadAsService(folder.write("c.yaml", good.replace(/serial:[\s\S]*/, boards)), undefined, {});
  assert.ok(loaded.kind === "loaded");
  const path = join(folder.path, "device-secret");
  assert.deepEqual(boardSecretFacts(loaded, "pump"), { path, nodes: nodesTo(path), via: "file", board: "pump" });
  assert.equal(boardSecretFacts(loaded, "own"), undefined);
});

test("what this user may not read is not called a fault", () => {
  const path = folder.write("closed", "hub:\n");
  chmodSync(path, 0);
  const own = process.geteuid?.();
  // Root may read everything, so it asks as somebody else.
  if (own === 0) process.seteuid?.(65534);
  const loaded = loadAsService(path, undefined, {});
  if (own === 0) process.seteuid?.(0);
  assert.equal(loaded.kind === "loaded", false);
  const findings =
    loaded.kind === "loaded" ? [] : checkConfiguration({ file: path, findings: loaded.findings, isRoot: false });
  assert.deepEqual(
    findings.map(({ state }) => state),
    ["warning"],
  );
});

test("a port through its link, its holder, and not those at the other end of it", async (t) => {
  const pty = await openPty();
  t.after(() => pty.hangUp());
  const path = join(folder.path, "tty");
  symlinkSync(pty.path, path);
  const { device } = portFacts(path);
  assert.ok(device.kind === "present");
  assert.deepEqual([device.path, device.isCharacterDevice], [pty.path, true]);
  assert.deepEqual(holdersAmong(pty.path, listProcesses()).holders, []);

  const reader = spawn("cat", [pty.path], { stdio: ["ignore", "pipe", "ignore"] });
  t.after(() => reader.kill());
  pty.send("it is open\n");
  await once(reader.stdout, "data");
  assert.deepEqual(holdersAmong(pty.path, listProcesses()).holders, [
    { pid: reader.pid, name: "cat", gatewayConfig: undefined },
  ]);
  assert.equal(portFacts(join(folder.path, "none")).device.kind, "absent");
});

test("a gateway is known by its command line, its configuration by where it runs", async (t) => {
  const config = folder.write("c.yaml", good);
  const program = folder.write("rrpc-gateway", "process.stdout.write('up'); process.stdin.resume();");
  const gateway = spawn(process.execPath, [program, "run", "--config", "c.yaml"], { cwd: folder.path });
  t.after(() => gateway.kill());
  const other = spawn(process.execPath, [program, "check", "--config", "c.yaml"], { cwd: folder.path });
  t.after(() => other.kill());
  await Promise.all([once(gateway.stdout, "data"), once(other.stdout, "data")]);
  const configOf = (pid?: number) => listProcesses().find((one) => one.pid === pid)?.gatewayConfig;
  assert.equal(configOf(gateway.pid), config);
  assert.equal(configOf(other.pid), undefined);
});

test("HUPCL, as stty prints it and as a real terminal has it", async (t) => {
  assert.equal(hupclIn("-parenb cs8 hupcl -cstopb\n"), true);
  assert.equal(hupclIn("-parenb cs8 -hupcl -cstopb\n"), false);
  assert.equal(hupclIn("speed 9600 baud"), undefined);
  const pty = await openPty();
  t.after(() => pty.hangUp());
  const setting = spawn("stty", ["-F", pty.path, "hupcl"]);
  await once(setting, "exit");
  assert.deepEqual(await readHupcl(pty.path), { kind: "known", isSet: true });
  assert.equal((await readHupcl("/dev/null")).kind, "unseen");
});

test("who keeps the clock: timedatectl's and chrony's words", () => {
  const timedatectl = (stdout: string) => synchronisedByTimedatectl({ kind: "output", stdout });
  assert.deepEqual(timedatectl("yes\n"), { kind: "known", isSynchronised: true, says: "the kernel (timedatectl)" });
  assert.deepEqual(timedatectl("no\n"), { kind: "known", isSynchronised: false, says: "the kernel (timedatectl)" });
  assert.deepEqual(timedatectl(""), { kind: "unseen", why: "timedatectl does not say" });
  const chrony = (status: string) =>
    synchronisedByChrony({ kind: "output", stdout: `Stratum : 3\nLeap status     : ${status}\n` });
  assert.deepEqual(chrony("Normal"), { kind: "known", isSynchronised: true, says: "chrony (leap status Normal)" });
  assert.deepEqual(chrony("Not synchronised"), {
    kind: "known",
    isSynchronised: false,
    says: "chrony (leap status Not synchronised)",
  });
});

test("a program that is not there, one that complains, and one that hangs", async () => {
  assert.deepEqual(await runCommand("no-such-program", []), {
    kind: "unseen",
    why: "there is no no-such-program here",
  });
  assert.deepEqual(await runCommand("sh", ["-c", "echo why >&2; exit 3"]), { kind: "unseen", why: "sh: why" });
  assert.deepEqual(await runCommand("sh", ["-c", "exec sleep 60"]), {
    kind: "unseen",
    why: "sh did not answer within 3000 ms",
  });
});

test("the copy that systemd made of a credential is compared with the file that it was made of", () => {
  const source = folder.write("secret-of-the-unit", "MDEyMzQ1Njc4OWFiY2RlZg==\n");
  const unit = readUnit("a.service", [`[Service]\nLoadCredential=device-secret:${source}\n`], "");
  const yaml = good.replace("deviceSecretFile:", "deviceSecretCredential:");
  const loaded = loadAsService(folder.write("credential.yaml", yaml), unit, {});
  assert.ok(loaded.kind === "loaded", JSON.stringify(loaded));
  const look = () => credentialFacts(loaded, unit, folder.path);
  assert.deepEqual(look(), { unit: "a.service", source, isSame: undefined });
  mkdirSync(join(folder.path, "a.service"));
  folder.write("a.service/device-secret", "MDEyMzQ1Njc4OWFiY2RlZg==\n");
  assert.equal(look()?.isSame, true);
  folder.write("secret-of-the-unit", "ZmVkY2JhOTg3NjU0MzIxMA==\n");
  assert.equal(look()?.isSame, false);
  assert.equal(credentialFacts(loaded, undefined), undefined);
});
