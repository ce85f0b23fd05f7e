import assert from "node:assert/strict";
import { test } from "node:test";
import { bindSignature } from "../../src/iot-hub/binding.ts";

const device = { productId: "SUBPRODUCT", deviceName: "sub01" };
const secret = "MDEyMzQ1Njc4OWFiY2RlZg==";
const nonce = { random: 121213, timestampS: 1767225600 };

test("the signature of a binding is that of the vectors, whose key is the secret's text", () => {
  assert.equal(bindSignature(device, secret, nonce, "sha1"), "H54l/8AebBxIgXjrBpZxa+wIOVw=");
  assert.equal(bindSignature(device, secret, nonce), "lfrEzeiFSN1NRXQEbTfrCO3snb7Ofg7KfdGDrK+J2ho=");
});
