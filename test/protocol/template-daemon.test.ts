/** The daemon from its sources, with devices of docs/dialects.md at a real tty and a real broker. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { after, test } from "node:test";
import { openPty as openTty } from "../../src/lab/mcu/pty.ts";
import { temporaryFolder } from "../config/folder.ts";
import { startBroker } from "../mqtt/aedes-broker.ts";
import { openPty } from "../support/pty.ts";
import { createWatch, type Watch } from "../support/watch.ts";
import { documentedYaml } from "./documented.ts";

const folder = temporaryFolder();
after(folder.remove);

const main = join(import.meta.dirname, "../../src/main.ts");
const place = "ABCDEFGH12/gateway01";

/** A daemon, and what is seen of it. */
interface Service {
  readonly until: Watch["until"];
  readonly responses: ReadonlyMap<string, string>;
  request(id: string, payload: string): void;
  log(): string;
  /** Stops it, and waits for its end. */
  stop(): Promise<void>;
}

/** Starts a daemon whose device is at `tty`, and ends it with the test. */
async function withDaemon(tty: string, serial: string, body: (service: Service) => Promise<void>): Promise<void> {
  const broker = await startBroker();
  const watch = createWatch();
  const responses = new Map<string, string>();
  broker.aedes.on("publish", ({ topic, payload }) => {
    const [, id] = topic.split(`$rrpc/txd/${place}/`);
    if (id !== undefined) responses.set(id, payload.toString());
    watch.changed();
  });
  const config = folder.write(
    "daemon.yaml",
    `hub:
  productId: ABCDEFGH12
  deviceName: gateway01
  deviceSecretFile: device-secret
  transport: tcp
  host: 127.0.0.1
  port: ${broker.endpoint.port}
serial:
  path: ${tty}
${serial}`,
  );
  const daemon = spawn(process.execPath, ["--import", "tsx", main, "run", "--config", config], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let log = "";
  daemon.stderr.setEncoding("utf8").on("data", (text: string) => {
    log += text;
    watch.changed();
  });
  const ended = once(daemon, "close");
  try {
    await watch.until("a session and a link", () => /session: up/.test(log) && /link: .* is open/.test(log));
    await body({
      until: watch.until,
      responses,
      request: (id, payload) =>
        broker.aedes.publish(
          { cmd: "publish", topic: `$rrpc/rxd/${place}/${id}`, payload, qos: 0, retain: false, dup: false },
          () => {},
        ),
      log: () => log,
      async stop() {
        daemon.kill("SIGTERM");
        assert.deepEqual(await ended, [0, null]);
      },
    });
  } catch (error) {
    throw new Error(`the daemon's log:\n${log}`, { cause: error });
  } finally {
    daemon.kill("SIGKILL");
    await ended;
    await broker.close();
  }
}

test("a request comes to an AT device as its command, and its answer of several lines goes back", {
  timeout: 60_000,
}, async (t) => {
  const pty = await openPty();
  t.after(() => pty.hangUp());
  await withDaemon(pty.path, documentedYaml("modem"), async ({ request, until, responses, stop }) => {
    request("1", "CGDCONT?");
    // The answer that an earlier run was still owed.
    pty.send("\r\nOK\r\n");
    const command = "AT+CGDCONT?\r";
    // What the modem may still hold of a half-typed line is ended first.
    const written = `\r${command}`;
    assert.equal((await pty.received(written.length)).toString(), written);
    // It repeats the command, and begins its answer in the same line.
    pty.send(`${command}+CGDCONT: 1,"IP"\r\n+CMTI: "SM",3\r\n+CGDCONT: 2,"IP"\r\n\r\nOK\r\n`);
    const answer = await until("the answer", () => responses.get("1"));
    assert.equal(answer, '+CGDCONT: 1,"IP"\n+CGDCONT: 2,"IP"');
    request("2", "CSQ\r\nAT+CFUN=0");
    const refusal = await until("the refusal", () => responses.get("2"));
    assert.equal(JSON.parse(refusal).error.reason, "bad_payload");
    assert.equal((await pty.received(written.length)).toString(), written);
    await stop();
  });
});

/** What the line does with the bytes that pass: an adapter hears them as they are, a console makes CRLF of LF. */
const echoes = {
  adapter: (bytes: string) => bytes,
  console: (bytes: string) => bytes.replaceAll("\n", "\r\n"),
} as const;

/** What a firmware takes to answer. */
const answerMs = 2;

for (const [line, serial] of [
  ["adapter", ""],
  ["console", ""],
  ["adapter", "  echo: always\n"],
] as const) {
  const name = `${line}${serial.trim() && `, with ${serial.trim()}`}`;
  test(`18 calls at once, and each gets its own answer behind what comes back of it (${name})`, {
    timeout: 60_000,
  }, async (t) => {
    let half = "";
    const tty = await openTty({
      onBytes(bytes) {
        tty.write(Buffer.from(echoes[line](bytes.toString("latin1"))));
        const lines = (half + bytes.toString("latin1")).split("\n");
        half = lines.pop() ?? "";
        for (const typed of lines) {
          const text = typed.split("\x15").at(-1) ?? "";
          if (text !== "") setTimeout(() => tty.write(Buffer.from(`${text.toUpperCase()}!\n`)), answerMs);
        }
      },
    });
    t.after(() => tty.close());
    await withDaemon(tty.path, `${documentedYaml("plain")}${serial}`, async (service) => {
      const { request, until, responses, log, stop } = service;
      // What an earlier run may have been owed: nothing is sent before.
      tty.write(Buffer.from("ready\n"));
      await until("the stray answer", () => /dropped stray_reply/.test(log()));
      const ids = Array.from({ length: 18 }, (_, index) => `${index + 1}`);
      for (const id of ids) request(id, `speed of ${id}?`);
      await until("18 answers", () => responses.size === ids.length);
      assert.deepEqual([...responses].sort(), ids.map((id) => [id, `SPEED OF ${id}?!`]).sort());
      assert.match(log(), /what is written to the serial port comes back/);
      assert.doesNotMatch(log(), /speed of/i);
      await stop();
      assert.match(log(), /stopped after .*18 ok.* (18|19) echoed_line/s);
    });
  });
}
