/**
 * docs/install.md, typed as it stands: every command of the page in its order, on a booted Debian 12 and 13 with the
 * Node.js of each, and what is printed is what the page says. A virtual MCU and a hub on loopback, with TLS, stand in for
 * the board and the cloud.
 *
 * Needs root, `npm run build`, mmdebstrap, systemd-container, gnupg, dpkg-dev and network for Debian trees; some 30 s for
 * each Debian.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type Hub, startHub } from "../../src/lab/hub/hub.ts";
import { isPrinted, shellBlocks } from "../support/shell-page.ts";
import { createWatch } from "../support/watch.ts";
import { buildPackage, makeKey, publish } from "./apt-repository.ts";
import { callDevice, plugBoardInto, untilDeviceServed } from "./container-board.ts";
import { serveFiles } from "./file-server.ts";
import { bootContainer, type Container, type Release } from "./systemd-container.ts";

const checkout = new URL("../../", import.meta.url).pathname;
const read = (path: string) => readFileSync(join(checkout, path), "utf8");
const page = read("docs/install.md");
const blocks = shellBlocks(page);
const product = { productId: "ABCDEFGH12", deviceSecret: "MDEyMzQ1Njc4OWFiY2RlZg==" };
const gateway = { productId: product.productId, deviceName: "gateway01" };
const pump = { productId: product.productId, deviceName: "pump" };
const owner = "A. Maintainer <maintainer@example.org>";
const unit = "rrpc-gateway.service";
/** Of the page, and of what follows it. */
const versions = ["0.1.0", "0.1.1"] as const;

const bound = { timeout: 120_000 };
const folder = mkdtempSync(join(tmpdir(), "rrpc-install-"));
const key = join(folder, "key");
const watch = createWatch();
const stops: (() => Promise<void> | void)[] = [() => rmSync(folder, { recursive: true })];
const packages: string[] = [];
let hub: Hub;

before(async () => {
  hub = await startHub({
    devices: [gateway, pump].map((device) => ({ ...device, deviceSecret: product.deviceSecret })),
    tls: { key: read("test/support/tls/server.key"), cert: read("test/support/tls/server.pem") },
  });
  stops.push(() => hub.close());
  makeKey(key, owner);
  for (const version of versions) packages.push(buildPackage(join(folder, "packages"), version, owner));
});

after(async () => {
  for (const stop of stops.reverse()) await stop();
});

for (const release of ["bookworm", "trixie"] as const satisfies readonly Release[]) {
  describe(release, () => {
    const repository = join(folder, `repository-${release}`);
    const left = new Set(blocks);
    let container: Container;
    let url: string;
    before(async () => {
      container = await bootContainer(release, join(folder, release), watch);
      stops.push(() => container.stop());
      const server = await serveFiles(repository);
      stops.push(() => server.close());
      url = `http://127.0.0.1:${server.port}`;
      publish(packages[0] ?? "", repository, url, key);
      // The tree has all that the package needs: Debian's servers are not asked.
      await container.run("sh", "-c", "rm -f /etc/apt/sources.list /etc/apt/sources.list.d/*");
      // What a Raspberry Pi OS has, and a minimal Debian has not.
      container.write("/usr/local/bin/sudo", '#!/bin/sh\nexec "$@"\n', 0o755);
      container.write("/usr/local/bin/curl", curl, 0o755);
      await container.run("mkdir", "-p", "/dev/serial/by-id");
      container.write("/root/hub-ca.pem", read("test/support/tls/ca.pem"));
    });

    /** What a person fills in, and the addresses of what stands in for the world. */
    function typed(command: string): string {
      return command
        .replaceAll("https://packages.example.com/rrpc-gateway", url)
        .replace("read -rs -p 'device secret: ' secret", `secret=${product.deviceSecret}`)
        .replace("--ca-file hub-ca.pem", `--ca-file hub-ca.pem --host localhost --port ${hub.tlsPort}`)
        .replace("setup --yes", `setup --yes <<<${product.deviceSecret}`)
        .replace("region: china", `host: localhost\n  port: ${hub.tlsPort}`)
        .replace("--cloud", `--url http://127.0.0.1:${hub.apiPort}/`)
        .replaceAll(/apt (install|remove)/g, "apt $1 --yes");
    }

    /** Types the blocks of a section whose command has `text` in it, and compares what is printed. */
    async function type(section: string, text = ""): Promise<string> {
      const chosen = blocks.filter((block) => block.section === section && block.command.includes(text));
      assert.notDeepEqual(chosen, [], `${section}: ${text}`);
      let all = "";
      for (const block of chosen) {
        const { command, printed } = block;
        const prelude = `export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 secret=${product.deviceSecret}; cd /root; exec 2>&1`;
        // Doctor's warnings are this container's, which has no clock of its own.
        const mayWarn = /^sudo rrpc-gateway (?:doctor|setup) /m.test(command) ? " || [ $? = 1 ]" : "";
        const whole = `${prelude}\n${typed(command).trimEnd()}${mayWarn}`;
        const said = withoutContainer(await container.run("bash", "-ec", whole).catch(saidBy));
        if (printed !== undefined) assert.ok(isPrinted(typed(printed), said), `${command}\n--- printed:\n${said}`);
        left.delete(block);
        all += said;
      }
      return all;
    }

    const installed = () => container.run("dpkg-query", "--show", "--showformat", "$" + "{Version}", "rrpc-gateway");

    const board = (name: string) => {
      const [link = ""] = page.match(new RegExp(`/dev/serial/by-id/\\S*${name}\\S*(?=[\\n|])`)) ?? [];
      return plugBoardInto(container, link, watch);
    };
    const steps = "Six steps with apt";

    /** A test that needs what the one before it has left. */
    let hasFailed = false;
    const step = (name: string, run: () => Promise<void>) =>
      test(name, bound, async () => {
        assert.equal(hasFailed, false, "a step before this one has failed");
        hasFailed = true;
        await run();
        hasFailed = false;
      });

    step("six steps: from nothing to the first call", async () => {
      await type(steps, "apt update");
      await type(steps, "apt install");
      // Only because the board is a virtual one: no real one is of this class.
      container.write(`/etc/systemd/system/${unit}.d/virtual.conf`, "[Service]\nDeviceAllow=char-pts rw\n");
      await container.run("systemctl", "daemon-reload");
      await board("A50285BI");
      await type(steps, "ls -l");
      await type(steps, "setup");
      await untilDeviceServed(hub, gateway, watch);
      assert.doesNotMatch(await type(steps, "doctor"), /^FAULT/m);
      await type(steps, "call");
    });

    step("by hand", async () => {
      await container.run("sh", "-c", "rm /etc/rrpc-gateway/*");
      await type("By hand, without questions");
      await untilDeviceServed(hub, gateway, watch);
      assert.equal(await container.run("stat", "-c", "%a", "/etc/rrpc-gateway/device-secret"), "600\n");
    });

    step("upgrade, and back", async () => {
      publish(packages[1] ?? "", repository, url, key);
      await type("Upgrade, and go back", "--only-upgrade");
      assert.equal(await installed(), versions[1]);
      await untilDeviceServed(hub, gateway, watch);
      await type("Upgrade, and go back", "--allow-downgrades");
      assert.equal(await installed(), versions[0]);
      await untilDeviceServed(hub, gateway, watch);
    });

    step("backup, and a box from it", async () => {
      container.write(`/etc/systemd/system/${unit}.d/own.conf`, "[Service]\nNice=-1\n");
      await container.run("systemctl", "daemon-reload");
      await type("Backup", "-czf");
      assert.equal(await container.run("stat", "-c", "%a", "/root/rrpc-gateway-backup.tar.gz"), "600\n");
      await container.run("systemctl", "stop", unit);
      await container.run("rm", "-r", "/etc/rrpc-gateway", `/etc/systemd/system/${unit}.d`);
      await container.run("/usr/lib/rrpc-gateway/setup", "--first");
      await type("Backup", "-xzf");
      await untilDeviceServed(hub, gateway, watch);
      assert.equal(await container.show(unit, "Nice"), "-1");
    });

    step("a second board behind the box", async () => {
      await board("B60312CD");
      await type("Several boards behind one box");
      await untilDeviceServed(hub, pump, watch);
      assert.equal(await callDevice(hub, gateway, "both"), "both");
    });

    step("a root that is mounted read-only", async () => {
      container.write("/etc/systemd/journald.conf.d/volatile.conf", "[Journal]\nStorage=volatile\n");
      await container.run("systemctl", "restart", "systemd-journald");
      await container.run("mount", "-o", "remount,bind,ro", "/");
      await assert.rejects(container.run("touch", "/etc/writable"));
      const before = await container.show(unit, "MainPID");
      await container.run("systemctl", "restart", unit, "rrpc-gateway@pump");
      assert.notEqual(await container.show(unit, "MainPID"), before);
      await untilDeviceServed(hub, gateway, watch);
      await untilDeviceServed(hub, pump, watch);
      assert.equal(await container.show(unit, "NRestarts"), "0");
      await container.run("mount", "-o", "remount,bind,rw", "/");
    });

    step("remove, and plain files in its place", async () => {
      await type("Remove");
      assert.notEqual(await container.show(unit, "ActiveState"), "active");
      const [tar = ""] = /^tar .*$/m.exec(page) ?? [];
      execFileSync("sh", ["-c", tar.replace("rrpc-gateway.tar.gz", join(container.root, "root/rrpc-gateway.tar.gz"))], {
        cwd: checkout,
      });
      await type("With plain files");
      await container.run("systemctl", "restart", unit);
      await untilDeviceServed(hub, gateway, watch);
      await type(steps, "call");
      await container.run("/root/rrpc-gateway/deploy/uninstall.sh");
      assert.notEqual(await container.show(unit, "ActiveState"), "active");
    });

    test("every command of the page was typed", () => {
      assert.deepEqual([...left], []);
    });
  });
}

/** The error, with what the command had printed. */
function saidBy(error: unknown): never {
  const { message, stdout } = error as { readonly message: string; readonly stdout?: string };
  throw new Error(`${message}\n--- printed:\n${stdout}`, { cause: error });
}

/** What was printed, without the marks of progress, and what systemctl says in a container alone. */
function withoutContainer(said: string): string {
  return said.replaceAll(/\r\n?/g, "\n").replace(/^Failed to dump process list .*\n/m, "");
}

/** `curl -fsSLo FILE URL`. */
const curl = `#!/usr/bin/env node
const [options, file, url] = process.argv.slice(2);
if (options !== "-fsSLo") throw new Error(options);
fetch(url).then(async (response) => {
  if (!response.ok) throw new Error(url + ": " + response.status);
  require("node:fs").writeFileSync(file, await response.text());
});
`;
