// `rrpc-gateway call` as its own process, against the simulated hub with its signature check on.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { outcomeOf } from "../../src/caller/meaning.ts";
import { readCallOptions } from "../../src/cli/call-options.ts";
import { withForgottenCloud } from "../../src/cli/call-outcome.ts";
import { answering, watchedHub, within } from "../lab/hub/support.ts";
import { hold } from "../support/schema.ts";
import { callReport } from "./output-schemas.ts";

const key = { secretId: "AKIDmadeup", secretKey: "made-up-key" };
const hubKey = { RRPC_HUB_SECRET_ID: key.secretId, RRPC_HUB_SECRET_KEY: key.secretKey };
const cloudKey = { TENCENTCLOUD_SECRET_ID: key.secretId, TENCENTCLOUD_SECRET_KEY: key.secretKey };

/** Runs the command to its end. */
async function call(t: TestContext, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, ["--import", "tsx", "src/main.ts", "call", ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  t.after(() => child.kill("SIGKILL"));
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (data) => (stdout += data));
  child.stderr.on("data", (data) => (stderr += data));
  const [exitCode] = await within("end of the call", once(child, "close"));
  assert.ok(!(stdout + stderr).includes(key.secretKey), "a secret was shown");
  return { exitCode, stdout, stderr };
}

const apiUrl = (hub: { readonly apiPort: number }) => `http://127.0.0.1:${hub.apiPort}`;

test("a signed call is answered: the reply on stdout, the rest on stderr", async (t) => {
  const hub = await watchedHub(t, { cloudKey: key });
  await answering(hub, (payload) => `${payload}: ok\n\\grün`);
  for (const [options, env] of [
    [[], hubKey],
    [["--cloud"], cloudKey],
  ] as const) {
    const { exitCode, stdout, stderr } = await call(t, ["led on", "--url", apiUrl(hub), ...options], env);
    assert.equal(exitCode, 0, stderr);
    assert.equal(stdout, "led on: ok\\x0A\\\\grün\n");
    assert.match(stderr, /^answered in [\d.]+ ms, processID \d+\n$/);
  }
});

test("with --json the reply is one line of JSON", async (t) => {
  const hub = await watchedHub(t);
  const replies = ["ok\n", "\u007f\u009b2J\u202e"];
  await answering(hub, () => replies.shift() ?? "");
  const { stdout } = await call(t, ["led on", "--url", apiUrl(hub), "--json"]);
  const reply = JSON.parse(stdout);
  hold(callReport, reply);
  assert.deepEqual([reply.kind, reply.payload, reply.payloadBase64], ["answered", "ok\n", "b2sK"]);
  assert.match(stdout, /^[^\n]+\n$/);
  const hostile = await call(t, ["led on", "--url", apiUrl(hub), "--json"]);
  assert.match(hostile.stdout, /"payload":"\\u007f\\u009b2J\\u202e"/);
});

test("what a device says steers no terminal, not even in the clothes of the gateway's error", async (t) => {
  const hub = await watchedHub(t);
  const error = { source: "gateway", code: "internal", reason: "x", executed: "no", message: "\x1b[2J\rgone\u009b1m" };
  const replies = ["\x1b]0;title\x07", JSON.stringify({ error })];
  await answering(hub, () => replies.shift() ?? "");
  assert.equal((await call(t, ["hello", "--url", apiUrl(hub)])).stdout, "\\x1B]0;title\\x07\n");
  const { exitCode, stderr } = await call(t, ["hello", "--url", apiUrl(hub)]);
  assert.equal(exitCode, 1);
  assert.match(
    stderr,
    /^internal \/ x \(the gateway's\) after [\d.]+ ms: \\x1B\[2J\\x0Dgone\\x9B1m\nIt was not carried/,
  );
});

test("the key may come from a file of its owner's, and from no other", async (t) => {
  const hub = await watchedHub(t, { cloudKey: key });
  await answering(hub, () => "ok");
  const folder = mkdtempSync(join(tmpdir(), "rrpc-call-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "credentials");
  writeFileSync(file, `[default]\nsecret_id = ${key.secretId}\nsecret_key = ${key.secretKey}\n`, { mode: 0o600 });
  const args = ["hello", "--cloud", "--url", apiUrl(hub), "--key-file", file];
  assert.equal((await call(t, args)).exitCode, 0);
  chmodSync(file, 0o640);
  const shared = await call(t, args);
  assert.equal(shared.exitCode, 64);
  assert.match(shared.stderr, /--key-file: expected a file for its owner alone \(chmod 600\), found mode 640/);
});

test("temporary credentials go with their token, from the environment or the file; a wrong token is named as such", async (t) => {
  const token = "made-up-token";
  const hub = await watchedHub(t, { cloudKey: { ...key, token } });
  await answering(hub, () => "ok");
  const folder = mkdtempSync(join(tmpdir(), "rrpc-call-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "credentials");
  const lines = ["[default]", `secret_id = ${key.secretId}`, `secret_key = ${key.secretKey}`, `token = ${token}`, ""];
  writeFileSync(file, lines.join("\n"), { mode: 0o600 });
  const args = ["hello", "--cloud", "--url", apiUrl(hub)];
  for (const name of ["TENCENTCLOUD_SESSION_TOKEN", "TENCENTCLOUD_TOKEN"])
    assert.equal((await call(t, args, { ...cloudKey, [name]: token })).exitCode, 0, name);
  assert.equal((await call(t, [...args, "--key-file", file])).exitCode, 0);
  const wrong = await call(t, args, { ...cloudKey, TENCENTCLOUD_SESSION_TOKEN: "not-this-token" });
  assert.equal(wrong.exitCode, 1);
  assert.match(wrong.stderr, /^AuthFailure\.TokenFailure .*\nIt was not carried out\. Get new temporary credentials/);
  assert.doesNotMatch(wrong.stderr, /not-this-token/);
});

test("a wrong key is named as such, and nothing was carried out", async (t) => {
  const hub = await watchedHub(t, { cloudKey: key });
  const env = { ...hubKey, RRPC_HUB_SECRET_KEY: "another" };
  const { exitCode, stdout, stderr } = await call(t, ["hello", "--url", apiUrl(hub)], env);
  assert.equal(exitCode, 1);
  assert.equal(stdout, "");
  assert.match(stderr, /^AuthFailure\.SignatureFailure .*\nIt was not carried out\. Check the SecretKey/);
});

test("where nobody listens the address that was not named is explained, and no other", () => {
  const outcome = outcomeOf({ kind: "unreachable", message: "connect ECONNREFUSED 127.0.0.1:8083" });
  const adviceWith = (options: { cloud?: boolean; url?: string }) => {
    const told = withForgottenCloud(outcome, options);
    return told.kind === "failed" && told.advice;
  };
  assert.match(adviceWith({}) || "", /simulated hub .* none runs: did you mean --cloud\?$/);
  for (const options of [{ cloud: true }, { url: "http://127.0.0.1:1" }])
    assert.match(adviceWith(options) || "", /^Check --url and the network/);
  const answered = { kind: "answered", payload: Buffer.from("ok"), processId: "1" } as const;
  assert.equal(withForgottenCloud(answered, {}), answered);
});

test("the exit code says whether it may have been carried out", async (t) => {
  const hub = await watchedHub(t, { cutoffMs: 200 });
  const offline = await call(t, ["hello", "--url", apiUrl(hub)]);
  assert.equal(offline.exitCode, 1);
  assert.match(offline.stderr, /DeviceOffline .*\nIt was not carried out\./);

  const error = { source: "gateway", code: "aborted", reason: "link_lost", executed: "unknown", message: "gone" };
  await answering(hub, (payload) => (payload === "silent" ? undefined : JSON.stringify({ error })));
  const lost = await call(t, ["hello", "--url", apiUrl(hub)]);
  assert.equal(lost.exitCode, 2);
  assert.match(
    lost.stderr,
    /^aborted \/ link_lost \(the gateway's\) after .*: gone\nIt may have been carried out\. Ask/,
  );

  const asJson = await call(t, ["silent", "--url", apiUrl(hub), "--json"]);
  assert.equal(asJson.exitCode, 2);
  hold(callReport, JSON.parse(asJson.stdout));
  const { kind, source, code, executed } = JSON.parse(asJson.stdout);
  assert.deepEqual([kind, source, code, executed], ["failed", "api", "FailedOperation.RRPCTimeout", "unknown"]);
});

test("no answer from the API is told apart from no connection to it", async (t) => {
  const serve = async (server: Server) => {
    t.after(() => server.closeAllConnections());
    t.after(() => server.close());
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const silent = await serve(createServer(() => {}));
  const late = await call(t, ["hello", "--url", silent, "--timeout-ms", "100"]);
  assert.equal(late.exitCode, 2);
  assert.match(late.stderr, /^unanswered .*no answer within 100 ms/);

  const cut = await call(t, ["hello", "--url", await serve(createServer((request) => request.socket.destroy()))]);
  assert.equal(cut.exitCode, 2, cut.stderr);

  const other = await call(t, ["hello", "--url", await serve(createServer((_, response) => response.end("<html>")))]);
  assert.equal(other.exitCode, 2);
  assert.match(other.stderr, /is this the API's address/);

  const closing = createServer();
  const closed = await serve(closing);
  closing.close();
  const unreachable = await call(t, ["hello", "--url", closed]);
  assert.equal(unreachable.exitCode, 1);
  assert.match(unreachable.stderr, /^unreachable .*ECONNREFUSED/);
  const badPort = await call(t, ["hello", "--url", "http://127.0.0.1:1"]);
  assert.equal(badPort.exitCode, 1);
  assert.match(badPort.stderr, /^unreachable .*bad port.*\nIt was not carried out\. .*nothing was sent/);
});

test("everything that is wrong with the command line is told", async (t) => {
  const { exitCode, stderr } = await call(t, ["hello", "--url", "ftp://a", "--timeout-ms", "soon"], {
    RRPC_HUB_SECRET_ID: "AKIDmadeup",
    RRPC_HUB_SECRET_KEY: "",
  });
  assert.equal(exitCode, 64);
  assert.match(stderr, /--url: .*\n.*--timeout-ms: .*\n.*belong together\n$/);
  const keyless = { TENCENTCLOUD_SECRET_ID: "", TENCENTCLOUD_SECRET_KEY: "" };
  assert.match((await call(t, ["hello", "--cloud"], keyless)).stderr, /--cloud needs a key/);
});

test("a region has the name that it has in the configuration; other names are understood for a hint", () => {
  const base = { cloud: true, product: "ABCDEFGH12", device: "gateway01", timeoutMs: "1000" };
  const read = (region?: string) =>
    readCallOptions("x", { ...base, ...(region !== undefined && { region }) }, cloudKey);
  const sent = (region?: string) => {
    const wanted = read(region);
    return wanted.kind === "problems" ? wanted.problems : wanted.api.region;
  };
  assert.equal(sent(), "ap-guangzhou");
  assert.deepEqual(
    ["china", "us-east", "europe", "ap-bangkok"].map((name) => sent(name)),
    ["ap-guangzhou", "na-ashburn", "eu-frankfurt", "ap-bangkok"],
  );
  const wrong = (hint: string, found: string) => [
    `--region: expected one of china, us-east, europe, ap-bangkok${hint}, found "${found}"`,
  ];
  assert.deepEqual(sent("na-ashburn"), wrong(" (did you mean us-east?)", "na-ashburn"));
  assert.deepEqual(sent("moon"), wrong("", "moon"));
});
