/** Where the identity comes from, and what is said of a source that is no good. */
import assert from "node:assert/strict";
import { chmodSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { loadConfig } from "../../src/config/load.ts";
import { good, secret, temporaryFolder } from "./folder.ts";

const folder = temporaryFolder();
after(folder.remove);

const withSource = (lines: string) => good.replace("deviceSecretFile: device-secret", lines);
const withInfo = good.replace(/ {2}productId[\s\S]*caFile: hub-ca\.pem/, "  deviceInfoFile: device_info.json");
const read = (name: string) => readFileSync(join(folder.path, name), "utf8");

function hubOf(yaml: string, env: NodeJS.ProcessEnv = {}) {
  const loaded = loadConfig(folder.write("c.yaml", yaml), env);
  assert.ok(loaded.kind === "loaded", "the configuration is good");
  return loaded.config.hub;
}

const byKey = {
  productId: "ABCDEFGH12",
  deviceName: "gateway01",
  auth: { kind: "key", deviceSecret: secret, hmac: "sha256" },
};

test("the secret in a file, its line end aside", () => {
  const hub = hubOf(good);
  assert.deepEqual(hub.identity, byKey);
  assert.equal(hub.ca, read("hub-ca.pem"));
});

test("the secret in a systemd credential, whose mode is systemd's business", () => {
  folder.write("pump", secret, 0o444);
  const yaml = withSource("deviceSecretCredential: pump");
  assert.deepEqual(hubOf(yaml, { CREDENTIALS_DIRECTORY: folder.path }).identity, byKey);
  assert.equal(
    folder.findingsOf(yaml),
    "c.yaml:4:27: hub.deviceSecretCredential: expected the credentials that systemd passes " +
      "(LoadCredential=pump:… in the unit), found no CREDENTIALS_DIRECTORY in the environment, which is normal outside the service",
  );
  assert.equal(
    folder.findingsOf(yaml, { CREDENTIALS_DIRECTORY: join(folder.path, "none") }),
    "c.yaml:4:27: hub.deviceSecretCredential: expected a readable file with the device secret, " +
      "found no such file: none/pump",
  );
});

test("the secret inline, with a warning", () => {
  const yaml = withSource(`deviceSecret: ${secret}\n  hmac: sha1`);
  assert.deepEqual(hubOf(yaml).identity, { ...byKey, auth: { ...byKey.auth, hmac: "sha1" } });
  assert.equal(
    folder.findingsOf(yaml),
    "c.yaml:4:17: warning: hub.deviceSecret: expected deviceSecretFile or deviceSecretCredential, because " +
      "configuration files get copied around, found the secret itself",
  );
});

test("a secret that is no base64 is not shown", () => {
  assert.equal(
    folder.findingsOf(withSource("deviceSecret: not/a%secret")),
    "c.yaml:4:17: hub.deviceSecret: expected base64 text, as the console shows it, found a text of 12 characters",
  );
  folder.write("bad", "not/a%secret\n");
  assert.equal(
    folder.findingsOf(withSource("deviceSecretFile: bad")),
    "c.yaml:4:21: hub.deviceSecretFile: expected base64 text, as the console shows it, " +
      "found a text of 12 characters",
  );
  folder.write("empty", "\n");
  assert.match(folder.findingsOf(withSource("deviceSecretFile: empty")), /found a text of 0 characters$/);
});

for (const [mode, label] of [
  [0o600, undefined],
  [0o400, undefined],
  [0o640, "warning: "],
  [0o644, ""],
  [0o604, ""],
] as const)
  test(`a secret's file of mode ${mode.toString(8)}`, () => {
    folder.write("moded", secret, mode);
    const finding = `c.yaml:4:21: ${label}hub.deviceSecretFile: expected a file for its owner alone (chmod 600), found mode 0${mode.toString(8)}: moded`;
    assert.equal(folder.findingsOf(withSource("deviceSecretFile: moded")), label === undefined ? "" : finding);
  });

for (const [mode, isGood] of [
  [0o600, true],
  [0o664, true],
  [0o646, false],
] as const)
  test(`a configuration file of mode ${mode.toString(8)}`, () => {
    const file = folder.write("c.yaml", good, mode);
    // The umask would take the right away.
    chmodSync(file, mode);
    const finding = `c.yaml:1:1: expected a file that not everybody may write (chmod o-w), found mode 0${mode.toString(8)}`;
    assert.equal(folder.findingsOfFile(file), isGood ? "" : finding);
  });

test("a certificate and its key", () => {
  const hub = hubOf(withSource("certFile: device-cert.pem\n  keyFile: device-key.pem"));
  const auth = { kind: "certificate", cert: read("device-cert.pem"), key: read("device-key.pem") };
  assert.deepEqual(hub.identity, { ...byKey, auth });
});

for (const [name, now, found] of [
  ["more than 30 days before its end", "2118-11-30T00:00:00Z", undefined],
  ["less than 30 days before its end", "2118-12-03T00:00:00Z", "one that runs out on Jan  1 00:00:00 2119 GMT"],
  ["after its end", "2119-01-02T00:00:00Z", "one that ran out on Jan  1 00:00:00 2119 GMT"],
  ["on a box without a clock", "1970-01-01T00:00:00Z", undefined],
] as const)
  test(`a device certificate ${name}`, (t) => {
    t.mock.timers.enable({ apis: ["Date"], now: Date.parse(now) });
    const warning =
      "c.yaml:4:13: warning: hub.certFile: expected a device certificate that is valid for 30 days more, " +
      `found ${found}: device-cert.pem`;
    assert.equal(
      folder.findingsOf(withSource("certFile: device-cert.pem\n  keyFile: device-key.pem")),
      found === undefined ? "" : warning,
    );
  });

for (const [name, lines, finding] of [
  [
    "another key",
    "certFile: device-cert.pem\n  keyFile: other-key.pem",
    "5:12: hub.keyFile: expected the certificate's private key (PEM, without a passphrase), " +
      "found the key of another one: other-key.pem",
  ],
  [
    "no key",
    "certFile: device-cert.pem\n  keyFile: hub-ca.pem",
    "5:12: hub.keyFile: expected the certificate's private key (PEM, without a passphrase), found no such key: hub-ca.pem",
  ],
  [
    "no certificate",
    "certFile: device-key.pem\n  keyFile: device-key.pem",
    "4:13: hub.certFile: expected a readable certificate (PEM), found none: device-key.pem",
  ],
  [
    "a damaged certificate",
    "certFile: torn.pem\n  keyFile: device-key.pem",
    "4:13: hub.certFile: expected a readable certificate (PEM), found a damaged one: torn.pem",
  ],
  [
    "no file",
    "certFile: none.pem\n  keyFile: device-key.pem",
    "4:13: hub.certFile: expected a readable certificate (PEM), found no such file: none.pem",
  ],
] as const)
  test(`a certificate: ${name}`, () => {
    folder.write("torn.pem", read("device-cert.pem").replace("MII", "%II"));
    assert.equal(folder.findingsOf(withSource(lines)), `c.yaml:${finding}`);
  });

test("device_info.json with a secret", () => {
  const info = { auth_mode: "KEY", productId: "ABCDEFGH12", deviceName: "gateway01", region: "china" };
  folder.write("device_info.json", JSON.stringify({ ...info, key_deviceinfo: { deviceSecret: secret } }));
  const hub = hubOf(withInfo);
  assert.deepEqual(hub.identity, byKey);
  assert.equal(hub.ca, undefined);
});

test("device_info.json with certificates, which lie beside it", () => {
  const files = { devCaFile: "hub-ca.pem", devCertFile: "device-cert.pem", devPrivateKeyFile: "device-key.pem" };
  const info = { auth_mode: "CERT", productId: "ABCDEFGH12", deviceName: "gateway01", cert_deviceinfo: files };
  folder.write("device_info.json", JSON.stringify(info));
  const hub = hubOf(withInfo);
  const auth = { kind: "certificate", cert: read("device-cert.pem"), key: read("device-key.pem") };
  assert.deepEqual(hub.identity, { ...byKey, auth });
  assert.equal(hub.ca, read("hub-ca.pem"));
});

for (const transport of ["psk", "tcp", "ws"]) {
  test(`device_info.json with certificates over ${transport}, which carries none`, () => {
    const files = { devCaFile: "", devCertFile: "device-cert.pem", devPrivateKeyFile: "device-key.pem" };
    const info = { auth_mode: "CERT", productId: "ABCDEFGH12", deviceName: "gateway01", cert_deviceinfo: files };
    folder.write("device_info.json", JSON.stringify(info));
    const findings = folder.findingsOf(
      withInfo.replace("serial:", `  transport: ${transport}\n  host: "::1"\nserial:`),
    );
    const expected = "hub.transport tls or wss, to authenticate with the certificate that it names";
    assert.equal(findings, `c.yaml:2:19: hub.deviceInfoFile: expected ${expected}, found ${transport}`);
  });
}

test("a secret that is too long for a key of TLS is told for psk alone, and not shown", () => {
  for (const [bytes, transport, found] of [
    [256, "psk", ""],
    [
      257,
      "psk",
      "c.yaml:5:14: hub.transport: expected a device secret of at most 256 bytes, as the key of psk, found one of 257 bytes",
    ],
    [257, "tls", ""],
  ] as const) {
    folder.write("long", Buffer.alloc(bytes, "k").toString("base64"));
    const host = transport === "tls" ? "\n  host: broker.lan" : "";
    const yaml = withSource("deviceSecretFile: long").replace("caFile: hub-ca.pem", `transport: ${transport}${host}`);
    assert.equal(folder.findingsOf(yaml), found);
  }
});

const readable = "hub.deviceInfoFile: expected a readable device_info.json of Tencent's device SDKs, found ";
for (const [name, content, ...findings] of [
  ["no JSON", `{"deviceSecret": ${secret}`, `${readable}one without auth_mode "KEY" or "CERT", productId, deviceName`],
  ["a list", "[]", `${readable}one without auth_mode "KEY" or "CERT", productId, deviceName`],
  [
    "an unknown mode",
    '{"auth_mode":"X","productId":"ABCDEFGH12","deviceName":"a"}',
    `${readable}one without auth_mode "KEY" or "CERT"`,
  ],
  [
    "no secret",
    '{"auth_mode":"KEY","productId":"ABCDEFGH12","deviceName":"a"}',
    `${readable}one without key_deviceinfo.deviceSecret`,
  ],
  [
    "no files",
    '{"auth_mode":"CERT","productId":"ABCDEFGH12","deviceName":"a","cert_deviceinfo":{"devCertFile":1}}',
    `${readable}one without cert_deviceinfo.devCertFile, cert_deviceinfo.devPrivateKeyFile`,
  ],
  [
    "the SDKs' placeholders",
    '{"auth_mode":"KEY","productId":"PRODUCT_ID","deviceName":"DEVICE_NAME","key_deviceinfo":{"deviceSecret":"YOUR_IOT_PSK"}}',
    "hub.deviceInfoFile: expected a device_info.json whose productId is 10 letters or digits, found something else",
    "hub.deviceInfoFile: expected base64 text, as the console shows it, found a text of 12 characters",
  ],
  [
    "a file name with a NUL",
    '{"auth_mode":"CERT","productId":"ABCDEFGH12","deviceName":"a","cert_deviceinfo":{"devCertFile":"\\u0000","devPrivateKeyFile":"device-key.pem"}}',
    "hub.deviceInfoFile: expected a readable certificate (PEM), found no such file: its path has a NUL",
  ],
] as const)
  test(`device_info.json: ${name}`, () => {
    folder.write("device_info.json", content);
    assert.deepEqual(
      folder
        .findingsOf(withInfo)
        .split("\n")
        .map((line) => line.replace("c.yaml:2:19: ", "").replace(": device_info.json", "")),
      findings,
    );
  });

test("device_info.json beside what it says itself", () => {
  const info = {
    auth_mode: "KEY",
    productId: "ABCDEFGH12",
    deviceName: "gateway01",
    key_deviceinfo: { deviceSecret: secret },
  };
  folder.write("device_info.json", JSON.stringify(info), 0o644);
  assert.equal(
    folder.findingsOf(good.replace("deviceSecretFile: device-secret", "deviceInfoFile: device_info.json")),
    [
      "c.yaml:2:14: hub.productId: expected no value, because hub.deviceInfoFile names it, found one",
      "c.yaml:3:15: hub.deviceName: expected no value, because hub.deviceInfoFile names it, found one",
      "c.yaml:4:19: hub.deviceInfoFile: expected a file for its owner alone (chmod 600), found mode 0644: device_info.json",
    ].join("\n"),
  );
});
