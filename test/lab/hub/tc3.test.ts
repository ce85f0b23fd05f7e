import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { CommonClient } from "tencentcloud-sdk-nodejs-common";
import { signatureProblem } from "../../../src/lab/hub/tc3.ts";

const key = { secretId: "AKIDmadeup", secretKey: "made-up-key" };

/** A request as Tencent's Node.js SDK signs it, caught on its way. */
async function signedBySdk(): Promise<{ headers: IncomingHttpHeaders; body: Buffer }> {
  const server = createServer((_request, response) => response.end('{"Response":{"RequestId":""}}'));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const caught = once(server, "request");
    const endpoint = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const profile = { httpProfile: { endpoint, protocol: "http://" as const } };
    const client = new CommonClient("iotcloud.tencentcloudapi.com", "2021-04-08", {
      credential: key,
      region: "ap-guangzhou",
      profile,
    });
    const answered = client.request("PublishRRPCMessage", { Payload: "grün" });
    const [{ headers }] = await caught;
    await answered;
    return { headers, body: Buffer.from('{"Payload":"grün"}') };
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

test("what the SDK signs is right, and only as it was signed", async () => {
  const { headers, body } = await signedBySdk();
  const nowMs = Number(headers["x-tc-timestamp"]) * 1000;
  assert.equal(signatureProblem({ headers, body }, key, nowMs), undefined);
  const fault = (change: IncomingHttpHeaders, changedBody = body) =>
    signatureProblem({ headers: { ...headers, ...change }, body: changedBody }, key, nowMs)?.code;
  const authorization = headers.authorization ?? "";

  assert.equal(fault({}, Buffer.from('{"Payload":"blau"}')), "AuthFailure.SignatureFailure");
  assert.equal(fault({ host: "iotcloud.tencentcloudapi.com" }), "AuthFailure.SignatureFailure");
  assert.equal(fault({ "x-tc-timestamp": String(nowMs / 1000 + 1) }), "AuthFailure.SignatureFailure");
  assert.equal(fault({ "x-tc-timestamp": "now" }), "AuthFailure.SignatureExpire");
  assert.equal(fault({ "x-tc-timestamp": undefined }), "MissingParameter");
  assert.equal(fault({ authorization: undefined }), "AuthFailure.InvalidAuthorization");
  assert.equal(fault({ authorization: authorization.slice(0, -1) }), "AuthFailure.InvalidAuthorization");
  assert.equal(fault({ authorization: authorization.replace("/20", "/19") }), "AuthFailure.SignatureFailure");
  const hostUnsigned = authorization.replace("content-type;host", "content-type");
  assert.equal(fault({ authorization: hostUnsigned }), "AuthFailure.SignatureFailure");
  // The SDK signs for the first label of its endpoint, whatever that is; to Tencent's own host it must be the service.
  const own = { ...headers, host: "iotcloud.tencentcloudapi.com" };
  assert.deepEqual(signatureProblem({ headers: own, body }, key, nowMs), {
    code: "AuthFailure.SignatureFailure",
    subject: "it is made for 127, not for iotcloud",
  });
});

test("five minutes either way, and no second more", async () => {
  const { headers, body } = await signedBySdk();
  const signedMs = Number(headers["x-tc-timestamp"]) * 1000;
  for (const sign of [-1, 1]) {
    assert.equal(signatureProblem({ headers, body }, key, signedMs + sign * 300_000), undefined);
    assert.equal(
      signatureProblem({ headers, body }, key, signedMs + sign * 301_000)?.code,
      "AuthFailure.SignatureExpire",
    );
  }
});

test("a signer may sign the port of the host, and more headers than it must", () => {
  const body = Buffer.from("{}");
  const hex = (data: string | Buffer) => createHash("sha256").update(data).digest("hex");
  const hmac = (secret: string | Buffer, text: string) => createHmac("sha256", secret).update(text).digest();
  const canonical = `POST\n/\n\ncontent-type:application/json; charset=utf-8
host:127.0.0.1:8083
x-tc-action:publishrrpcmessage

content-type;host;x-tc-action
${hex(body)}`;
  const signingKey = hmac(hmac(hmac("TC3made-up-key", "2026-01-01"), "iotcloud"), "tc3_request");
  const toSign = `TC3-HMAC-SHA256\n1767225600\n2026-01-01/iotcloud/tc3_request\n${hex(canonical)}`;
  const headers = {
    host: "127.0.0.1:8083",
    "content-type": "application/json; charset=utf-8",
    "x-tc-action": "PublishRRPCMessage",
    "x-tc-timestamp": "1767225600",
    authorization: `TC3-HMAC-SHA256 Credential=AKIDmadeup/2026-01-01/iotcloud/tc3_request, SignedHeaders=content-type;host;x-tc-action, Signature=${hmac(signingKey, toSign).toString("hex")}`,
  };
  assert.equal(signatureProblem({ headers, body }, key, 1_767_225_600_000), undefined);
});
