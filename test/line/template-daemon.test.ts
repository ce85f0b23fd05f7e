/** The daemon from its sources, with the modem of docs/dialects.md at a real tty and a real broker. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { after, test } from "node:test";
import { temporaryFolder } from "../config/folder.ts";
import { startBroker } from "../hub/aedes-broker.ts";
import { openPty } from "../support/pty.ts";
import { createWatch } from "../support/watch.ts";
import { documentedYaml } from "./documented.ts";

const folder = temporaryFolder();
after(folder.remove);

const main = join(import.meta.dirname, "../../src/main.ts");
const place = "ABCDEFGH12/gateway01";

test("a request comes to an AT device as its command, and its answer of several lines goes back", {
  timeout: 60_000,
}, async () => {
  const [broker, pty] = await Promise.all([startBroker(), openPty()]);
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
  path: ${pty.path}
${documentedYaml("modem")}`,
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
  const request = (id: string, payload: string) =>
    broker.aedes.publish(
      { cmd: "publish", topic: `$rrpc/rxd/${place}/${id}`, payload, qos: 0, retain: false, dup: false },
      () => {},
    );
  try {
    await watch.until("a session and a link", () => /session: up/.test(log) && /link: .* is open/.test(log));
    request("1", "CGDCONT?");
    // The answer that an earlier run was still owed.
    pty.send("\r\nOK\r\n");
    const command = "AT+CGDCONT?\r";
    // What the modem may still hold of a half-typed line is ended first.
    const written = `\r${command}`;
    assert.equal((await pty.received(written.length)).toString(), written);
    pty.send(`${command}\r\n+CGDCONT: 1,"IP"\r\n+CMTI: "SM",3\r\n+CGDCONT: 2,"IP"\r\n\r\nOK\r\n`);
    const answer = await watch.until("the answer", () => responses.get("1"));
    assert.equal(answer, '+CGDCONT: 1,"IP"\n+CGDCONT: 2,"IP"');
    request("2", "CSQ\r\nAT+CFUN=0");
    const refusal = await watch.until("the refusal", () => responses.get("2"));
    assert.equal(JSON.parse(refusal).error.reason, "bad_payload");
    assert.equal((await pty.received(written.length)).toString(), written);
    daemon.kill("SIGTERM");
    assert.deepEqual(await ended, [0, null]);
  } catch (error) {
    throw new Error(`the daemon's log:\n${log}`, { cause: error });
  } finally {
    daemon.kill("SIGKILL");
    await Promise.all([ended, pty.hangUp()]);
    await broker.close();
  }
});
