import assert from "node:assert/strict";
import { test } from "node:test";
import { hubEndpoint, isIotHub } from "../../src/iot-hub/endpoint.ts";
import { type Region, regions } from "../../src/iot-hub/regions.ts";
import { endpointUrl, transports } from "../../src/mqtt/endpoint.ts";

const url = (region: Region, transport: (typeof transports)[number]) =>
  endpointUrl(hubEndpoint({ productId: "ABCDEFGH12", region, transport }));

test("every region over every transport", () => {
  const urls = regions.map((region) => transports.map((transport) => url(region, transport)));
  assert.deepEqual(urls, [
    [
      "tls://ABCDEFGH12.iotcloud.tencentdevices.com:8883",
      "psk://ABCDEFGH12.iotcloud.tencentdevices.com:8883",
      "tcp://ABCDEFGH12.iotcloud.tencentdevices.com:1883",
      "wss://ABCDEFGH12.ap-guangzhou.iothub.tencentdevices.com:443",
      "ws://ABCDEFGH12.ap-guangzhou.iothub.tencentdevices.com:80",
    ],
    [
      "tls://ABCDEFGH12.us-east.iotcloud.tencentdevices.com:8883",
      "psk://ABCDEFGH12.us-east.iotcloud.tencentdevices.com:8883",
      "tcp://ABCDEFGH12.us-east.iotcloud.tencentdevices.com:1883",
      "wss://ABCDEFGH12.us-east.iothub.tencentdevices.com:443",
      "ws://ABCDEFGH12.us-east.iothub.tencentdevices.com:80",
    ],
    [
      "tls://ABCDEFGH12.europe.iothub.tencentdevices.com:8883",
      "psk://ABCDEFGH12.europe.iothub.tencentdevices.com:8883",
      "tcp://ABCDEFGH12.europe.iothub.tencentdevices.com:1883",
      "wss://ABCDEFGH12.europe.iothub.tencentdevices.com:443",
      "ws://ABCDEFGH12.europe.iothub.tencentdevices.com:80",
    ],
    [
      "tls://ABCDEFGH12.ap-bangkok.iothub.tencentdevices.com:8883",
      "psk://ABCDEFGH12.ap-bangkok.iothub.tencentdevices.com:8883",
      "tcp://ABCDEFGH12.ap-bangkok.iothub.tencentdevices.com:1883",
      "wss://ABCDEFGH12.ap-bangkok.iothub.tencentdevices.com:443",
      "ws://ABCDEFGH12.ap-bangkok.iothub.tencentdevices.com:80",
    ],
  ]);
});

test("a host and a port of one's own", () => {
  const choice = { productId: "P", region: "china", transport: "tls" } as const;
  assert.equal(endpointUrl(hubEndpoint({ ...choice, host: "broker.lan" })), "tls://broker.lan:8883");
  assert.equal(endpointUrl(hubEndpoint({ ...choice, port: 9883 })), "tls://P.iotcloud.tencentdevices.com:9883");
  assert.equal(endpointUrl(hubEndpoint({ ...choice, host: "::1", port: 1 })), "tls://[::1]:1");
});

test("whose the host is, is in its name: a host of one's own may be Tencent's", () => {
  const choice = { productId: "P", region: "china", transport: "tls" } as const;
  assert.ok(isIotHub(hubEndpoint(choice)));
  assert.ok(isIotHub(hubEndpoint({ ...choice, host: "P.IoTCloud.TencentDevices.com" })));
  for (const host of ["broker.lan", "127.0.0.1", "tencentdevices.com.example", "nottencentdevices.com"])
    assert.ok(!isIotHub(hubEndpoint({ ...choice, host })), host);
});
