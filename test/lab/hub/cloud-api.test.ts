// The cloud side as programs use it: Tencent's own SDK with another endpoint, and plain HTTP.
import assert from "node:assert/strict";
import { test } from "node:test";
import { CommonClient } from "tencentcloud-sdk-nodejs-common";
import type { Hub } from "../../../src/lab/hub/hub.ts";
import { answering, connected, watchedHub } from "./support.ts";

const cloudKey = { secretId: "AKIDmadeup", secretKey: "made-up-key" };
const request = { ProductId: "ABCDEFGH12", DeviceName: "gateway01", Payload: '{"cmd":"led","text":"grün"}' };

function sdk(hub: Hub, credential = cloudKey): CommonClient {
  const httpProfile = { endpoint: `127.0.0.1:${hub.apiPort}`, protocol: "http://" as const };
  return new CommonClient("iotcloud.tencentcloudapi.com", "2021-04-08", {
    credential,
    region: "ap-guangzhou",
    profile: { httpProfile },
  });
}

/** What the SDK's call rejects with. */
async function sdkError(client: CommonClient, action = "PublishRRPCMessage", parameters: object = request) {
  const error = await client.request(action, parameters).then(
    () => assert.fail("the call went through"),
    (reason: { code: string; message: string; requestId: string }) => reason,
  );
  assert.match(error.requestId, /^[0-9a-f-]{36}$/);
  return error.code;
}

/** A plain POST without any signature; returns the code of the error, or undefined. */
async function post(hub: Hub, body: string, headers: Record<string, string> = {}): Promise<string | undefined> {
  const response = await fetch(`http://127.0.0.1:${hub.apiPort}/`, {
    method: "POST",
    headers: { "X-TC-Action": "PublishRRPCMessage", "X-TC-Version": "2021-04-08", ...headers },
    body,
  });
  assert.equal(response.status, 200);
  const { Response } = (await response.json()) as { Response: { Error?: { Code: string }; RequestId: string } };
  assert.match(Response.RequestId, /^[0-9a-f-]{36}$/);
  return Response.Error?.Code;
}

for (const key of [undefined, cloudKey]) {
  test(`the SDK's call is answered, ${key ? "its signature checked" : "signed or not"}`, async (t) => {
    const hub = await watchedHub(t, { cloudKey: key });
    await answering(hub, (payload) => `${payload}\0ok`);
    const answer = await sdk(hub).request("PublishRRPCMessage", request);
    assert.deepEqual(Object.keys(answer).sort(), ["MessageId", "PayloadBase64", "RequestId"]);
    assert.equal(Buffer.from(answer.PayloadBase64, "base64").toString(), `${request.Payload}\0ok`);
    assert.equal(answer.MessageId, (await hub.next("request")).processId);
  });
}

test("signatures that are not the key's are refused", async (t) => {
  const hub = await watchedHub(t, { cloudKey });
  assert.equal(await sdkError(sdk(hub, { ...cloudKey, secretKey: "another" })), "AuthFailure.SignatureFailure");
  assert.equal(await sdkError(sdk(hub, { ...cloudKey, secretId: "another" })), "AuthFailure.SecretIdNotFound");
  assert.equal(await post(hub, JSON.stringify(request)), "MissingParameter");
  const headers = { "X-TC-Timestamp": String(Math.floor(Date.now() / 1000)), Authorization: "SKIP" };
  assert.equal(await post(hub, JSON.stringify(request), headers), "InvalidAuthorization");
  assert.equal(hub.counts().call, 0);
});

for (const minutes of [-6, 6]) {
  test(`a signature ${minutes} minutes off is refused`, async (t) => {
    const hub = await watchedHub(t, { cloudKey, now: () => Date.now() + minutes * 60_000 });
    assert.equal(await sdkError(sdk(hub)), "AuthFailure.SignatureExpire");
  });
}

test("calls fail with the API's codes", async (t) => {
  const hub = await watchedHub(t, { cutoffMs: 50 });
  const client = sdk(hub);
  assert.equal(await sdkError(client), "FailedOperation.DeviceOffline");
  const unknown = { ...request, DeviceName: "nobody" };
  assert.equal(await sdkError(client, "PublishRRPCMessage", unknown), "ResourceNotFound.DeviceNotExist");
  await connected(hub);
  assert.equal(await sdkError(client), "FailedOperation.DeviceNoSubscription");
  await answering(hub, () => undefined);
  assert.equal(await sdkError(client), "FailedOperation.RRPCTimeout");
  const long = { ...request, Payload: "ü".repeat(8193) };
  assert.equal(await sdkError(client, "PublishRRPCMessage", long), "InvalidParameterValue.PayloadOverLimit");
  assert.equal(await sdkError(client, "PublishMessage"), "InvalidAction");
  assert.equal(await sdkError(client, "PublishRRPCMessage", { ...request, Qos: 1 }), "UnknownParameter");
});

test("requests that are none are told so", async (t) => {
  const hub = await watchedHub(t);
  assert.equal(await post(hub, "{"), "InvalidParameter");
  assert.equal(await post(hub, "null"), "InvalidParameter");
  assert.equal(await post(hub, "{}"), "MissingParameter");
  assert.equal(await post(hub, JSON.stringify({ ...request, Payload: 1 })), "InvalidParameter");
  assert.equal(await post(hub, JSON.stringify(request), { "X-TC-Version": "2018-06-14" }), "NoSuchVersion");
  assert.equal(await post(hub, "x".repeat(10 * 1024 * 1024 + 1)), "RequestSizeLimitExceeded");
  const get = await fetch(`http://127.0.0.1:${hub.apiPort}/`);
  assert.match(await get.text(), /UnsupportedProtocol/);
  const bare = await fetch(`http://127.0.0.1:${hub.apiPort}/`, { method: "POST", body: "{}" });
  assert.match(await bare.text(), /X-TC-Action/);
});

test("more calls in a second than the API takes are refused, where there is a limit", async (t) => {
  const hub = await watchedHub(t, { callsPerSecondMax: 3 });
  const codes = await Promise.all(Array.from({ length: 5 }, () => post(hub, JSON.stringify(request))));
  assert.deepEqual(codes.sort(), [
    "FailedOperation.DeviceOffline",
    "FailedOperation.DeviceOffline",
    "FailedOperation.DeviceOffline",
    "RequestLimitExceeded",
    "RequestLimitExceeded",
  ]);
});
