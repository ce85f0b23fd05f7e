import { file, type Rule } from "./rule.ts";
import { importsOf, partOf, type SourceFile, targetOf } from "./source.ts";

/** What each folder of src may import of the others: dependencies point inwards, so every part can be read alone. */
export const mayImport: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  core: ["protocol"],
  runtime: ["core"],
  gateway: ["core", "protocol", "runtime"],
  mqtt: ["runtime"],
  "iot-hub": ["core", "gateway", "mqtt", "runtime"],
  serial: ["gateway", "host", "protocol", "runtime"],
  host: [],
  config: ["host", "iot-hub", "protocol", "remote", "runtime"],
  recovery: ["config", "host", "runtime"],
  observe: ["core", "gateway", "host", "runtime"],
  control: ["core", "gateway", "host", "observe", "runtime"],
  remote: ["core", "observe"],
  systemd: ["runtime"],
  daemon: [
    "config",
    "control",
    "core",
    "gateway",
    "host",
    "iot-hub",
    "mqtt",
    "observe",
    "protocol",
    "recovery",
    "remote",
    "runtime",
    "serial",
    "systemd",
  ],
  doctor: ["config", "host", "iot-hub", "lab", "mqtt", "observe", "protocol", "runtime", "serial"],
  setup: ["config", "doctor", "host", "iot-hub", "mqtt", "protocol"],
  page: ["core", "observe", "runtime"],
  console: ["caller", "config", "core", "daemon", "gateway", "observe", "protocol", "runtime", "serial"],
  caller: [],
  lab: [],
};

/** Where each npm package is at home. */
const homes: Readonly<Record<string, RegExp>> = {
  mqtt: /^src\/mqtt\/client\.ts$/,
  serialport: /^src\/serial\//,
  "@serialport/parser-readline": /^src\/serial\//,
  "systemd-notify": /^src\/systemd\//,
  yaml: /^src\/config\//,
  re2js: /^src\/protocol\//,
  "prom-client": /^src\/observe\/metrics\//,
  aedes: /^src\/lab\//,
  ws: /^src\/lab\//,
  "tencentcloud-sdk-nodejs-common": /^src\/caller\//,
  "@inquirer/confirm": /^src\/setup\/inquirer/,
  "@inquirer/input": /^src\/setup\/inquirer/,
  "@inquirer/password": /^src\/setup\/inquirer/,
  "@inquirer/select": /^src\/setup\/inquirer/,
  commander: /^src\/(main\.ts|cli\/)/,
};

/** `@scope/name` or `name`: what stands behind it is a file of the package. */
const packageOf = (specifier: string) => /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;

/** Where the doctor sees with the bench's eyes. */
const strictReading = "src/doctor/facts/strict-reading.ts";

const isSource = (path: string) => path.startsWith("src/") && path.endsWith(".ts");

/** The imports of a source file that a predicate objects to. */
function objections(source: SourceFile, objection: (target: string) => string | undefined): string[] {
  if (!isSource(source.path)) return [];
  return importsOf(source).flatMap((one) => {
    const target = targetOf(source, one);
    const why = target === undefined ? undefined : objection(target);
    return why === undefined ? [] : [`${one.line}: ${why}`];
  });
}

export const importRules: readonly Rule[] = [
  {
    says: "a folder of src imports only what stands in the table",
    because: "the core and the line protocol are pure, adapters do not know each other, the simulator shares no code",
    check(source) {
      const part = partOf(source.path);
      if (part === undefined || /\.(ts|json)$/.test(part) || part === "cli") return [];
      const allowed = mayImport[part];
      if (allowed === undefined) return [`1: src/${part} is not in the table of test/tidy/import-rules.ts`];
      return objections(source, (target) => {
        const other = partOf(target) ?? target;
        return other === part || allowed.includes(other) ? undefined : `src/${part} imports ${target}`;
      });
    },
    breaks: [
      file("src/core/a.ts", 'import { b } from "../mqtt/b.ts";'),
      file("src/core/a.ts", 'import type { Log } from "../runtime/logger.ts";'),
      file("src/protocol/a.ts", "import {", "  b,", '} from "../core/b.ts";'),
      file("src/lab/hub/a.ts", 'import { crc16 } from "../../protocol/crc16.ts";'),
      file("src/lab/hub/a.ts", 'export { b } from "../../../test/b.ts";'),
      file("src/mqtt/a.ts", 'const { b } = await import("../serial/b.ts");'),
      file("src/helpers/a.ts", ""),
    ],
    keeps: [
      file("src/core/a.ts", 'import { b } from "./b.ts";', 'import type { C } from "../protocol/c.ts";'),
      file("src/core/a.ts", '// import { b } from "../mqtt/b.ts";'),
      file("src/daemon/a.ts", 'import { b } from "../iot-hub/b.ts";'),
      file("test/core/a.ts", 'import { b } from "../../src/mqtt/b.ts";'),
    ],
  },
  {
    says: "only main.ts imports a command, nothing imports main.ts, and only commands and the doctor's strict reading import the lab",
    because:
      "a command is a program; what two of them need has a place of its own, and the daemon runs without a judge; bench and doctor name a fault alike",
    check: (source) =>
      objections(source, (target) => {
        const [from, to] = [partOf(source.path), partOf(target)];
        const isWrong =
          to === "main.ts" ||
          (to === "cli" && from !== "main.ts" && from !== "cli") ||
          (to === "lab" && from !== "cli" && from !== "lab" && source.path !== strictReading);
        return isWrong ? `${source.path} imports ${target}` : undefined;
      }),
    breaks: [
      file("src/gateway/gateway.ts", 'import { run } from "../cli/run.ts";'),
      file("src/gateway/gateway.ts", 'import { startHub } from "../lab/hub/hub.ts";'),
      file("src/doctor/facts/heard.ts", 'import { quoted } from "../../lab/bench/conformance/quoted.ts";'),
      file("src/cli/run.ts", 'import { version } from "../main.ts";'),
    ],
    keeps: [
      file("src/main.ts", 'await import("./cli/run.ts");'),
      file("src/cli/hub.ts", 'import { a } from "./a.ts";', 'import { b } from "../lab/b.ts";'),
      file(strictReading, 'import { quoted } from "../../lab/bench/conformance/quoted.ts";'),
    ],
  },
  {
    says: "each npm package is imported in its own folder only",
    because: "a package is replaced, mistrusted and explained in one place",
    check: (source) =>
      isSource(source.path)
        ? importsOf(source).flatMap(({ specifier, line }) => {
            if (specifier.startsWith(".") || specifier.startsWith("node:")) return [];
            const home = homes[packageOf(specifier)];
            return home?.test(source.path) ? [] : [`${line}: ${specifier} has its home ${home ?? "nowhere"}`];
          })
        : [],
    breaks: [
      file("src/gateway/gateway.ts", 'import type { MqttClient } from "mqtt";'),
      file("src/cli/run.ts", 'import { parse } from "yaml";'),
      file("src/mqtt/a.ts", 'import "left-pad";'),
      file("src/mqtt/a.ts", 'import { readFileSync } from "fs";'),
      file("src/mqtt/a.ts", 'import type { Packet } from "mqtt";'),
    ],
    keeps: [
      file("src/mqtt/client.ts", 'import { connect } from "mqtt";', 'import net from "node:net";'),
      file("test/a.ts", 'import { connect } from "mqtt";'),
    ],
  },
];
