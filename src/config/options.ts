/**
 * Every option, once. The types, the checks, the JSON Schema, `config.example.yaml` and the table of docs/configuration.md
 * come from here; a limit's reason stands beside it.
 */

import { defaultSdkAppId } from "../iot-hub/credentials.ts";
import { keepaliveRangeS } from "../iot-hub/limits.ts";
import { regionSynonyms, regions } from "../iot-hub/regions.ts";
import { rrpcTopics } from "../iot-hub/topics.ts";
import { boards, events, rrpc } from "./board-options.ts";
import { deviceName, productId } from "./device-options.ts";
import type { Group, PathsOf, SettingsOf } from "./option.ts";
import { remote } from "./remote-options.ts";
import { serial } from "./serial-options.ts";
import { control, metrics, monitor } from "./watch-options.ts";

/** 255 bytes is IoT Hub's limit for a topic, less "/", product, "/", device, "/" and a processID of 32: 162. */
const topic = {
  kind: "text",
  pattern: /^[!-"$-*,-.0-~](?:[!-"$-*,-~]{0,160}[!-"$-*,-.0-~])?$/,
  expected: "up to 162 ASCII characters without spaces, + and #, and without a slash at either end",
} as const;

const hub = {
  kind: "group",
  doc: "The session with IoT Hub.",
  options: {
    productId: { ...productId, example: "ABCDEFGH12", doc: "Product ID, as the console shows it." },
    deviceName: {
      ...deviceName,
      example: "gateway01",
      doc: "Device name; the MQTT client identifier is the product ID followed by this name.",
    },
    deviceSecretFile: {
      kind: "path",
      example: "device-secret",
      doc: "File that holds the device secret and nothing else; only the service may read it (mode 0600).",
    },
    deviceSecretCredential: {
      kind: "text",
      pattern: /^(?!\.\.?$)[0-9A-Za-z._-]{1,255}$/,
      expected: "the name of a systemd credential",
      example: "device-secret",
      doc: "Name of the systemd credential (`LoadCredential=` in the unit) that holds the device secret.",
    },
    deviceSecret: {
      kind: "text",
      pattern: /^(?=.)(?:[0-9A-Za-z+/]{4})*(?:[0-9A-Za-z+/]{2}==|[0-9A-Za-z+/]{3}=)?$/,
      expected: "base64 text, as the console shows it",
      example: "MDEyMzQ1Njc4OWFiY2RlZg==",
      secret: true,
      doc: "The device secret itself; use a file or a credential instead, because configuration files get copied around.",
    },
    certFile: {
      kind: "path",
      example: "device-cert.pem",
      doc: "Device certificate (PEM), for products that authenticate with certificates; needs `keyFile`.",
    },
    keyFile: {
      kind: "path",
      example: "device-key.pem",
      doc: "Private key (PEM) of the device certificate; only the service may read it (mode 0600).",
    },
    deviceInfoFile: {
      kind: "path",
      example: "device_info.json",
      doc: "`device_info.json` of Tencent's device SDKs; it names product, device and credentials.",
    },
    hmac: {
      kind: "choice",
      values: ["sha256", "sha1"],
      default: "sha256",
      doc: "Hash of the signature in the MQTT password, for devices that have a secret.",
    },
    sdkAppId: {
      kind: "text",
      pattern: /^[0-9]{1,20}$/,
      expected: "1 to 20 digits, in quotes",
      default: defaultSdkAppId,
      doc: "Second field of the MQTT user name; the default is the one from IoT Hub's documentation.",
    },
    region: {
      kind: "choice",
      values: regions,
      synonyms: regionSynonyms,
      default: "china",
      doc: "Region of the product; it selects the host name.",
    },
    transport: {
      kind: "choice",
      values: ["tls", "psk", "tcp", "wss", "ws"],
      default: "tls",
      doc: "How to reach the hub: MQTT over `tls`, over TLS by the device secret (`psk`, needs no CA certificate), or over `tcp`, or WebSocket over `wss` or `ws`.",
    },
    host: {
      kind: "text",
      pattern: /^(?:[0-9A-Za-z](?:[0-9A-Za-z.-]{0,251}[0-9A-Za-z])?|(?=.*:.*:)[0-9A-Fa-f:.]{2,45})$/,
      expected: "a host name or an address, without scheme and port",
      example: "hub.example.net",
      doc: "Host of your own hub, instead of the region's.",
    },
    port: {
      kind: "whole",
      min: 1,
      max: 65535,
      example: 8883,
      doc: "TCP port of the hub; by default 8883 for `tls` and `psk`, 1883 for `tcp`, 443 for `wss`, 80 for `ws`.",
    },
    caFile: {
      kind: "path",
      example: "hub-ca.pem",
      doc: "CA certificate (PEM) that verifies the hub's certificate; IoT Hub has a private CA: download its certificate from the console.",
    },
    keepaliveS: {
      kind: "whole",
      ...keepaliveRangeS,
      unit: "s",
      default: 120,
      doc: "MQTT keepalive interval.",
    },
    pingIntervalS: {
      kind: "whole",
      // At most as often as `pingIntervalMinMs` finds by itself; no use above the keepalive, in which mqtt.js pings too.
      min: 5,
      max: keepaliveRangeS.max,
      unit: "s",
      // Mobile networks and firewalls have been seen to forget an idle connection after 30 s. A ping and its answer are some
      // 400 bytes on the way, 1.5 MB in a day.
      default: 25,
      doc: "Silence after which the gateway pings the hub; set it below the time after which a router or firewall on the way forgets an idle connection.",
    },
    connectTimeoutMs: {
      kind: "whole",
      min: 1000,
      max: 60_000,
      unit: "ms",
      default: 10_000,
      doc: "How long the hub may take to acknowledge a connection, and to answer a ping. The gateway also pings when the hub has been silent for 5 s after a response.",
    },
    qos: {
      kind: "choice",
      values: [0, 1],
      default: 0,
      doc: "MQTT quality of service in both directions; IoT Hub documents RRPC with 0.",
    },
    topics: {
      kind: "group",
      doc: "The two topics; IoT Explorer uses $iotrrpc/down and $iotrrpc/up.",
      options: {
        request: {
          ...topic,
          default: rrpcTopics.request,
          doc: "Start of the topic of requests; product, device and processID follow.",
        },
        response: {
          ...topic,
          default: rrpcTopics.response,
          doc: "Start of the topic of responses; product, device and processID follow.",
        },
      },
    },
  },
  oneOf: [
    ["deviceSecretFile"],
    ["deviceSecretCredential"],
    ["deviceSecret"],
    ["certFile", "keyFile"],
    ["deviceInfoFile"],
  ],
} as const satisfies Group;

const log = {
  kind: "group",
  doc: "The log, on standard error.",
  options: {
    level: {
      kind: "choice",
      values: ["debug", "info", "warn", "error"],
      default: "info",
      doc: "Lowest level that is logged; only `debug` shows the contents of payloads.",
    },
  },
} as const satisfies Group;

/** The whole configuration file. */
export const options = {
  kind: "group",
  doc: "Configuration of rrpc-gateway: one device, one file.",
  options: { hub, serial, rrpc, events, boards, log, monitor, control, remote, metrics },
} as const satisfies Group;

/** The checked file with its defaults filled in and its paths made absolute; secrets may still be in files. */
export type Settings = SettingsOf<typeof options>;

/** The dotted name of an option or a group; the empty one is the file itself. */
export type OptionPath = PathsOf<typeof options> | "";
