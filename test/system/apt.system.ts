/**
 * The package from a signed apt repository, as the repository's own README.txt says it, on Debian 12 and 13 with the
 * Node.js of each: installation, upgrade, roll-back, removal; what is not signed is refused; what an earlier install.sh
 * has left is replaced.
 *
 * Needs root, `npm run build`, mmdebstrap, systemd-container, gnupg, dpkg-dev and network for Debian trees; some 30 s for
 * each Debian.
 */
import assert from "node:assert/strict";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type Hub, startHub } from "../../src/lab/hub/hub.ts";
import { createWatch } from "../support/watch.ts";
import { architecture, buildPackage, makeKey, publish as publishPackage } from "./apt-repository.ts";
import { callDevice, plugBoardInto, untilDeviceServed } from "./container-board.ts";
import { serveFiles } from "./file-server.ts";
import { bootContainer, type Container, type Release } from "./systemd-container.ts";

const checkout = new URL("../../", import.meta.url).pathname;
const product = { productId: "ABCDEFGH12", deviceSecret: "MDEyMzQ1Njc4OWFiY2RlZg==" };
const gateway = { productId: product.productId, deviceName: "gateway01" };
const pump = { productId: product.productId, deviceName: "pump" };
const owner = "A. Maintainer <maintainer@example.org>";
const unit = "rrpc-gateway.service";
const etc = "/etc/rrpc-gateway";
const sources = "/etc/apt/sources.list.d/rrpc-gateway.sources";

const bound = { timeout: 90_000 };
const folder = mkdtempSync(join(tmpdir(), "rrpc-apt-"));
const packages = join(folder, "packages");
const key = join(folder, "key");
const strangersKey = join(folder, "strangers-key");
const watch = createWatch();
/** What has been started, to be stopped in reverse, also where the start has failed half way. */
const stops: (() => Promise<void> | void)[] = [() => rmSync(folder, { recursive: true })];
let hub: Hub;

before(async () => {
  hub = await startHub({
    devices: [gateway, pump].map((device) => ({ ...device, deviceSecret: product.deviceSecret })),
  });
  stops.push(() => hub.close());
  makeKey(key, owner);
  makeKey(strangersKey, "A. Stranger <stranger@example.org>");
  for (const version of ["1.0.0", "1.0.1"]) buildPackage(packages, version, owner);
});

after(async () => {
  for (const stop of stops.reverse()) await stop();
});

/** Adds a version to the repository in `folder`, which boxes find at `url`. */
function publish(version: string, folder: string, url: string, by = key): void {
  publishPackage(join(packages, `rrpc-gateway_${version}_${architecture}.deb`), folder, url, by);
}

/** The commands that a repository's README.txt gives under `heading`, as root. */
function commandsOf(repository: string, heading: string): string {
  const text = readFileSync(join(repository, "README.txt"), "utf8");
  const [, block] = new RegExp(`^${heading}.*:\n((?:  .*\n)+)`, "m").exec(text) ?? [];
  assert.ok(block !== undefined, heading);
  return block.replaceAll(/^ {2}/gm, "").replaceAll("sudo ", "");
}

function config(deviceName: string, tty: string): string {
  return `hub:
  productId: ${product.productId}
  deviceName: ${deviceName}
  deviceSecretCredential: device-secret
  transport: tcp
  host: 127.0.0.1
  port: ${hub.mqttPort}
serial:
  path: ${tty}
`;
}

/** Standard output and standard error of a shell command in `container`. */
const shell = (container: Container, command: string) =>
  container.run("sh", "-ec", `export DEBIAN_FRONTEND=noninteractive; exec 2>&1\n${command}`);

/** What is wanted of the package, what it is, its name and version, as `dpkg --list` says it. */
async function installed(container: Container): Promise<string> {
  const lines = (await container.run("dpkg", "--list", "rrpc-gateway")).trim().split("\n");
  return lines.at(-1)?.split(/\s+/, 3).join(" ") ?? "";
}

/** What a command that is refused has said, which is `reason`. */
const isRefused = (command: Promise<string>, reason: RegExp) =>
  assert.rejects(command, (error: { readonly stdout?: string }) => {
    assert.match(error.stdout ?? "", reason);
    return true;
  });

/** Where the program of a unit's main process is. */
async function programOf(container: Container, service: string): Promise<string> {
  const argv = await container.run("cat", `/proc/${await container.show(service, "MainPID")}/cmdline`);
  return argv.split("\0").find((arg) => arg.endsWith(".cjs")) ?? argv;
}

for (const release of ["bookworm", "trixie"] as const satisfies readonly Release[]) {
  describe(release, () => {
    const repository = join(folder, `repository-${release}`);
    let container: Container;
    let server: Awaited<ReturnType<typeof serveFiles>>;
    before(async () => {
      container = await bootContainer(release, join(folder, release), watch);
      // The tree has all that the package needs: Debian's servers are not asked, and what is refused is this repository.
      await container.run("sh", "-c", "rm -f /etc/apt/sources.list /etc/apt/sources.list.d/*");
      server = await serveFiles(repository);
      publish("1.0.0", repository, `http://127.0.0.1:${server.port}`);
    });
    after(async () => {
      server?.close();
      await container?.stop();
    });

    /** An apt command of README.txt, without its questions. */
    const apt = (heading: string, version = "") =>
      shell(
        container,
        commandsOf(repository, heading)
          .replace(/^curl .*\n/m, "")
          .replaceAll(/apt (install|remove)/g, "apt $1 --yes")
          .replaceAll("VERSION", version),
      );

    test("an index that is signed by nobody or by somebody else, or was changed, is refused", bound, async () => {
      // What README.txt has curl for, which a minimal Debian has not.
      const [, path = "", from = ""] = /curl \S+ (\S+) (\S+)/.exec(commandsOf(repository, "Install")) ?? [];
      container.write(path, await (await fetch(from)).text());
      const strangers = join(folder, `strangers-${release}`);
      publish("1.0.0", strangers, "http://127.0.0.1", strangersKey);
      const index = join(repository, "dists/stable/InRelease");
      const signed = readFileSync(index);
      const unsigned = readFileSync(join(repository, "dists/stable/Release"));
      const update = () => shell(container, "apt-get update --error-on=any");
      writeFileSync(index, unsigned);
      await isRefused(update(), /Clearsigned file isn't valid|is not signed/);
      writeFileSync(index, readFileSync(join(strangers, "dists/stable/InRelease")));
      await isRefused(update(), /NO_PUBKEY|Missing key/);
      const changed = signed.toString().replace("Label: rrpc", "Label: rrpd");
      assert.notEqual(changed, signed.toString());
      writeFileSync(index, changed);
      await isRefused(update(), /BADSIG|manipulated/);
      writeFileSync(index, signed);
      await update();
    });

    if (release === "bookworm") {
      test("what install.sh of a checkout has put there is replaced, and instances alone stay so", bound, async () => {
        for (const path of ["dist/bin", "dist/prebuilds", "deploy", "config.example.yaml", unit]) {
          cpSync(join(checkout, path), join(container.root, "root/checkout", path), { recursive: true });
        }
        await container.run("/root/checkout/deploy/install.sh");
        assert.equal(await container.show(unit, "UnitFileState"), "enabled");
        await container.run("systemctl", "disable", "--now", unit);
        await container.run("rm", `${etc}/config.yaml`);
        container.write(`${etc}/pump.yaml`, config("pump", "/dev/ttyPUMP"));
        container.write(`${etc}/pump.secret`, product.deviceSecret, 0o600);
        // Again, as an upgrade: a machine with instances only stays one.
        await container.run("/root/checkout/deploy/install.sh");
        assert.equal(await container.show(unit, "UnitFileState"), "disabled");
        await plugBoardInto(container, "/dev/ttyPUMP", watch);
        await container.run("systemctl", "enable", "--now", "rrpc-gateway@pump");
        await untilDeviceServed(hub, pump, watch);
        assert.match(await programOf(container, "rrpc-gateway@pump"), /^\/usr\/local\/lib\//);

        // What would not start without it is left alone, and told.
        const dropIn = "/etc/systemd/system/rrpc-gateway@pump.service.d/old.conf";
        container.write(dropIn, "[Service]\nEnvironment=OLD=/usr/local/lib/rrpc-gateway/bin\n");
        const another = "/etc/systemd/system/another.service";
        container.write(
          another,
          '[Service]\nExecStart="/usr/local/bin/rrpc-gateway" check --offline /srv/gateway.yaml\n',
        );
        assert.match(await apt("Install"), /because it is named in: \S+another\.service \S+old\.conf\s/);
        assert.match(await programOf(container, "rrpc-gateway@pump"), /^\/usr\/local\/lib\//);
        await untilDeviceServed(hub, pump, watch);
        await container.run("rm", "-r", dirname(dropIn), another);

        const said = await shell(container, "dpkg-reconfigure rrpc-gateway");
        assert.match(said, /takes the place of what install\.sh of a checkout has put here/);
        assert.match(await programOf(container, "rrpc-gateway@pump"), /^\/usr\/lib\//);
        await untilDeviceServed(hub, pump, watch);
        assert.equal(await container.show("rrpc-gateway@pump", "UnitFileState"), "enabled");
        const left = ["/etc/systemd", "/etc/udev", "/etc/sysusers.d", "/usr/local"];
        const found = await container.run("find", ...left, "-name", "*rrpc-gateway*");
        assert.equal(found, "/etc/systemd/system/multi-user.target.wants/rrpc-gateway@pump.service\n");
        const [aside = ""] = (await container.run("sh", "-c", "echo /var/backups/rrpc-gateway-*")).trim().split(" ");
        await container.run("test", "-x", `${aside}/usr/local/lib/rrpc-gateway/setup`);
        // Without a configuration the service of this name would fail at each boot.
        assert.equal(existsSync(join(container.root, etc, "config.yaml")), false);
        assert.equal(await container.show(unit, "UnitFileState"), "disabled");
        await container.run("systemctl", "enable", unit);
      });
    } else {
      test("it is installed by apt", bound, async () => {
        const said = await apt("Install");
        assert.match(said, /is not configured yet: sudo rrpc-gateway setup; or edit \/etc\/rrpc-gateway\/config\.yaml/);
      });
    }

    test("it answers on this Debian's own Node.js, with a drop-in of the operator's", bound, async () => {
      assert.equal(await installed(container), "ii rrpc-gateway 1.0.0");
      const node = await container.run("node", "--version");
      assert.match(node, release === "bookworm" ? /^v18\./ : /^v20\./);
      container.write("/srv/gateway.yaml", config("gateway01", "/dev/ttyBOARD"));
      container.write(`${etc}/device-secret`, product.deviceSecret, 0o600);
      const argv = "/usr/bin/node /usr/lib/rrpc-gateway/bin/rrpc-gateway.cjs run --config /srv/gateway.yaml";
      container.write(`/etc/systemd/system/${unit}.d/own.conf`, `[Service]\nExecStart=\nExecStart=${argv}\n`);
      await container.run("systemctl", "daemon-reload");
      await plugBoardInto(container, "/dev/ttyBOARD", watch);
      await container.run("systemctl", "restart", unit);
      await untilDeviceServed(hub, gateway, watch);
      assert.equal(await callDevice(hub, gateway, "hello"), "hello");
    });

    test("it is upgraded by apt; what runs is the new version, as the drop-in has it", bound, async () => {
      // The indexes are old when the new version comes: what a box may still ask for stays, what nobody asks for goes.
      const byHash = join(repository, `dists/stable/main/binary-${architecture}/by-hash/SHA256`);
      const indexes = readdirSync(byHash);
      writeFileSync(join(byHash, "of-an-earlier-release"), "");
      const longAgo = Date.now() / 1000 - 40 * 24 * 60 * 60;
      for (const name of readdirSync(byHash)) utimesSync(join(byHash, name), longAgo, longAgo);
      publish("1.0.1", repository, `http://127.0.0.1:${server.port}`);
      const after = readdirSync(byHash);
      assert.equal(after.length, 4);
      for (const name of indexes) assert.ok(after.includes(name), name);
      const before = await container.show(unit, "MainPID");
      await apt("Upgrade");
      assert.equal(await installed(container), "ii rrpc-gateway 1.0.1");
      assert.notEqual(await container.show(unit, "MainPID"), before);
      await untilDeviceServed(hub, gateway, watch);
      assert.match(await container.show(unit, "ExecStart"), /\/srv\/gateway\.yaml/);
    });

    test("and goes back by apt, and stays there", bound, async () => {
      const before = await container.show(unit, "MainPID");
      const said = await apt("Go back", "1.0.0");
      assert.match(said, /^rrpc-gateway\/stable.* 1\.0\.1 /m);
      assert.equal(await installed(container), "hi rrpc-gateway 1.0.0");
      assert.notEqual(await container.show(unit, "MainPID"), before);
      await untilDeviceServed(hub, gateway, watch);
      await shell(container, "apt-get update && apt-get upgrade --yes");
      assert.equal(await installed(container), "hi rrpc-gateway 1.0.0");
    });

    test("a unit of the operator's own in place of the package's is told", bound, async () => {
      await shell(container, `systemctl cat ${unit} >/etc/systemd/system/${unit}`);
      const said = await shell(container, "dpkg-reconfigure rrpc-gateway");
      assert.match(
        said,
        /rrpc-gateway: \/etc\/systemd\/system\/rrpc-gateway\.service is used in place of the package's/,
      );
      await container.run("rm", `/etc/systemd/system/${unit}`);
      await container.run("systemctl", "daemon-reload");
    });

    test("it is removed by apt, and comes back as it was", bound, async () => {
      const active = ["list-units", "--plain", "--no-legend", "--state=active", "rrpc-gateway*"];
      const before = await container.run("systemctl", ...active);
      if (release === "bookworm") {
        await isRefused(
          shell(container, "/root/checkout/deploy/uninstall.sh --purge"),
          /the Debian package is installed/,
        );
        assert.equal(await container.run("systemctl", ...active), before);
      }
      await apt("Remove");
      assert.equal(await container.run("systemctl", ...active), "");
      assert.match(await installed(container), /^.c rrpc-gateway /);
      assert.deepEqual(readdirSync(join(container.root, "etc/apt/sources.list.d")), []);
      container.write(sources, readFileSync(join(repository, "rrpc-gateway.sources"), "utf8"));
      await shell(container, "apt-get update && apt-get install --yes rrpc-gateway");
      await shell(container, `systemctl start ${unit}`);
      assert.equal(await container.run("systemctl", ...active), before);
    });

    test("it is purged with configuration and secrets, but not with those of a later install.sh", bound, async () => {
      await shell(container, "apt-get remove --yes rrpc-gateway");
      if (release === "bookworm") await container.run("/root/checkout/deploy/install.sh");
      const said = await shell(container, "apt-get purge --yes rrpc-gateway");
      if (release === "bookworm") {
        assert.match(said, /etc\/rrpc-gateway and what is enabled stay: .*install\.sh/);
        assert.deepEqual(readdirSync(join(container.root, etc)).sort(), ["device-secret", "pump.secret", "pump.yaml"]);
        assert.equal(await container.show("rrpc-gateway@pump", "UnitFileState"), "enabled");
        await container.run("/root/checkout/deploy/uninstall.sh", "--purge");
      }
      assert.equal(existsSync(join(container.root, etc)), false);
    });
  });
}
