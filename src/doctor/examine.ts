/**
 * One examination: looks at the world part by part, has each part judged, and yields the findings as they come. Every
 * look is bounded in time. Nothing is changed but what cannot be helped: the port is opened, and the hub is told CONNECT,
 * both only when our own gateway does not run.
 */

import { realpathSync } from "node:fs";
import { resolve } from "node:path";
import type { Config, LoadedConfig } from "../config/load.ts";
import { attempt } from "../host/attempt.ts";
import type { ProcessFacts } from "../host/processes.ts";
import { listProcesses, lookAtHolders } from "../host/processes.ts";
import { type Identity, may, rights } from "../host/rights.ts";
import type { Unit } from "../host/unit.ts";
import { ownIdentity } from "../host/users.ts";
import { endpointUrl, isSecure } from "../mqtt/endpoint.ts";
import { configuredDialect } from "../protocol/configured-dialect.ts";
import { judgeSynchronisation, judgeTime } from "./checks/clock.ts";
import { judgeConfiguration } from "./checks/configuration.ts";
import { judgeCredential } from "./checks/credential.ts";
import { judgeHangup } from "./checks/hangup.ts";
import { judgeHolders } from "./checks/holder.ts";
import { judgeAddress, judgeBareConnection, judgeCertificate, judgeConnection, judgeSession } from "./checks/hub.ts";
import { judgeLines } from "./checks/lines.ts";
import { isAnswered, judgeMcu } from "./checks/mcu.ts";
import { judgeMcuTrouble } from "./checks/mcu-trouble.ts";
import { judgeMeddler } from "./checks/meddler.ts";
import { type Device, isOnBoard, judgePortAccess, judgePortPath } from "./checks/port.ts";
import { judgeGpio, judgeUsbPower } from "./checks/recovery.ts";
import { judgeConfigurationAccess, judgeSecret } from "./checks/secret.ts";
import { lookAtSynchronisation, programTimeMs } from "./facts/clock.ts";
import { loadAsService, lookAtCredential, lookAtSecret } from "./facts/configuration.ts";
import { nodesTo } from "./facts/files.ts";
import { connectToEach, hubTarget, lookAtCertificate, lookUpAddress, trySession } from "./facts/hub.ts";
import { askMcu, otherRatesLimitMs, patience } from "./facts/mcu.ts";
import { lookAtMeddler } from "./facts/meddlers.ts";
import { isUsbPort, lookAtHupcl, lookAtPort } from "./facts/port.ts";
import { lookAtGpio, lookAtUsbPower } from "./facts/recovery.ts";
import { type GatewayStatus, lookAtStatus } from "./facts/status.ts";
import { type Finding, unknown } from "./finding.ts";

/** What an examination needs to know. */
export interface Patient {
  readonly configFile: string;
  readonly env: NodeJS.ProcessEnv;
  /** Whose rights are judged. */
  readonly user: Identity;
  /** The unit that runs the gateway with this configuration, if one does. */
  readonly unit: Unit | undefined;
  /** Whether CONNECT is told even though it kicks our own gateway out. */
  readonly connect: boolean;
  /** Told what takes a while, or what others may notice. */
  readonly tell: (note: string) => void;
}

/** What the parts of one examination share. */
interface Examination extends Patient {
  readonly processes: readonly ProcessFacts[];
  /** Our own gateway, if it runs: with this configuration. */
  readonly gateway: ProcessFacts | undefined;
}

export async function* examine(patient: Patient): AsyncGenerator<Finding> {
  const { configFile, env, unit, tell } = patient;
  const processes = listProcesses();
  const file = resolvedPath(configFile);
  const gateway = processes.find(({ gatewayConfig }) => gatewayConfig === file);
  const examination: Examination = { ...patient, configFile: file, processes, gateway };

  const loaded = loadAsService(configFile, unit, env);
  const findings = loaded.ok ? loaded.warnings : loaded.findings;
  yield* judgeConfiguration({ file: configFile, findings, isRoot: process.geteuid?.() === 0 });
  yield judgeTime(Date.now(), programTimeMs(), !loaded.ok || isSecure(loaded.config.hub.transport));
  yield judgeSynchronisation(await lookAtSynchronisation());
  if (!loaded.ok) {
    tell("the port and the hub are looked at when the configuration is right");
    return;
  }
  yield* examineSecrets(examination, loaded);
  yield* examinePort(examination, loaded.config);
  yield* examineRecovery(examination, loaded.config);
  yield* examineHub(examination, loaded.config);
}

function* examineSecrets(examination: Examination, loaded: LoadedConfig & { readonly ok: true }) {
  const { configFile, env, unit, user, gateway } = examination;
  yield judgeConfigurationAccess({ path: configFile, nodes: nodesTo(configFile) }, user);
  yield judgeSecret(lookAtSecret(configFile, loaded, unit, env), user);
  const credential = gateway === undefined ? undefined : lookAtCredential(loaded, unit);
  if (credential !== undefined) yield judgeCredential(credential);
}

async function* examinePort(examination: Examination, config: Config): AsyncGenerator<Finding> {
  const { configFile, processes, user, unit, gateway } = examination;
  const { serial, monitor } = config;
  const port = lookAtPort(serial.path);
  const device = typeof port.device === "object" ? port.device : undefined;
  yield judgePortPath(port);
  const isUsb = isUsbPort(device?.path ?? serial.path);
  for (const program of ["ModemManager", "brltty"] as const) {
    yield judgeMeddler(lookAtMeddler(program, device?.path, processes), isUsb);
  }
  if (device?.isCharacterDevice !== true) {
    const why = "not looked at: there is no port to look at";
    for (const id of ["port.access", "port.holder", ...mcuIds, "port.hangup"] as const) yield unknown(id, why);
    return;
  }
  const sources = { configFile, socket: monitor.socket, unit: unit?.name };
  const status = gateway === undefined ? undefined : await lookAtStatus(sources);
  yield judgePortAccess(device, user, unit, status?.portTrouble);
  const held = lookAtHolders(device.path, processes);
  yield judgeHolders({ device: device.path, configFile, ...held });
  yield* examineMcu(examination, serial, device, { holders: held.holders, status });
}

/** Only what is configured. */
async function* examineRecovery({ user, unit }: Examination, { serial }: Config): AsyncGenerator<Finding> {
  const gpio = await lookAtGpio(serial);
  if (gpio !== undefined) yield judgeGpio(gpio, user, unit);
  const usbPower = lookAtUsbPower(serial);
  if (usbPower !== undefined) yield judgeUsbPower(usbPower, user, unit);
}

async function* examineMcu(
  { gateway, tell }: Examination,
  serial: Config["serial"],
  device: Device,
  { holders, status }: { readonly holders: readonly ProcessFacts[]; readonly status: GatewayStatus | undefined },
): AsyncGenerator<Finding> {
  // Before the port is opened: that may change HUPCL.
  const hupcl = await lookAtHupcl(device.path);
  const busyWith = gateway ?? holders[0];
  const dialect = configuredDialect(serial);
  let hasRestarted: boolean | undefined;
  const trouble = status?.mcuTrouble;
  if (gateway !== undefined && trouble !== undefined) {
    yield judgeMcuTrouble(trouble, gateway.pid);
    yield unknown("mcu.lines", `not asked: the port is our own gateway's (process ${gateway.pid})`);
  } else if (busyWith !== undefined) {
    const who = busyWith === gateway ? "our own gateway" : busyWith.name;
    yield* unasked(`the port is ${who}'s (process ${busyWith.pid})`);
  } else if (!may(ownIdentity(), rights.readWrite, device.node)) {
    yield* unasked("this user may not open the port", "the same command as root (sudo)");
  } else if (dialect.probe === undefined) {
    yield* unasked("serial.template has no probe, so nothing can be said that is no command");
  } else {
    const trials = await askMcu({ serial, dialect: { ...dialect, probe: dialect.probe }, limits: patience }, () => {
      tell(`no hello at ${serial.baudRate} baud; trying others, at most ${otherRatesLimitMs / 1000} s`);
    });
    hasRestarted = trials.hasRestarted;
    yield judgeMcu(trials.first, trials.others, serial.echo);
    // At a wrong rate there are no lines, whatever it looks like.
    yield judgeLines((trials.others.find(isAnswered) ?? trials.first).lines);
  }
  yield judgeHangup({ hupcl, option: serial.hupcl, hasRestarted, isOnBoard: isOnBoard(device.path) });
}

async function* examineHub({ gateway, connect, unit, tell }: Examination, { hub }: Config): AsyncGenerator<Finding> {
  const target = hubTarget(hub);
  const { endpoint } = target;
  const address = await lookUpAddress(target);
  yield judgeAddress(endpoint, address);
  if ("end" in address) return yield* untried("the hub's name has no address", "hub.tcp", "hub.tls", ...sessionIds);
  const connection = await connectToEach(target, address.addresses);
  yield judgeConnection(endpoint, connection);
  if ("end" in connection) return yield* untried("there is no connection", "hub.tls", ...sessionIds);
  let mute: readonly string[] = [];
  if (isSecure(endpoint.transport)) {
    const certificate = await lookAtCertificate(target, connection.connected);
    yield judgeCertificate(endpoint, certificate, Date.now());
    if (certificate.end !== undefined) return yield* untried("the connection is not safe", ...sessionIds);
    if ("passedOver" in certificate) mute = certificate.passedOver;
  } else yield judgeBareConnection(endpoint);
  if (gateway !== undefined && !connect) {
    const why = `our own gateway (process ${gateway.pid}) would lose its session; --connect tries anyway`;
    const help = unit === undefined ? undefined : `systemctl status ${unit.name} shows how its session is`;
    for (const id of sessionIds) yield unknown(id, `not tried: ${why}`, help);
    return;
  }
  const { productId, deviceName } = hub.identity;
  const elsewhere = gateway === undefined ? "a gateway elsewhere" : "our own gateway";
  tell(
    `connecting to ${endpointUrl(endpoint)} as ${productId}/${deviceName}: ${elsewhere} with this identity loses its session for a moment`,
  );
  yield* judgeSession(await trySession(target, connection.connected, mute));
}

const mcuIds = ["mcu.hello", "mcu.lines"] as const;

function* unasked(why: string, help?: string): Generator<Finding> {
  for (const id of mcuIds) yield unknown(id, `not asked: ${why}`, help);
}

const sessionIds = ["hub.connack", "hub.suback"] as const;

function* untried(why: string, ...ids: readonly Finding["id"][]): Generator<Finding> {
  for (const id of ids) yield unknown(id, `not tried: ${why}`);
}

/** Links resolved, so that it compares with those of running gateways. */
function resolvedPath(file: string): string {
  return attempt(() => realpathSync(file)) ?? resolve(file);
}
