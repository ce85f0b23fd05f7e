import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { openPty } from "../../../src/lab/mcu/pty.ts";
import { openTty } from "./tty-host.ts";

const folder = mkdtempSync(join(tmpdir(), "rrpc-pty-"));
after(() => rmSync(folder, { recursive: true }));

const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));

/** Collects what is written to the tty, and tells when it is so much. */
function collector() {
  const chunks: Buffer[] = [];
  let length = 0;
  let look = () => {};
  return {
    onBytes(bytes: Buffer) {
      chunks.push(bytes);
      length += bytes.length;
      look();
    },
    enough: (bytes: number) =>
      new Promise<Buffer>((resolve) => {
        look = () => length >= bytes && resolve(Buffer.concat(chunks));
        look();
      }),
  };
}

test("every byte passes as it is, both ways", async () => {
  const written = collector();
  const pty = await openPty(written);
  const host = openTty(pty.path);
  host.write(everyByte);
  pty.write(everyByte);
  assert.deepEqual(await written.enough(256), everyByte);
  assert.deepEqual(Buffer.from(await host.until((bytes) => bytes.length >= 256), "latin1"), everyByte);
  await pty.close();
  await host.hungUp();
});

test("100 kB at once both ways, at the same time", async () => {
  const burst = Buffer.alloc(100_000, everyByte);
  const written = collector();
  const pty = await openPty(written);
  const host = openTty(pty.path);
  host.write(burst);
  pty.write(burst);
  assert.ok((await written.enough(burst.length)).equals(burst));
  const received = await host.until((bytes) => bytes.length >= burst.length);
  assert.ok(Buffer.from(received, "latin1").equals(burst));
  await pty.close();
});

test("closing hangs up, removes the link, and is no error a second time", async () => {
  const link = join(folder, "tty");
  const pty = await openPty({ onBytes: () => {}, link });
  assert.equal(readlinkSync(link), pty.path);
  const host = openTty(link);
  await pty.close();
  await host.hungUp();
  assert.equal(existsSync(link), false);
  assert.equal(existsSync(pty.path), false);
  assert.equal(pty.write(everyByte), false);
  await pty.close();
});

test("closing does not wait for what nobody reads", async () => {
  const pty = await openPty({ onBytes: () => {} });
  pty.write(Buffer.alloc(3_000_000));
  await pty.close();
  assert.equal(existsSync(pty.path), false);
});

test("a link takes the place of an older one, never of a file", async () => {
  const link = join(folder, "taken");
  writeFileSync(link, "precious");
  await assert.rejects(openPty({ onBytes: () => {}, link }), /exists and is not a symbolic link/);
  assert.equal(readFileSync(link, "utf8"), "precious");
  rmSync(link);
  symlinkSync("/nowhere", link);
  const pty = await openPty({ onBytes: () => {}, link });
  assert.equal(readlinkSync(link), pty.path);
  await pty.close();
  assert.deepEqual(readdirSync(folder), []);
});

test("a link that was put elsewhere meanwhile is left alone", async () => {
  const link = join(folder, "moved");
  const pty = await openPty({ onBytes: () => {}, link });
  rmSync(link);
  symlinkSync("/elsewhere", link);
  await pty.close();
  assert.equal(readlinkSync(link), "/elsewhere");
  rmSync(link);
});

test("a link in a folder that is not there leaves no tty behind", async () => {
  await assert.rejects(openPty({ onBytes: () => {}, link: join(folder, "none", "tty") }), { code: "ENOENT" });
});

test("the tty does not outlive a process that is killed", async () => {
  const program = `
    import { openPty } from ${JSON.stringify(new URL("../../../src/lab/mcu/pty.ts", import.meta.url).href)};
    console.log((await openPty({ onBytes() {} })).path);
  `;
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", program]);
  const [head] = (await once(child.stdout, "data")) as [Buffer];
  const host = openTty(head.toString().trim());
  child.kill("SIGKILL");
  await host.hungUp();
});
