import type { BoardConfig } from "../config/board-config.ts";
import { holdersAmong } from "../host/port-holders.ts";
import type { ProcessFacts } from "../host/processes.ts";
import { may, rights } from "../host/rights.ts";
import { isOnBoard, isUsbPort } from "../host/serial-ports.ts";
import { ownIdentity } from "../host/users.ts";
import { configuredDialect } from "../protocol/configured-dialect.ts";
import { checkHangup } from "./checks/hangup.ts";
import { checkHolders } from "./checks/holder.ts";
import { checkInterferingService } from "./checks/interfering-service.ts";
import { checkLines } from "./checks/lines.ts";
import { checkMcu, isAnswered } from "./checks/mcu.ts";
import { checkMcuIncident } from "./checks/mcu-incident.ts";
import { checkPortAccess, checkPortPath, type Device } from "./checks/port.ts";
import { checkGpio, checkUsbPower } from "./checks/recovery.ts";
import { interferingServiceFacts } from "./facts/interfering-service.ts";
import { askMcu, otherRatesLimitMs, patience } from "./facts/mcu.ts";
import { portFacts, readHupcl } from "./facts/port.ts";
import { gpioFacts, usbPowerFacts } from "./facts/recovery.ts";
import type { BoardStatus } from "./facts/status.ts";
import { type Finding, unknown } from "./finding.ts";
import type { DoctorRun } from "./run.ts";

/** One board, its port and what may restart it. `status` is what our own gateway says of it, if it runs and says so. */
export async function* checkBoard(
  run: DoctorRun,
  { serial }: BoardConfig,
  status: BoardStatus | undefined,
): AsyncGenerator<Finding> {
  yield* checkPort(run, serial, status);
  yield* checkRecovery(run, serial);
}

async function* checkPort(
  run: DoctorRun,
  serial: BoardConfig["serial"],
  status: BoardStatus | undefined,
): AsyncGenerator<Finding> {
  const { configFile, processes, user, unit } = run;
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
  yield checkPortAccess(device, user, unit, status?.portIncident);
  const held = holdersAmong(device.path, processes);
  yield checkHolders({ device: device.path, configFile, released: status?.released, ...held });
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
  { holders, status }: { readonly holders: readonly ProcessFacts[]; readonly status: BoardStatus | undefined },
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
  } else if (status?.released !== undefined) {
    yield* notAsked(`our own gateway has released the port to ${status.released}`);
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

const mcuIds = ["mcu.hello", "mcu.lines"] as const;

function* notAsked(why: string, help?: string): Generator<Finding> {
  for (const id of mcuIds) yield unknown(id, "not_tried", `not asked: ${why}`, help);
}
