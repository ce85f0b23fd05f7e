// `rrpc-gateway hub` as its own process.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { connect, type IClientOptions, type MqttClient } from "mqtt";
import { goodConnect, requestFilter, within } from "../lab/hub/support.ts";

const freePorts = ["--mqtt-port", "0", "--api-port", "0"];

function spawnHub(t: TestContext, options: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  const child = spawn(process.execPath, ["--import", "tsx", "src/main.ts", "hub", ...options], {
    env: { ...process.env, ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  t.after(() => child.kill("SIGKILL"));
  return child;
}

/** Runs the command to its end. */
async function ended(t: TestContext, options: readonly string[], env?: NodeJS.ProcessEnv) {
  const child = spawnHub(t, options, env);
  let stderr = "";
  child.stderr?.on("data", (data) => {
    stderr += data;
  });
  const [exitCode] = await within("end of the hub", once(child, "close"));
  return { exitCode, stderr };
}

/** Starts the command and reads where it listens; `line` waits for the next line that matches. */
async function started(t: TestContext, options: readonly string[], env?: NodeJS.ProcessEnv) {
  const child = spawnHub(t, [...freePorts, ...options], env);
  assert.ok(child.stdout);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  async function find(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const { value, done } = await lines.next();
      if (done) throw new Error(`the hub ended before ${pattern}`);
      const match = pattern.exec(value);
      if (match) return match;
    }
  }
  const line = (pattern: RegExp) => within(String(pattern), find(pattern));
  const [, mqtt = "", api = ""] = await line(/^listening mqtt=127\.0\.0\.1:(\d+) api=(http:\/\/127\.0\.0\.1:\d+)$/);
  return { child, line, mqttPort: Number(mqtt), api };
}

/** Starts the command at another address. */
async function startedAt(t: TestContext, host: string) {
  const child = spawnHub(t, [...freePorts, "--host", host]);
  assert.ok(child.stdout && child.stderr);
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const { value } = await within("the first line", lines.next());
  return { child, listening: String(value), stderr: () => stderr };
}

/** Connects a device that answers every request with "pong". */
async function pong(port: number, options: IClientOptions = goodConnect): Promise<MqttClient> {
  const client = connect({ ...options, host: "127.0.0.1", port, protocol: "mqtt" });
  client.on("message", (topic) => client.publish(topic.replace("/rxd/", "/txd/"), "pong"));
  client.on("error", () => undefined);
  await within("subscription", client.subscribeAsync(requestFilter));
  return client;
}

test("the call that it prints works as printed, each call is a line, and SIGTERM ends it with 0", async (t) => {
  const { child, line, mqttPort } = await started(t, []);
  const [, url = "", action = "", version = "", body = ""] = await line(
    /^try: curl -s (http:\S+) -H 'X-TC-Action: (\w+)' -H 'X-TC-Version: ([\d-]+)' -d '(.+)'$/,
  );
  const call = async () => {
    // What curl sends with -d and these headers.
    const type = "application/x-www-form-urlencoded";
    const headers = { "X-TC-Action": action, "X-TC-Version": version, "Content-Type": type };
    return (await fetch(url, { method: "POST", headers, body })).json();
  };
  assert.match(JSON.stringify(await call()), /FailedOperation\.DeviceOffline/);
  await line(/^call clientId=ABCDEFGH12gateway01 outcome=FailedOperation\.DeviceOffline$/);
  await pong(mqttPort);
  await line(/^subscribed clientId=ABCDEFGH12gateway01 filter=\$rrpc/);
  const { Response } = (await call()) as { Response: { PayloadBase64: string } };
  assert.equal(Buffer.from(Response.PayloadBase64, "base64").toString(), "pong");
  await line(/^call clientId=ABCDEFGH12gateway01 processId=\d+ outcome=answered ms=\d+\.\d bytes=4$/);
  child.kill("SIGTERM");
  const [exitCode] = await within("exit", once(child, "exit"));
  assert.equal(exitCode, 0);
});

test("the device's secret comes from a file, and is not shown", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "hub-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const secretFile = join(folder, "secret");
  writeFileSync(secretFile, "c2VjcmV0IGZyb20gYSBmaWxl\n");
  const { line, mqttPort } = await started(t, ["--secret-file", secretFile]);
  const [shown] = await line(/^device .*$/);
  assert.doesNotMatch(shown, /c2VjcmV0IGZyb20gYSBmaWxl/);
  const username = String(goodConnect.username);
  const hex = createHmac("sha256", "secret from a file").update(username).digest("hex");
  await pong(mqttPort, { ...goodConnect, password: `${hex};hmacsha256` });
  await line(/^subscribed/);
});

test("sub-devices are options or stand in a file, and orders change them", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "hub-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const topology = join(folder, "topology.json");
  const valve = { productId: "SUBPRODUCT", deviceName: "valve", deviceSecret: "c2VjcmV0IGZyb20gYSBmaWxl" };
  const devices = [{ productId: "ABCDEFGH12", deviceName: "gateway02" }];
  writeFileSync(topology, JSON.stringify({ devices, subDevices: [valve] }));
  const { child, line } = await started(t, ["--sub-device", "SUBPRODUCT/pump", "--topology", topology]);
  await line(/^sub-device SUBPRODUCT\/pump bound to ABCDEFGH12\/gateway01$/);
  await line(/^sub-device SUBPRODUCT\/valve is not bound$/);
  const order = async (text: string, answer: RegExp) => {
    child.stdin?.write(`${text}\n`);
    await line(answer);
  };
  await order("bind SUBPRODUCT/valve ABCDEFGH12/gateway02", /^ok bind SUBPRODUCT\/valve/);
  await order("bind SUBPRODUCT/valve", /^error bind .*SUBPRODUCT\/valve is bound already/);
  await order("unbind SUBPRODUCT/nothing", /^error .*SUBPRODUCT\/nothing: no such sub-device/);
  await order("answer online SUBPRODUCT/pump 801", /^ok answer/);
  await order("answer online SUBPRODUCT/pump 1", /^error expected: answer OPERATION/);
  await order("help", /^ {2}unbind-all \[GATEWAY\] +unbind all/);
});

test("what is wrong with a topology is told with its place", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "hub-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const topology = join(folder, "topology.json");
  const tried = async (text: string) => {
    writeFileSync(topology, text);
    return await ended(t, [...freePorts, "--topology", topology]);
  };
  const noJson = await tried("devices:");
  assert.equal(noJson.exitCode, 65);
  assert.match(noJson.stderr, /--topology: .*topology\.json: expected JSON of the form \{"devices"/);
  const wrong = await tried('{"subdevices":[],"subDevices":[{"productId":"SUBPRODUCT","deviceName":5,"boundTo":"x"}]}');
  assert.match(wrong.stderr, /unknown key subdevices/);
  assert.match(wrong.stderr, /subDevices\[0\]: deviceName is not expected, or no string/);
  assert.match(wrong.stderr, /subDevices\[0\]: boundTo is not PRODUCT\/NAME/);
  const twice = '{"devices":[{"productId":"ABCDEFGH12","deviceName":"gateway01"}]}';
  assert.match((await tried(twice)).stderr, /ABCDEFGH12\/gateway01: it is there already/);
  assert.match((await ended(t, [...freePorts, "--sub-device", "pump"])).stderr, /--sub-device: expected PRODUCT\/NAME/);
});

test("it listens for other machines only when told to, and warns of it", async (t) => {
  const { child, listening, stderr } = await startedAt(t, "0.0.0.0");
  assert.match(listening, /^listening mqtt=0\.0\.0\.0:\d+ api=http:\/\/0\.0\.0\.0:\d+$/);
  child.kill("SIGTERM");
  await within("exit", once(child, "close"));
  assert.match(stderr(), /^rrpc-gateway hub: warning: other machines reach 0\.0\.0\.0: .*all can call it\n$/);
});

test("with a key in the environment calls must be signed", async (t) => {
  const env = { RRPC_HUB_SECRET_ID: "AKIDmadeup", RRPC_HUB_SECRET_KEY: "made-up-key" };
  const { line, api } = await started(t, [], env);
  const [shown] = await line(/^calls must be signed.*$/);
  assert.doesNotMatch(shown, /made-up-key/);
  const headers = { "X-TC-Action": "PublishRRPCMessage", "X-TC-Version": "2021-04-08" };
  const answer = await fetch(api, { method: "POST", headers, body: "{}" });
  assert.match(await answer.text(), /AuthFailure\.InvalidAuthorization/);
  await line(
    /^refused_call code=AuthFailure\.InvalidAuthorization message="The Authorization header .*: it is missing\."$/,
  );
});

test("the other ways to connect are listened on when asked for, and told", async (t) => {
  const child = spawnHub(t, [...freePorts, "--psk-port", "0", "--ws-port", "0"]);
  assert.ok(child.stdout);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const { value } = await within("the first line", lines.next());
  assert.match(String(value), /^listening mqtt=\S+ api=\S+ psk=127\.0\.0\.1:\d+ ws=127\.0\.0\.1:\d+$/);
  const { exitCode, stderr } = await ended(t, [...freePorts, "--wss-port", "0"]);
  assert.equal(exitCode, 64);
  assert.match(stderr, /--wss-port needs --tls-cert and --tls-key/);
});

test("a port that is taken is said, with the option that chooses another", async (t) => {
  const taken = createServer().listen(0, "127.0.0.1");
  t.after(() => taken.close());
  await once(taken, "listening");
  const { port } = taken.address() as AddressInfo;
  const { exitCode, stderr } = await ended(t, ["--mqtt-port", "0", "--api-port", String(port)]);
  assert.equal(exitCode, 69);
  assert.match(stderr, new RegExp(`^rrpc-gateway hub: 127\\.0\\.0\\.1 port ${port} is in use.*--api-port.*\n$`));
});

test("all that is wrong with the options is said at once", async (t) => {
  const options = ["--mqtt-port", "70000", "--cutoff-ms", "soon", "--tls-key", "key.pem", "--product", "x"];
  const { exitCode, stderr } = await ended(t, options, { RRPC_HUB_SECRET_ID: "AKIDmadeup" });
  assert.equal(exitCode, 64);
  const patterns = [/product id/, /--mqtt-port.*70000/, /--tls-cert and --tls-key/, /--cutoff-ms.*soon/, /SECRET_KEY/];
  for (const pattern of patterns) assert.match(stderr, pattern);
});

test("files that cannot be read or used are named", async (t) => {
  const missing = await ended(t, [...freePorts, "--secret-file", "/nonexistent/secret"]);
  assert.equal(missing.exitCode, 66);
  assert.match(missing.stderr, /--secret-file: .*\/nonexistent\/secret/);
  const noPem = await ended(t, [...freePorts, "--tls-cert", "package.json", "--tls-key", "package.json"]);
  assert.equal(noPem.exitCode, 65);
  assert.match(noPem.stderr, /--tls-cert/);
});
