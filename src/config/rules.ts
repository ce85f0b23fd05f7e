/** The rules that join several options. Each names the options that it reads, and is skipped if one of them is faulty itself. */

import { deviceRules } from "./device-rules.ts";
import type { Mismatch } from "./findings.ts";
import { lineRules } from "./line-rules.ts";
import { isLoopback } from "./loopback.ts";
import { expectedOf } from "./option.ts";
import { options } from "./options.ts";
import { remoteRules } from "./remote-rules.ts";
import type { Rule, RuleSettings } from "./rule.ts";
import { templateRules } from "./template-rules.ts";
import { hasCertificates, isEncrypted } from "./transports.ts";
import { watchRules } from "./watch-rules.ts";

/** What a reply, a refusal, an event or a hello can begin with: as a prompt it would be removed from them. */
const beginsLine = /^(?:[<!@][0-9A-Za-z_-]{0,32}(?:$| )|=(?:$|r))/;

/** Product and device come either from the file itself or from `device_info.json`, not from both. */
function named(key: "productId" | "deviceName"): Rule {
  return {
    at: `hub.${key}`,
    reads: [`hub.${key}`, "hub.deviceInfoFile"],
    check: ({ hub }) => {
      const given = hub[key] !== undefined;
      if (hub.deviceInfoFile === undefined)
        return given ? undefined : { expected: expectedOf(options.options.hub.options[key]), found: "none" };
      return given ? { expected: "no value, because hub.deviceInfoFile names it", found: "one" } : undefined;
    },
  };
}

const { oneOf } = options.options.hub;

export const rules: readonly Rule[] = [
  { at: "hub", reads: oneOf.flat().map((key) => `hub.${key}` as const), check: oneWayToAuthenticate },
  {
    at: "hub.deviceSecret",
    reads: ["hub.deviceSecret"],
    check: ({ hub }) =>
      hub.deviceSecret === undefined
        ? undefined
        : {
            severity: "warning",
            expected: "deviceSecretFile or deviceSecretCredential, because configuration files get copied around",
            found: "the secret itself",
          },
  },
  named("productId"),
  named("deviceName"),
  {
    at: "hub.certFile",
    reads: ["hub.certFile", "hub.transport"],
    check: ({ hub }) =>
      hub.certFile === undefined || hasCertificates(hub.transport)
        ? undefined
        : { expected: "hub.transport tls or wss, to authenticate with a certificate", found: hub.transport },
  },
  {
    at: "hub.caFile",
    reads: ["hub.caFile", "hub.transport"],
    check: ({ hub }) =>
      hub.caFile === undefined || hasCertificates(hub.transport)
        ? undefined
        : {
            // With psk the hub is verified nevertheless.
            severity: hub.transport === "psk" ? "warning" : "fault",
            expected: "hub.transport tls or wss, for a certificate to be verified",
            found: hub.transport,
          },
  },
  {
    at: "hub.hmac",
    reads: ["hub.hmac", "hub.transport"],
    check: ({ hub: { transport } }, isGiven) =>
      transport === "psk" && isGiven("hub.hmac")
        ? { severity: "warning", expected: "another hub.transport, for there to be a signature", found: transport }
        : undefined,
  },
  {
    at: "hub.caFile",
    reads: ["hub.caFile", "hub.transport", "hub.host", "hub.deviceInfoFile"],
    check: ({ hub }) =>
      hub.caFile === undefined && hub.deviceInfoFile === undefined && hub.host === undefined && hub.transport === "tls"
        ? {
            severity: "warning",
            expected: "the CA certificate of IoT Hub from the console, because no public trust store has it",
            found: "none",
          }
        : undefined,
  },
  {
    at: "hub.transport",
    reads: ["hub.transport", "hub.host"],
    check: ({ hub: { transport, host = "" } }) =>
      isEncrypted(transport) || isLoopback(host)
        ? undefined
        : {
            severity: "warning",
            expected: "tls, psk or wss, because anybody on the way can read what passes here, and say something else",
            found: transport,
          },
  },
  {
    at: "hub.topics.response",
    reads: ["hub.topics.request", "hub.topics.response"],
    check: ({ hub: { topics } }) =>
      topics.request === topics.response
        ? { expected: "another topic than hub.topics.request", found: "the same" }
        : undefined,
  },
  {
    at: "events.topic",
    reads: ["events.topic", "hub.topics.request", "hub.topics.response"],
    check: ({ hub: { topics }, events: { topic } }) =>
      [topics.request, topics.response].some((base) => topic === base || topic?.startsWith(`${base}/`))
        ? { expected: "a topic apart from those of requests and responses", found: "one of them" }
        : undefined,
  },
  {
    at: "events.lateReplies",
    reads: ["events.lateReplies", "events.topic"],
    check: ({ events: { lateReplies, topic } }) =>
      lateReplies && topic === undefined
        ? { expected: "events.topic, on which they are published", found: "none" }
        : undefined,
  },
  {
    at: "serial.path",
    reads: ["serial.path", "boards"],
    check: ({ serial: { path } }) =>
      path === undefined ? { expected: expectedOf(options.options.serial.options.path), found: "none" } : undefined,
  },
  {
    at: "serial.path",
    reads: ["serial.path"],
    check: ({ serial: { path = "" } }) =>
      [...path].some((character) => character < " " || character === "\x7f")
        ? { expected: "a path without control characters", found: "one with them" }
        : undefined,
  },
  {
    at: "serial.dataBits",
    reads: ["serial.dataBits"],
    check: ({ serial }) =>
      serial.dataBits === 7
        ? { severity: "warning", expected: "8, for payloads of any bytes", found: "7, which carry ASCII only" }
        : undefined,
  },
  {
    at: "serial.prompt",
    reads: ["serial.prompt", "serial.dialect"],
    check: ({ serial: { prompt = "", dialect } }) =>
      dialect === "rrpc" && beginsLine.test(prompt)
        ? { expected: "what no line of the line protocol begins with", found: JSON.stringify(prompt) }
        : undefined,
  },
  {
    at: "serial.rts",
    reads: ["serial.rts", "serial.rtscts"],
    check: ({ serial }) =>
      serial.rtscts && serial.rts !== "leave"
        ? { expected: "leave, because serial.rtscts gives RTS to the flow control", found: serial.rts }
        : undefined,
  },
  {
    at: "rrpc.marginMs",
    reads: ["rrpc.cutoffMs", "rrpc.marginMs"],
    check: ({ rrpc }) =>
      rrpc.marginMs < rrpc.cutoffMs
        ? undefined
        : { expected: `less than rrpc.cutoffMs (${rrpc.cutoffMs} ms)`, found: `${rrpc.marginMs} ms` },
  },
  {
    at: "rrpc.allow",
    reads: ["rrpc.allow"],
    check: ({ rrpc }) =>
      rrpc.allow?.length === 0
        ? { severity: "warning", expected: "a pattern, because with none every request is refused", found: "none" }
        : undefined,
  },
  ...lineRules,
  ...templateRules,
  ...watchRules,
  ...remoteRules,
  ...deviceRules,
];

function oneWayToAuthenticate({ hub }: RuleSettings): Mismatch | undefined {
  const begun = oneOf.filter((keys) => keys.some((key) => hub[key] !== undefined));
  const [way] = begun;
  if (way === undefined || begun.length > 1) {
    const ways = (list: readonly (readonly string[])[]) => list.map((keys) => keys.join(" with "));
    const found = begun.length === 0 ? "none" : ways(begun).join(" and ");
    return { expected: `one way to authenticate (${ways(oneOf).join(", ")})`, found };
  }
  const missing = way.filter((key) => hub[key] === undefined);
  return missing.length === 0 ? undefined : { expected: `${way.join(" with ")}`, found: `no ${missing.join()}` };
}
