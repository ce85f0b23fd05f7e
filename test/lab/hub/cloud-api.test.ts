// The cloud side as programs use it: Tencent's own SDK with another endpoint, and plain HTTP.
import assert from "node:assert/strict";
import { test } from "node:test";
import { CommonClient } from "tencentcloud-sdk-nodejs-common";
import { authorization } from "../../../src/caller/sign.ts";
import type { Hub } from "../../../src/lab/hub/hub.ts";
import type { CloudKey } from "../../../src/lab/hub/tc3.ts";
import { answering, connected, watchedHub } from "./support.ts";

const cloudKey = { secretId: "AKIDmadeup", secretKey: "made-up-key" };
const request = { ProductId: "ABCDEFGH12", DeviceName: "gateway01", Payload: '{"cmd":"led","text":"grün"}' };

function sdk(hub: Hub, credential: CloudKey = cloudKey): CommonClient {
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
    // A number: Tencent's Go SDK refuses a string.
    assert.equal(answer.MessageId, Number((await hub.next("request")).processId));
  });
}

test("signatures that are not the key's are refused", async (t) => {
  const hub = await watchedHub(t, { cloudKey });
  assert.equal(await sdkError(sdk(hub, { ...cloudKey, secretKey: "another" })), "AuthFailure.SignatureFailure");
  assert.equal(await sdkError(sdk(hub, { ...cloudKey, secretId: "another" })), "AuthFailure.SecretIdNotFound");
  assert.equal(await post(hub, JSON.stringify(request)), "AuthFailure.InvalidAuthorization");
  const headers = { "X-TC-Timestamp": String(Math.floor(Date.now() / 1000)), Authorization: "SKIP" };
  assert.equal(await post(hub, JSON.stringify(request), headers), "AuthFailure.InvalidAuthorization");
  assert.equal(hub.counts().call, 0);
  assert.equal(hub.counts().refused_call, 4);
});

test("a signature that was made for another service is refused, and the refusal is told", async (t) => {
  const hub = await watchedHub(t, { cloudKey });
  const body = JSON.stringify(request);
  const signed = async (service: string) => {
    const contentType = "application/json; charset=utf-8";
    const timestampS = Math.floor(Date.now() / 1000);
    const url = new URL(`http://127.0.0.1:${hub.apiPort}/`);
    const unsigned = { url, contentType, body: Buffer.from(body), service, timestampS };
    const Authorization = await authorization(unsigned, cloudKey);
    return { "Content-Type": contentType, "X-TC-Timestamp": String(timestampS), Authorization };
  };
  assert.equal(await post(hub, body, await signed("iotcloud")), "FailedOperation.DeviceOffline");
  assert.equal(await post(hub, body, await signed("cvm")), "AuthFailure.SignatureFailure");
  const { message } = await hub.next("refused_call");
  assert.match(message, /made for cvm, not for iotcloud/);
});

test("temporary credentials are good with their token alone", async (t) => {
  const temporary = { ...cloudKey, token: "made-up-token" };
  const hub = await watchedHub(t, { cloudKey: temporary });
  await answering(hub, () => "ok");
  const answer = await sdk(hub, temporary).request("PublishRRPCMessage", request);
  assert.equal(Buffer.from(answer.PayloadBase64, "base64").toString(), "ok");
  assert.equal(await sdkError(sdk(hub, { ...temporary, token: "another" })), "AuthFailure.TokenFailure");
  assert.equal(await sdkError(sdk(hub)), "AuthFailure.TokenFailure");
  const lasting = await watchedHub(t, { cloudKey });
  assert.equal(await sdkError(sdk(lasting, temporary)), "AuthFailure.TokenFailure");
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
  assert.equal(await post(hub, JSON.stringify(request), { "X-TC-Version": "2019-06-14" }), "NoSuchVersion");
  assert.equal(
    await post(hub, JSON.stringify(request), { "X-TC-Version": "2018-06-14" }),
    "FailedOperation.DeviceOffline",
  );
  assert.equal(await post(hub, "[1]"), "InvalidParameter");
  assert.equal(await post(hub, "x".repeat(10 * 1024 * 1024 + 1)), "RequestSizeLimitExceeded");
  const get = await fetch(`http://127.0.0.1:${hub.apiPort}/`);
  assert.match(await get.text(), /UnsupportedProtocol/);
  const bare = await fetch(`http://127.0.0.1:${hub.apiPort}/`, { method: "POST", body: "{}" });
  assert.match(await bare.text(), /X-TC-Action/);
});

test("the parameter that is missing, unknown or of another type is named", async (t) => {
  const hub = await watchedHub(t);
  const told = async (body: object) => {
    const code = await post(hub, JSON.stringify(body));
    return `${code}: ${(await hub.next("refused_call")).message}`;
  };
  for (const name of ["ProductId", "DeviceName", "Payload"]) {
    assert.match(await told({ ...request, [name]: undefined }), new RegExp(`^MissingParameter: .*: ${name}\\.$`));
    assert.match(await told({ ...request, [name]: 1 }), new RegExp(`^InvalidParameter: .*: ${name} is no string\\.$`));
  }
  assert.match(await told({ ...request, Qos: 1 }), /^UnknownParameter: .*: Qos\.$/);
  assert.match(await told([1]), /^InvalidParameter: .*: the body is no JSON object\.$/);
});

test("more calls in a second than the API takes are refused, where there is a limit; those to a device offline count", async (t) => {
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
