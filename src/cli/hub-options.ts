// What `rrpc-gateway hub` is asked for: the command line, the files that it names, and the environment.

import { readFileSync } from "node:fs";
import type { HubDevice } from "../lab/hub/device.ts";
import type { HubOptions } from "../lab/hub/hub.ts";
import type { CloudKey } from "../lab/hub/tc3.ts";
import type { HubTls } from "../lab/hub/tls.ts";
import { topologyProblem } from "../lab/hub/topology.ts";
import { exitCodes } from "./exit-codes.ts";
import { demoSecret, type HubTopology, readTopology, subDevicesOf } from "./hub-topology.ts";
import { OptionReader } from "./option-reader.ts";

/** The options as they stand on the command line. */
export interface HubCommandOptions {
  readonly product: string;
  readonly device: string;
  readonly secretFile?: string;
  readonly subDevice?: readonly string[];
  readonly topology?: string;
  readonly unbindResultType: string;
  readonly host: string;
  readonly mqttPort: string;
  readonly apiPort: string;
  readonly tlsPort: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsClientCa?: string;
  readonly pskPort?: string;
  readonly wsPort?: string;
  readonly wssPort?: string;
  readonly cutoffMs: string;
  readonly rateLimits?: boolean;
}

/** Why the command cannot run, and the exit code of sysexits(3) that says so. */
export interface Problem {
  readonly exitCode: number;
  readonly message: string;
}

/** What the command line and the environment ask for, and everything that is wrong with it. */
export function readHubOptions(
  options: HubCommandOptions,
  env: NodeJS.ProcessEnv,
): { problems: Problem[]; hubOptions: HubOptions } {
  const problems: Problem[] = [];
  const reader = new OptionReader();

  function usage(message: string): void {
    problems.push({ exitCode: exitCodes.usage, message });
  }

  function file(option: string, path: string): string {
    try {
      return readFileSync(path, "utf8");
    } catch (error) {
      problems.push({ exitCode: exitCodes.noInput, message: `${option}: ${(error as Error).message}` });
      return "";
    }
  }

  function registered(): HubDevice {
    const { product: productId, device: deviceName, secretFile } = options;
    const deviceSecret = secretFile === undefined ? demoSecret : file("--secret-file", secretFile).trim();
    return { productId, deviceName, deviceSecret };
  }

  /** Its device and sub-devices, then those of the file. */
  function topology(): HubTopology {
    const device = registered();
    const path = options.topology;
    const inFile = (message: string) =>
      problems.push({ exitCode: exitCodes.dataError, message: `--topology: ${path}: ${message}` });
    const text = path === undefined ? undefined : file("--topology", path);
    const more = text ? readTopology(text, inFile) : { devices: [], subDevices: [] };
    const all = {
      devices: [device, ...more.devices],
      subDevices: [...subDevicesOf(options.subDevice ?? [], device, usage), ...more.subDevices],
    };
    // Of what could not be read nothing more is said.
    const problem = problems.length === 0 ? topologyProblem(all.devices, all.subDevices) : undefined;
    if (problem !== undefined) usage(problem);
    return all;
  }

  function tls(): HubTls | undefined {
    const { tlsCert, tlsKey, tlsClientCa, tlsPort } = options;
    if (tlsCert === undefined && tlsKey === undefined && tlsClientCa === undefined) return undefined;
    if (tlsCert === undefined || tlsKey === undefined) {
      usage("TLS needs both --tls-cert and --tls-key");
      return undefined;
    }
    return {
      port: reader.whole("--tls-port", tlsPort, 0, 65_535),
      cert: file("--tls-cert", tlsCert),
      key: file("--tls-key", tlsKey),
      ...(tlsClientCa !== undefined && { ca: file("--tls-client-ca", tlsClientCa) }),
    };
  }

  function cloudKey(): CloudKey | undefined {
    const {
      RRPC_HUB_SECRET_ID: secretId = "",
      RRPC_HUB_SECRET_KEY: secretKey = "",
      RRPC_HUB_SESSION_TOKEN: token = "",
    } = env;
    if (secretId !== "" && secretKey !== "") return { secretId, secretKey, ...(token !== "" && { token }) };
    if (secretId !== "" || secretKey !== "") {
      usage("RRPC_HUB_SECRET_ID and RRPC_HUB_SECRET_KEY belong together");
    }
    return undefined;
  }

  const hubOptions = {
    ...topology(),
    unbindResultType: reader.oneOf("--unbind-result-type", options.unbindResultType, ["unbind", "bind"]),
    host: options.host,
    mqttPort: reader.whole("--mqtt-port", options.mqttPort, 0, 65_535),
    apiPort: reader.whole("--api-port", options.apiPort, 0, 65_535),
    tls: tls(),
    pskPort: reader.whole("--psk-port", options.pskPort, 0, 65_535),
    wsPort: reader.whole("--ws-port", options.wsPort, 0, 65_535),
    wssPort: reader.whole("--wss-port", options.wssPort, 0, 65_535),
    cutoffMs: reader.whole("--cutoff-ms", options.cutoffMs, 1, 60_000),
    cloudKey: cloudKey(),
    ...(options.rateLimits && { connectIntervalMs: 5000, callsPerSecondMax: 20, messagesPerSecondMax: 20 }),
  };
  if (hubOptions.wssPort !== undefined && hubOptions.tls === undefined)
    usage("--wss-port needs --tls-cert and --tls-key");
  for (const message of reader.problems) usage(message);
  return { problems, hubOptions };
}
