/** Shows a good configuration: the effective settings as YAML without secrets, and the deadline budget. */
import { isDeepStrictEqual } from "node:util";
import { Document, isScalar } from "yaml";
import { bitsPerCharacter } from "../protocol/wire-time.ts";
import type { BoardSettings } from "./board-options.ts";
import { type BudgetOptions, budgetOf } from "./budget.ts";
import type { Config } from "./load.ts";
import { everyOption } from "./option.ts";
import { type OptionPath, options, type Settings } from "./options.ts";
import { certificatesIn } from "./pem.ts";

/** Comments to be written behind an option. */
export type Notes = Readonly<Partial<Record<OptionPath, string>>>;

/** YAML in the shape of the file, defaults filled in, paths absolute, secrets as `***`; of a board what it has otherwise than outside. */
export function effectiveYaml(settings: Settings, notes: Notes): string {
  const document = new Document(shownSettings(settings));
  for (const { path, option } of everyOption(options)) {
    const node = document.getIn(path.split("."), true);
    if (isScalar(node) && option.kind === "text" && option.secret) node.value = "***";
  }
  for (const [path, text] of Object.entries(notes)) {
    const node = document.getIn(path.split("."), true);
    if (isScalar(node)) node.comment = ` ${text}`;
  }
  return document.toString({ lineWidth: 0 });
}

function shownSettings({
  hub,
  serial,
  rrpc,
  events,
  boards,
  log,
  monitor,
  control,
  remote,
  metrics,
}: Settings): object {
  const outside = { serial, rrpc, events };
  const named = Object.entries(boards).map(([name, { device, ...board }]) => [
    name,
    { ...shownDevice(device), ...differences(board, outside) },
  ]);
  const all = named.length === 0 ? {} : { boards: Object.fromEntries(named) };
  return { hub, ...outside, ...all, log, monitor, control, remote, metrics };
}

/** An option that does not matter would be warned about. */
function shownDevice({ absentAfterS, ...device }: BoardSettings["device"]): object {
  if (device.deviceName === undefined) return {};
  return { device: device.presence === "session" ? device : { ...device, absentAfterS } };
}

/** What `own` has otherwise than `outside`, group by group. */
function differences(own: object, outside: object): object {
  const other = new Map<string, unknown>(Object.entries(outside));
  return Object.fromEntries(
    Object.entries(own).flatMap(([key, value]: [string, unknown]): [string, unknown][] => {
      const there = other.get(key);
      if (!isGroup(value) || !isGroup(there)) return isDeepStrictEqual(value, there) ? [] : [[key, value]];
      const inside = differences(value, there);
      return Object.keys(inside).length === 0 ? [] : [[key, inside]];
    }),
  );
}

const isGroup = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What the named files contain, without secrets. */
export function fileNotes({ hub: { identity, ca }, boards }: Config, settings: Settings): Notes {
  const { auth } = identity;
  const products = boards.flatMap(({ name, device }) =>
    device.kind === "gateway" || settings.boards[name]?.device.productId !== undefined
      ? []
      : [[`boards.${name}.device.deviceName`, `product ${device.productId}`]],
  );
  const by = auth.kind === "key" ? "a device secret" : "a certificate";
  return {
    "hub.deviceInfoFile": `product ${identity.productId}, device ${identity.deviceName}, with ${by}`,
    ...(auth.kind === "certificate" && { "hub.certFile": describeCertificate(auth.cert) }),
    ...Object.fromEntries(products),
    ...(ca !== undefined && { "hub.caFile": describeCertificate(ca) }),
  };
}

function describeCertificate(pem: string): string {
  const certificates = certificatesIn(pem) ?? [];
  const [first] = certificates;
  if (first === undefined) return "no certificate";
  const more = certificates.length > 1 ? `, and ${certificates.length - 1} more` : "";
  return `${first.subject.replaceAll("\n", ", ")}, until ${first.validTo}, SHA-256 ${first.fingerprint256}${more}`;
}

/** The budgets of all boards, as comments, so that they can follow the YAML; boards with the same budget have one. */
export function budgetsText({ serial, rrpc, boards }: Settings): string {
  const named = Object.entries(boards);
  if (named.length === 0) return `# Deadline budget\n${budgetText({ serial, rrpc })}`;
  const namesOf = new Map<string, string[]>();
  for (const [name, board] of named) {
    const text = budgetText(board);
    namesOf.set(text, [...(namesOf.get(text) ?? []), name]);
  }
  return [...namesOf].map(([text, names]) => `# Deadline budget of ${names.join(", ")}\n${text}`).join("\n");
}

/** One budget, as a calculation. */
function budgetText({ serial, rrpc }: BudgetOptions): string {
  const { cutoffMs, marginMs, deadlineMs, commandMs, replyMs } = budgetOf({ serial, rrpc });
  const line = (sign: string, name: string, ms: number, why: string) =>
    `#   ${sign} ${name.padEnd(20)}${ms.toFixed(0).padStart(6)} ms   ${why}`;
  return [
    line(" ", "server's cutoff", cutoffMs, "rrpc.cutoffMs"),
    line("-", "network, both ways", marginMs, "rrpc.marginMs"),
    line("=", "deadline", deadlineMs, "from a request's arrival to its response"),
    line("-", "longest command", Math.ceil(commandMs), `${serial.commandBytesMax} bytes at ${serial.baudRate} baud`),
    line(
      "-",
      "longest reply",
      Math.ceil(replyMs),
      `${serial.replyBytesMax} bytes, ${bitsPerCharacter(serial)} bits each`,
    ),
    line("=", "left for the MCU", deadlineMs - Math.ceil(commandMs) - Math.ceil(replyMs), "at least"),
    "",
  ].join("\n");
}
