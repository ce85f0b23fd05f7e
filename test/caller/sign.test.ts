// The signature, by the example that Tencent Cloud's documentation of TC3-HMAC-SHA256 works through (API 3.0,
// "Signature v3"): its key is no key, as its letters say.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readKeyText } from "../../src/caller/key-text.ts";
import { authorization } from "../../src/caller/sign.ts";
import { signatureProblem } from "../../src/lab/hub/tc3.ts";

const key = { secretId: "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE", secretKey: "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE" };
const published = {
  url: new URL("https://cvm.tencentcloudapi.com/"),
  contentType: "application/json; charset=utf-8",
  body: Buffer.from('{"Limit": 1, "Filters": [{"Values": ["\\u672a\\u547d\\u540d"], "Name": "instance-name"}]}'),
  service: "cvm",
  timestampS: 1_551_113_065,
};
const publishedAuthorization =
  "TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE/2019-02-25/cvm/tc3_request, " +
  "SignedHeaders=content-type;host, Signature=72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168";

test("the documentation's example is signed as the documentation says", async () => {
  assert.equal(await authorization(published, key), publishedAuthorization);
});

test("the simulated hub takes the documentation's example, and no other signature", () => {
  const headers = {
    host: "cvm.tencentcloudapi.com",
    "content-type": published.contentType,
    "x-tc-timestamp": String(published.timestampS),
    authorization: publishedAuthorization,
  };
  const { body, timestampS } = published;
  assert.equal(signatureProblem({ headers, body }, key, timestampS * 1000, "cvm"), undefined);
  const other = { ...headers, authorization: publishedAuthorization.replace("72e494", "72e495") };
  assert.equal(
    signatureProblem({ headers: other, body }, key, timestampS * 1000, "cvm")?.code,
    "AuthFailure.SignatureFailure",
  );
});

test("whatever is signed decides on the signature", async () => {
  const changes = [
    { url: new URL("https://iotcloud.tencentcloudapi.com/") },
    { contentType: "application/json" },
    { body: Buffer.from("{}") },
    { service: "iotcloud" },
    { timestampS: published.timestampS + 1 },
  ];
  const signatures = await Promise.all(changes.map((change) => authorization({ ...published, ...change }, key)));
  assert.equal(new Set([publishedAuthorization, ...signatures]).size, changes.length + 1);
});

test("a key is read from the files that Tencent's programs keep it in", () => {
  const expected = { secretId: "AKIDmadeup", secretKey: "made-up-key" };
  const texts = [
    "[default]\nsecret_id = AKIDmadeup\nsecret_key = made-up-key\n",
    '{"secretId": "AKIDmadeup", "secretKey": "made-up-key"}',
    '{"secretKey":"made-up-key","secretId":"AKIDmadeup"}',
    "TENCENTCLOUD_SECRET_ID=AKIDmadeup\nTENCENTCLOUD_SECRET_KEY=made-up-key\n",
  ];
  for (const text of texts) assert.deepEqual(readKeyText(text), expected, text);
  const temporary = { ...expected, token: "made+up/token==" };
  for (const text of [
    "[default]\nsecret_id = AKIDmadeup\nsecret_key = made-up-key\ntoken = made+up/token==\n",
    "[other]\nsecret_id = X\nsecret_key = Y\n[default]\nsecret_id=AKIDmadeup\nsecret_key=made-up-key\ntoken=made+up/token==\n",
    '{"secretId": "AKIDmadeup", "secretKey": "made-up-key", "token": "made+up/token=="}',
    '{"Credentials":{"Token":"made+up/token==","TmpSecretId":"AKIDmadeup","TmpSecretKey":"made-up-key"},"Expiration":"x"}',
    "TENCENTCLOUD_SECRET_ID=AKIDmadeup\nTENCENTCLOUD_SECRET_KEY=made-up-key\nTENCENTCLOUD_SESSION_TOKEN=made+up/token==\n",
  ]) {
    assert.deepEqual(readKeyText(text), temporary, text);
  }
  const lasting = [
    "[default]\nsecret_id = AKIDmadeup\nsecret_key = made-up-key\ntoken =\n\n[other]\ntoken = another's\n",
    '{"secretId": "AKIDmadeup", "secretKey": "made-up-key", "token": null}',
  ];
  for (const text of lasting) assert.deepEqual(readKeyText(text), expected, text);
  for (const text of ["", "secret_id = AKIDmadeup\n", "secret_key = made-up-key\n"]) {
    assert.equal(readKeyText(text), undefined, text);
  }
});
