/**
 * One run of all checks: reads the facts part by part, checks each part, and yields the findings as they come. Reading
 * facts is bounded in time. Nothing is changed but what cannot be helped: the port is opened, and the hub is told CONNECT,
 * both only when our own gateway does not run.
 */

import { realpathSync } from "node:fs";
import { resolve } from "node:path";
import type { BoardConfig } from "../config/board-config.ts";
import type { Config, LoadedConfig } from "../config/load.ts";
import { attempt } from "../host/attempt.ts";
import { nodesTo } from "../host/files.ts";
import { holdersAmong } from "../host/port-holders.ts";
import type { ProcessFacts } from "../host/processes.ts";
import { listProcesses } from "../host/processes.ts";
import { may, rights, type UserIdentity } from "../host/rights.ts";
import { isOnBoard, isUsbPort } from "../host/serial-ports.ts";
import type { Unit } from "../host/unit.ts";
import { ownIdentity } from "../host/users.ts";
import { endpointUrl, isSecure } from "../mqtt/endpoint.ts";
import { configuredDialect } from "../protocol/configured-dialect.ts";
import { checkSynchronisation, checkTime } from "./checks/clock.ts";
import { checkConfiguration } from "./checks/configuration.ts";
import { checkCredential } from "./checks/credential.ts";
import { checkHangup } from "./checks/hangup.ts";
import { checkHolders } from "./checks/holder.ts";
import { checkAddress, checkBareConnection, checkCertificate, checkConnection, checkSession } from "./checks/hub.ts";
import { checkInterferingService } from "./checks/interfering-service.ts";
import { checkLines } from "./checks/lines.ts";
import { checkMcu, isAnswered } from "./checks/mcu.ts";
import { checkMcuIncident } from "./checks/mcu-incident.ts";
import { checkPortAccess, checkPortPath, type Device } from "./checks/port.ts";
import { checkGpio, checkUsbPower } from "./checks/recovery.ts";
import { checkConfigurationAccess, checkSecret } from "./checks/secret.ts";
import { programTimeMs, synchronisationFacts } from "./facts/clock.ts";
import { credentialFacts, loadAsService, secretFacts } from "./facts/configuration.ts";
import { addressFacts, certificateFacts, connectToEach, hubTarget, trySession } from "./facts/hub.ts";
import { interferingServiceFacts } from "./facts/interfering-service.ts";
import { askMcu, otherRatesLimitMs, patience } from "./facts/mcu.ts";
import { portFacts, readHupcl } from "./facts/port.ts";
import { gpioFacts, usbPowerFacts } from "./facts/recovery.ts";
import { type GatewayStatus, readGatewayStatus } from "./facts/status.ts";
import { type Finding, unknown } from "./finding.ts";

/** What the doctor is asked to check. */
export interface DoctorInput {
  readonly configFile: string;
  readonly env: NodeJS.ProcessEnv;
  /** Whose rights are checked. */
  readonly user: UserIdentity;
  /** The unit that runs the gateway with this configuration, if one does. */
  readonly unit: Unit | undefined;
  /** Whether CONNECT is told even though it kicks our own gateway out. */
  readonly connect: boolean;
  /** Told what takes a while, or what others may notice. */
  readonly tell: (note: string) => void;
}

/** What the parts of one run share. */
interface DoctorRun extends DoctorInput {
  readonly processes: readonly ProcessFacts[];
  /** Our own gateway, if it runs: with this configuration. */
  readonly gateway: ProcessFacts | undefined;
}

/** Runs every check; yields the findings in the order of `checks`. */
export async function* runChecks(input: DoctorInput): AsyncGenerator<Finding> {
  const { configFile, env, unit, tell } = input;
  const processes = listProcesses();
  const file = resolvedPath(configFile);
  const gateway = processes.find(({ gatewayConfig }) => gatewayConfig === file);
  const run: DoctorRun = { ...input, configFile: file, processes, gateway };

  const loaded = loadAsService(configFile, unit, env);
  const findings = loaded.kind === "loaded" ? loaded.warnings : loaded.findings;
  yield* checkConfiguration({ file: configFile, findings, isRoot: process.geteuid?.() === 0 });
  yield checkTime(Date.now(), programTimeMs(), loaded.kind === "refused" || isSecure(loaded.config.hub.transport));
  yield checkSynchronisation(await synchronisationFacts());
  if (loaded.kind === "refused") {
    tell("the port and the hub are checked when the configuration is right");
    return;
  }
  yield* checkSecrets(run, loaded);
  for (const { serial } of loaded.config.boards) {
    yield* checkPort(run, serial, loaded.config);
    yield* checkRecovery(run, serial);
  }
  yield* checkHub(run, loaded.config);
}

function* checkSecrets(run: DoctorRun, loaded: LoadedConfig & { readonly kind: "loaded" }) {
  const { configFile, env, unit, user, gateway } = run;
  yield checkConfigurationAccess({ path: configFile, nodes: nodesTo(configFile) }, user);
  yield checkSecret(secretFacts(configFile, loaded, unit, env), user);
  const credential = gateway === undefined ? undefined : credentialFacts(loaded, unit);
  if (credential !== undefined) yield checkCredential(credential);
}

async function* checkPort(run: DoctorRun, serial: BoardConfig["serial"], { monitor }: Config): AsyncGenerator<Finding> {
  const { configFile, processes, user, unit, gateway } = run;
  const port = portFacts(serial.path);
  const device = port.device.kind === "present" ? port.device : undefined;
  yield checkPortPath(port);
  const isUsb = isUsbPort(device?.path ?? serial.path);
  for (const program of ["ModemManager", "brltty"] as const) {
    yield checkInterferingService(interferingServiceFacts(program, device?.path, processes), isUsb);
  }
  if (device?.isCharacterDevice !== true) {
    const why = "not checked: there is no port";
    for (const id of ["port.access", "port.holder", ...mcuIds, "port.hangup"] as const)
      yield unknown(id, "not_seen", why);
    return;
  }
  const sources = { configFile, socket: monitor.socket, unit: unit?.name };
  const status = gateway === undefined ? undefined : await readGatewayStatus(sources);
  yield checkPortAccess(device, user, unit, status?.portIncident);
  const held = holdersAmong(device.path, processes);
  yield checkHolders({ device: device.path, configFile, ...held });
  yield* checkMcuHello(run, serial, device, { holders: held.holders, status });
}

/** Only what is configured. */
async function* checkRecovery({ user, unit }: DoctorRun, serial: BoardConfig["serial"]): AsyncGenerator<Finding> {
  const gpio = await gpioFacts(serial);
  if (gpio !== undefined) yield checkGpio(gpio, user, unit);
  const usbPower = usbPowerFacts(serial);
  if (usbPower !== undefined) yield checkUsbPower(usbPower, user, unit);
}

async function* checkMcuHello(
  { gateway, tell }: DoctorRun,
  serial: BoardConfig["serial"],
  device: Device,
  { holders, status }: { readonly holders: readonly ProcessFacts[]; readonly status: GatewayStatus | undefined },
): AsyncGenerator<Finding> {
  // Before the port is opened: that may change HUPCL.
  const hupcl = await readHupcl(device.path);
  const busyWith = gateway ?? holders[0];
  const dialect = configuredDialect(serial);
  let hasRestarted: boolean | undefined;
  const incident = status?.mcuIncident;
  if (gateway !== undefined && incident !== undefined) {
    yield checkMcuIncident(incident, gateway.pid);
    yield unknown("mcu.lines", "not_tried", `not asked: our own gateway (process ${gateway.pid}) has the port open`);
  } else if (busyWith !== undefined) {
    const who = busyWith === gateway ? "our own gateway" : busyWith.name;
    yield* notAsked(`${who} (process ${busyWith.pid}) has the port open`);
  } else if (!may(ownIdentity(), rights.readWrite, device.node)) {
    yield* notAsked("this user may not open the port", "the same command as root (sudo)");
  } else if (dialect.probe === undefined) {
    yield* notAsked("serial.template has no probe, so every line would be a command");
  } else {
    const trials = await askMcu({ serial, dialect: { ...dialect, probe: dialect.probe }, limits: patience }, () => {
      tell(`no hello at ${serial.baudRate} baud; trying others, at most ${otherRatesLimitMs / 1000} s`);
    });
    hasRestarted = trials.hasRestarted;
    yield checkMcu(trials.first, trials.others, serial.echo);
    // At a wrong rate there are no lines, whatever it looks like.
    yield checkLines((trials.others.find(isAnswered) ?? trials.first).lines);
  }
  yield checkHangup({ hupcl, option: serial.hupcl, hasRestarted, isOnBoard: isOnBoard(device.path) });
}

async function* checkHub({ gateway, connect, unit, tell }: DoctorRun, { hub }: Config): AsyncGenerator<Finding> {
  const target = hubTarget(hub);
  const { endpoint } = target;
  const address = await addressFacts(target);
  yield checkAddress(endpoint, address);
  if (address.kind === "failed")
    return yield* notTried("the hub's name has no address", "hub.tcp", "hub.tls", ...sessionIds);
  const connection = await connectToEach(target, address.addresses);
  yield checkConnection(endpoint, connection);
  if (connection.kind === "failed") return yield* notTried("there is no connection", "hub.tls", ...sessionIds);
  let mute: readonly string[] = [];
  if (isSecure(endpoint.transport)) {
    const certificate = await certificateFacts(target, connection.connected);
    yield checkCertificate(endpoint, certificate, Date.now());
    if (certificate.kind === "failed" || certificate.end !== undefined)
      return yield* notTried("the connection is not safe", ...sessionIds);
    mute = certificate.passedOver;
  } else yield checkBareConnection(endpoint);
  if (gateway !== undefined && !connect) {
    const why = `our own gateway (process ${gateway.pid}) would lose its session; use --connect to try anyway`;
    const help = unit === undefined ? undefined : `systemctl status ${unit.name} shows how its session is`;
    for (const id of sessionIds) yield unknown(id, "not_tried", `not tried: ${why}`, help);
    return;
  }
  const { productId, deviceName } = hub.identity;
  const elsewhere = gateway === undefined ? "a gateway elsewhere" : "our own gateway";
  tell(
    `connecting to ${endpointUrl(endpoint)} as ${productId}/${deviceName}: ${elsewhere} with this identity loses its session for a moment`,
  );
  yield* checkSession(await trySession(target, connection.connected, mute));
}

const mcuIds = ["mcu.hello", "mcu.lines"] as const;

function* notAsked(why: string, help?: string): Generator<Finding> {
  for (const id of mcuIds) yield unknown(id, "not_tried", `not asked: ${why}`, help);
}

const sessionIds = ["hub.connack", "hub.suback"] as const;

function* notTried(why: string, ...ids: readonly Finding["id"][]): Generator<Finding> {
  for (const id of ids) yield unknown(id, "not_tried", `not tried: ${why}`);
}

/** Links resolved, so that it compares with those of running gateways. */
function resolvedPath(file: string): string {
  return attempt(() => realpathSync(file)) ?? resolve(file);
}
