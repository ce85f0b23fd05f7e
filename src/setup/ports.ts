// Which serial ports there are, who has them open, and which board answers at them.
import { usualSerial } from "../config/first-config.ts";
import type { Trial } from "../doctor/checks/mcu.ts";
import { askMcu, otherRatesLimitMs, patience } from "../doctor/facts/mcu.ts";
import { listHolders } from "../host/port-holders.ts";
import { serialDevices, stableNames } from "../host/serial-ports.ts";
import { configuredDialect } from "../protocol/configured-dialect.ts";

export interface Port {
  /** The best of its names, one that stays the same; or the one that a person has given. */
  readonly path: string;
  /** Who has it open, for people; undefined if nobody has, as far as can be seen. */
  readonly holder: string | undefined;
}

/** What a board said, or did not. */
export type Answer =
  | { readonly kind: "hello"; readonly baudRate: number; readonly text: string }
  /** Nothing that is known; the text says what came. */
  | { readonly kind: "none"; readonly text: string };

/** What there is to choose from, and who is there. */
export interface Ports {
  list(): readonly Port[];
  at(path: string): Port;
  ask(port: Port, baudRate: number): Promise<Answer>;
}

export const realPorts: Ports = { list: listPorts, at: portAt, ask: askAt };

/** How long one port is asked at most: opening it takes its time, and each rate. */
export const askingLimitS = Math.ceil((patience.configuredMs + otherRatesLimitMs + 5000) / 1000);

function listPorts(): readonly Port[] {
  const names = stableNames();
  return serialDevices().map((device) => portAt(names.find((one) => one.device === device)?.name ?? device));
}

function portAt(path: string): Port {
  const [first] = listHolders(path);
  return { path, holder: first === undefined ? undefined : `${first.name} (process ${first.pid})` };
}

/** Opens the port and asks who is there: at `baudRate` first, then at those that firmware is written with. */
async function askAt({ path }: Port, baudRate: number): Promise<Answer> {
  const serial = usualSerial(path, baudRate);
  const dialect = configuredDialect(serial);
  if (dialect.probe === undefined) throw new Error("the line protocol has a probe");
  const asking = { serial, dialect: { ...dialect, probe: dialect.probe }, limits: patience };
  const { first, others } = await askMcu(asking, () => {});
  const trials = [first, ...others];
  for (const trial of trials) {
    const { answer } = trial;
    if (answer.kind === "hello") {
      const text = `${answer.hello.firmware ?? "a board"} answers at ${trial.baudRate} baud`;
      return { kind: "hello", baudRate: trial.baudRate, text };
    }
    if (answer.kind === "other_version") {
      return { kind: "none", text: `a board that speaks ${answer.version} at ${trial.baudRate} baud` };
    }
  }
  return { kind: "none", text: silenceText(first, trials) };
}

function silenceText({ answer, echoCount }: Trial, trials: readonly Trial[]): string {
  if (answer.kind === "no_port") return answer.message;
  if (echoCount > 0) return "what is sent comes back, and nothing else: TX joined to RX?";
  const legible = trials.find((trial) => trial.answer.kind === "none" && trial.answer.lineCount > 0);
  if (legible !== undefined) return `lines at ${legible.baudRate} baud that are not the line protocol's`;
  if (trials.length === 1) return `no answer at ${trials[0]?.baudRate} baud`;
  const rates = trials.map(({ baudRate }) => baudRate);
  return `no answer at ${rates.length} speeds from ${Math.min(...rates)} to ${Math.max(...rates)} baud`;
}
