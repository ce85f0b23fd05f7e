/** What the page's server lets through, and to whom. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { get, request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { type TestContext, test } from "node:test";
import type { Frame } from "../../src/page/frame.ts";
import { Picture } from "../../src/page/picture.ts";
import { createPageServer } from "../../src/page/server.ts";
import { at, report, request, settled } from "./events.ts";

const html = "<!doctype html><style>p{}</style><p></p><script>1</script>";
const token = "0123456789abcdef";

async function start(t: TestContext, options: { readonly token?: string } = {}) {
  const picture = new Picture(at(0), false);
  picture.take(request(1, "pump", "7"));
  picture.take(settled(11, "pump", "7"));
  const { server, changed, close } = createPageServer({ html, picture, token: options.token });
  t.after(close);
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  async function ask(path: string, headers: Record<string, string> = {}, method = "GET") {
    const asked = httpRequest({ host: "127.0.0.1", port, path, method, headers, agent: false }).end();
    const [response] = await once(asked, "response");
    let body = "";
    for await (const chunk of response.setEncoding("utf8")) body += chunk;
    return { status: response.statusCode as number, headers: response.headers as IncomingHttpHeaders, body };
  }
  return { picture, port, ask, changed };
}

/** Frames as a browser gets them. */
async function* framesFrom(port: number, path = "/events"): AsyncGenerator<Frame> {
  const asked = get({ host: "127.0.0.1", port, path, agent: false });
  const [response] = await once(asked, "response");
  let text = "";
  for await (const chunk of response.setEncoding("utf8")) {
    const events = `${text}${chunk}`.split("\n\n");
    text = events.pop() ?? "";
    for (const event of events) if (event.startsWith("data: ")) yield JSON.parse(event.slice(6)) as Frame;
  }
}

test("the page comes with a policy under which only its own style and script run, and reach only this server", async (t) => {
  const { ask } = await start(t);
  const { status, headers, body } = await ask("/");
  assert.equal(status, 200);
  assert.equal(body, html);
  const policy = headers["content-security-policy"] ?? "";
  for (const directive of ["default-src 'none'", "connect-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"])
    assert.ok(policy.toString().includes(directive), directive);
  // openssl dgst -sha256 -binary | base64, of `1` and of `p{}`.
  assert.match(policy.toString(), /script-src 'sha256-a4ayc\/80\/OGda4BO\/1o\/V0etpOqiLx1JwB5S3beHW0s='/);
  assert.match(policy.toString(), /style-src 'sha256-[A-Za-z0-9+/]{43}='/);
  assert.doesNotMatch(policy.toString(), /unsafe|https?:|\*/);
  assert.equal(headers["x-content-type-options"], "nosniff");
  assert.equal(headers["cache-control"], "no-store");
});

test("frames come as they change, whole, of all boards or of one", { timeout: 30_000 }, async (t) => {
  const { picture, port, changed } = await start(t);
  const frames = framesFrom(port);
  const first = (await frames.next()).value as Frame;
  assert.deepEqual(
    first.calls.map(({ processId }) => processId),
    ["7"],
  );
  picture.take(settled(20, "valve", "8"));
  changed();
  const second = (await frames.next()).value as Frame;
  assert.deepEqual(
    second.calls.map(({ processId }) => processId),
    ["8", "7"],
  );
  const ofPump = (await framesFrom(port, "/events?board=pump").next()).value as Frame;
  assert.deepEqual(
    ofPump.calls.map(({ processId }) => processId),
    ["7"],
  );
});

test("lines are asked for by board", async (t) => {
  const { picture, ask } = await start(t);
  picture.take({ time: at(1), board: "pump", kind: "line_out", byteCount: 4, head: ">7" });
  const { status, body } = await ask("/lines?board=pump&contents=1");
  assert.equal(status, 200);
  assert.deepEqual(JSON.parse(body), {
    lines: [{ time: at(1), direction: "to_mcu", byteCount: 4, text: ">7" }],
  });
  assert.equal((await ask("/lines?board=nobody")).status, 404);
  assert.equal((await ask("/lines")).status, 404);
});

test("nothing else is there, nothing can be changed, and odd paths end nothing", async (t) => {
  const { ask } = await start(t);
  for (const path of ["/x", "//", "/..%2f..%2fetc/passwd", "/%", "*", "/lines/../x"])
    assert.ok([400, 404].includes((await ask(path)).status), path);
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) assert.equal((await ask("/", {}, method)).status, 405);
  assert.equal((await ask("/")).status, 200);
});

test("another site's scripts read nothing: neither from their page nor under a name of theirs", async (t) => {
  const { ask } = await start(t);
  for (const site of ["cross-site", "same-site"])
    assert.equal((await ask("/events", { "Sec-Fetch-Site": site })).status, 403, site);
  for (const host of ["evil.example", "evil.example:8088", "127.0.0.1.evil.example", "localhost.evil.example"])
    assert.equal((await ask("/", { Host: host })).status, 421, host);
  for (const host of ["localhost", "localhost:8088", "127.0.0.1:80", "[::1]:8088"])
    assert.equal((await ask("/", { Host: host })).status, 200, host);
  assert.equal((await ask("/", { Host: "127.0.0.2:8088" })).status, 200);
  const link = { "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "document" };
  assert.equal((await ask("/", link)).status, 200, "whoever follows a link sees the page in a window of its own");
});

test("with a token nothing is shown without it, at any name", async (t) => {
  const { ask } = await start(t, { token });
  const basic = (pair: string) => ({ Authorization: `Basic ${Buffer.from(pair).toString("base64")}` });
  for (const path of ["/", "/events", "/lines?board=pump"]) {
    const { status, headers, body } = await ask(path);
    assert.equal(status, 401);
    assert.match(headers["www-authenticate"] ?? "", /^Basic /);
    assert.doesNotMatch(body, /pump/);
  }
  const wrong = [basic(`a:${token}x`), basic("a:"), basic(token), basic(`${token}:`), { Authorization: "Bearer" }];
  for (const headers of wrong) assert.equal((await ask("/", headers)).status, 401);
  for (const headers of [basic(`me:${token}`), basic(`:${token}`), { Authorization: `Bearer ${token}` }])
    assert.equal((await ask("/", { ...headers, Host: "gateway.example:8088" })).status, 200);
});

test("eight may watch; one more is told so, and has a place when another leaves", { timeout: 30_000 }, async (t) => {
  const { ask, port } = await start(t);
  const watching = Array.from({ length: 8 }, () => framesFrom(port));
  for (const frames of watching) await frames.next();
  const { status, body } = await ask("/events");
  assert.equal(status, 503);
  assert.match(body, /8 watch already/);
  await watching[0]?.return(undefined);
  for (;;) {
    const socket = connect(port, "127.0.0.1");
    socket.write("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const [head] = (await once(socket.setEncoding("utf8"), "data")) as [string];
    socket.destroy();
    if (head.startsWith("HTTP/1.1 200")) break;
  }
});

test("a browser that reads nothing delays nobody", {
  timeout: 60_000,
}, async (t) => {
  const { picture, port, changed } = await start(t);
  for (let index = 0; index < 60; index += 1)
    picture.take(report(index, `board-${index}`, { kind: "mcu_restarted", inFlightCount: 0 }, "warn"));
  const stubborn = connect(port, "127.0.0.1");
  t.after(() => stubborn.destroy());
  stubborn.write("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
  stubborn.pause();
  const frames = framesFrom(port);
  for (let index = 0; index < 12; index += 1) {
    picture.take(settled(1000 + index, "pump", String(index)));
    changed();
    const { calls } = (await frames.next()).value as Frame;
    assert.ok(calls.length > 0);
  }
});
