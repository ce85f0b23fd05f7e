/**
 * The container image, as an engine loads and runs it: built twice to the byte, the second time without a network, then
 * run by podman as docs/container.md has it, with a tty and a secret that are handed in.
 *
 * Needs root, `npm run build`, mmdebstrap, podman, runc and network for Debian's packages; some 60 s. With runc, which also
 * runs where both versions of cgroups are mounted; crun does not.
 */
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { type Hub, startHub } from "../../src/lab/hub/hub.ts";
import { startVirtualMcu, type VirtualMcu } from "../../src/lab/mcu/virtual-mcu.ts";
import { createWatch } from "../support/watch.ts";

const checkout = new URL("../../", import.meta.url).pathname;
const device = { productId: "ABCDEFGH12", deviceName: "in-a-container", deviceSecret: "MDEyMzQ1Njc4OWFiY2RlZg==" };
const folder = mkdtempSync(join(tmpdir(), "rrpc-image-"));
const architecture = execFileSync("dpkg", ["--print-architecture"], { encoding: "utf8" }).trim();
const version = (JSON.parse(readFileSync(join(checkout, "package.json"), "utf8")) as { version: string }).version;
const image = `localhost/rrpc-gateway:${version}`;
/** Debian's group of serial ports, which the image's user is in. */
const dialout = 20;
/** The image's user. */
const uid = 10001;

const bound = { timeout: 120_000 };
const watch = createWatch();
/** What has been started, to be stopped in reverse. */
const stops: (() => Promise<void> | void)[] = [() => rmSync(folder, { recursive: true, force: true })];
let hub: Hub;
let mcu: VirtualMcu;

/** An engine of our own, which leaves nothing behind on the host. */
const engine = [
  ...["--root", join(folder, "storage"), "--runroot", join(folder, "run"), "--tmpdir", join(folder, "tmp")],
  ...["--runtime", "runc", "--cgroup-manager", "cgroupfs", "--events-backend", "none"],
];

/** What a program says on both of its outputs; rejects where it fails. */
async function podman(...argv: readonly string[]): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)("podman", [...engine, ...argv], bound);
  return stdout + stderr;
}

/** Options of `podman run`: all restrictions that docs/container.md recommends, and limits that are below what any host has. */
const restricted = [
  ...["--read-only", "--tmpfs", "/run/secrets", "--cap-drop", "all", "--security-opt", "no-new-privileges"],
  ...["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=512:512", "--network", "host", "--log-driver", "k8s-file"],
];

function build(output: string, source: string): Buffer {
  const argv = ["--output", output, "--debs", join(folder, "debs"), "--source", source, architecture];
  execFileSync(join(checkout, "deploy/image.sh"), argv, { stdio: ["ignore", "ignore", "inherit"] });
  return readFileSync(archive(output));
}

const archive = (output: string) => join(output, `rrpc-gateway_${version}_${architecture}.oci.tar`);

before(async () => {
  hub = await startHub({ devices: [device], observe: () => watch.changed() });
  stops.push(() => hub.close());
  mcu = await startVirtualMcu({});
  stops.push(() => mcu.close());
  // As a serial port's: of root and its group.
  chownSync(mcu.tty, 0, dialout);
  chmodSync(mcu.tty, 0o660);
});

after(async () => {
  for (const stop of stops.reverse()) await stop();
});

test("the same packages and sources give the same image, to the byte, and no network is needed once they are there", () => {
  // Without updates: nothing here depends on them, and while a mirror is updated its index and its packages may differ.
  const first = build(join(folder, "first"), "deb http://deb.debian.org/debian trixie main");
  const second = build(join(folder, "second"), "deb http://127.0.0.1:9/nowhere trixie main");
  assert.ok(second.equals(first));
  assert.ok(first.length < 50e6, `${first.length} bytes`);
});

test(
  "podman loads it and runs it without rights, and it answers, says that it is well, and stops in time",
  bound,
  async () => {
    await podman("load", "--input", archive(join(folder, "first")));
    stops.push(async () => {
      await podman("rm", "--all", "--force", "--time", "0");
      await podman("rmi", "--all", "--force");
    });
    const config = join(folder, "config.yaml");
    writeFileSync(
      config,
      `hub:
  productId: ${device.productId}
  deviceName: ${device.deviceName}
  deviceSecretFile: /run/secrets/device-secret
  transport: tcp
  host: 127.0.0.1
  port: ${hub.mqttPort}
serial:
  path: /dev/ttyUSB0
`,
      { mode: 0o600 },
    );
    chownSync(config, uid, uid);
    writeFileSync(join(folder, "secret"), device.deviceSecret);
    await podman("secret", "create", "device-secret", join(folder, "secret"));
    const files = [
      ...["--volume", `${config}:/etc/rrpc-gateway/config.yaml:ro`, "--secret", "device-secret"],
      // A pseudo-terminal is one only on its own file system, so it cannot be handed in by --device.
      ...["--volume", `${mcu.tty}:/dev/ttyUSB0:dev`],
    ];
    assert.match(
      await podman(
        "run",
        "--rm",
        "--no-healthcheck",
        ...restricted,
        ...files,
        image,
        "check",
        "/etc/rrpc-gateway/config.yaml",
      ),
      /: OK$/m,
    );

    await podman("run", "--detach", "--name", "gateway", ...restricted, ...files, image).catch(sayTimers);
    const logs = await untilServing();
    assert.doesNotMatch(logs, / (warn|error) /);
    const result = await hub.call(device, "hello");
    assert.equal(result.kind === "answered" && result.payload.toString(), "hello", logs);

    const id = await podman("exec", "gateway", "id");
    assert.ok(id.startsWith(`uid=${uid}(rrpc-gateway) `) && id.includes(`${dialout}(dialout)`), id);
    // Fails where the command does.
    await podman("healthcheck", "run", "gateway");
    assert.match(
      await podman("exec", "gateway", "rrpc-gateway", "health", "--config", "/etc/rrpc-gateway/config.yaml"),
      /^healthy: hub up for .*, serial line up for .*; 1 request, 0 errors/,
    );

    await podman("stop", "--time", "20", "gateway");
    assert.equal((await podman("inspect", "--format", "{{.State.ExitCode}}", "gateway")).trim(), "0");
    assert.match(await podman("logs", "gateway"), /stopped after .*: 1 ok/);
  },
);

/** The log, once both connections are up. */
async function untilServing(): Promise<string> {
  const asking = setInterval(() => watch.changed(), 200);
  let log = "";
  let isAsking = false;
  try {
    return await watch.until(
      "both connections",
      () => {
        if (!isAsking) {
          isAsking = true;
          void podman("logs", "gateway").then((text) => {
            log = text;
            isAsking = false;
          });
        }
        return /session: up/.test(log) && /link: .* is open/.test(log) ? log : undefined;
      },
      60_000,
    );
  } finally {
    clearInterval(asking);
  }
}

/** Podman has health checks started by systemd. On a host without it podman says so, and runs the container all the same. */
function sayTimers(error: unknown): void {
  assert.match(String(error), /systemd/);
}
