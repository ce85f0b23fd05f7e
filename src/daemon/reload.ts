/**
 * What a reload does, as the difference of two configurations. Pure: no connection is known here, so each option can be tested.
 */
import { isDeepStrictEqual } from "node:util";
import type { BoardConfig } from "../config/board-config.ts";
import type { Config } from "../config/load.ts";
import type { CertificateAuth, DeviceIdentity, KeyAuth } from "../iot-hub/credentials.ts";
import { shownName } from "../runtime/board-name.ts";

/** What is to be done, in this order. */
export type Action =
  | { readonly kind: "set_log_level" }
  /** Those who watch through it have to connect again. */
  | { readonly kind: "replace_observer"; readonly name: "monitor" | "metrics" }
  /** On the open port, without a request lost. */
  | { readonly kind: "configure_board"; readonly board: string }
  /** Resets many boards, and costs what is in flight its replies. The board is configured meanwhile. */
  | { readonly kind: "reopen_port"; readonly board: string }
  /** Its port is opened, and its requests are subscribed. */
  | { readonly kind: "add_board"; readonly board: string }
  /** What has come for it is answered first. */
  | { readonly kind: "remove_board"; readonly board: string }
  /** Its port stays open; what has come for its device is answered first. */
  | { readonly kind: "release_device"; readonly board: string }
  /** The requests of its other device are subscribed. */
  | { readonly kind: "take_device"; readonly board: string }
  /** On the session that is up. */
  | { readonly kind: "adjust_session" }
  /** What has come is answered first; for some seconds no request can come. */
  | { readonly kind: "replace_session" };

type Effects<Sections> = {
  readonly [Section in keyof Sections]: { readonly [Key in keyof Sections[Section]]-?: Effect };
};

/** The gentlest action that takes a changed option. */
type Effect = "log_level" | "monitor" | "metrics" | "board" | "device" | "port" | "session_timing" | "session";

/**
 * The port is opened anew only where the kernel knows the option from the opening on, or where the lines of one opening would
 * be of two dialects.
 *
 * The session is replaced where the hub knows the option from CONNECT (who we are, the keepalive) or SUBSCRIBE (topics, QoS) on,
 * or where it says which hub that is and how it proves itself.
 */
const effects: Effects<Omit<Config, "boards">> = {
  hub: {
    identity: "session",
    ca: "session",
    sdkAppId: "session",
    region: "session",
    transport: "session",
    host: "session",
    port: "session",
    keepaliveS: "session",
    pingIntervalS: "session_timing",
    connectTimeoutMs: "session_timing",
    qos: "session",
    topics: "session",
  },
  log: { level: "log_level" },
  monitor: { socket: "monitor", access: "monitor" },
  metrics: { port: "metrics", host: "metrics", file: "metrics", fileIntervalS: "metrics" },
};

const boardEffects: Effects<Pick<BoardConfig, "serial" | "rrpc" | "events">> = {
  serial: {
    path: "port",
    baudRate: "port",
    dataBits: "port",
    parity: "port",
    stopBits: "port",
    rtscts: "port",
    xonxoff: "port",
    dtr: "board",
    rts: "board",
    hupcl: "board",
    commandBytesMax: "board",
    replyBytesMax: "board",
    dialect: "port",
    echo: "board",
    lineEnd: "board",
    prompt: "board",
    windowMax: "board",
    helloWaitMs: "board",
    writeTimeoutMs: "board",
    stalledAfter: "board",
    probeIntervalMs: "board",
    idleProbeMs: "board",
    recovery: "board",
    lateReplyMs: "board",
    template: "port",
  },
  rrpc: { cutoffMs: "board", marginMs: "board", queueMax: "board" },
  events: { topic: "board", perSecondMax: "board" },
};

export function reloadActions(before: Config, after: Config): readonly Action[] {
  const changed = changedOptions(before, after);
  const has = (effect: Effect, board?: string) => changed.some((one) => one.effect === effect && one.board === board);
  const { added, removed, kept } = boardsOf(before, after);
  const actions: Action[] = [];
  if (has("log_level")) actions.push({ kind: "set_log_level" });
  if (has("monitor")) actions.push({ kind: "replace_observer", name: "monitor" });
  if (has("metrics")) actions.push({ kind: "replace_observer", name: "metrics" });
  // First what goes: another board may take its port or its device.
  for (const board of removed) actions.push({ kind: "remove_board", board });
  for (const board of kept) if (has("device", board)) actions.push({ kind: "release_device", board });
  for (const name of kept) {
    if (has("port", name)) actions.push({ kind: "reopen_port", board: name });
    else if (has("board", name)) actions.push({ kind: "configure_board", board: name });
  }
  if (has("session")) actions.push({ kind: "replace_session" });
  else if (has("session_timing")) actions.push({ kind: "adjust_session" });
  // Last what comes: a session that ends would be asked for it in vain, and perhaps under another identity.
  for (const board of kept) if (has("device", board)) actions.push({ kind: "take_device", board });
  for (const board of added) actions.push({ kind: "add_board", board });
  return actions;
}

/** The names of the boards that come, go and stay. */
function boardsOf(before: Config, after: Config) {
  const namesIn = ({ boards }: Config) => boards.map(({ name }) => name);
  const was = namesIn(before);
  const is = namesIn(after);
  return {
    added: is.filter((name) => !was.includes(name)),
    removed: was.filter((name) => !is.includes(name)),
    kept: is.filter((name) => was.includes(name)),
  };
}

/** What a reload does, in one line, for whoever asked for it: which options are taken, and what it costs. */
export function describeReload(before: Config, after: Config): string {
  const changed = changedOptions(before, after);
  const { added, removed } = boardsOf(before, after);
  const ofOptions = Object.entries(costs).flatMap(([cost, effectsOf]) => {
    const options = changed.filter(({ effect }) => effectsOf.includes(effect)).map(nameOf);
    return options.length === 0 ? [] : [cost.replace("…", options.join(", "))];
  });
  const parts = [
    ...(removed.length === 0 ? [] : [`without ${removed.join(", ")}`]),
    ...(added.length === 0 ? [] : [`with ${added.join(", ")}`]),
    ...ofOptions,
  ];
  return `reload: ${parts.length === 0 ? "nothing has changed" : parts.join("; ")}`;
}

const costs: { readonly [cost: string]: readonly Effect[] } = {
  "… taken while running": ["log_level", "board", "session_timing"],
  "the monitor's socket is opened anew, for …": ["monitor"],
  "the metrics begin again, for …": ["metrics"],
  "other requests are subscribed, for …": ["device"],
  "the port is opened anew, for …": ["port"],
  "a new session with the hub, for …": ["session"],
};

interface Change {
  /** Such as serial.baudRate. */
  readonly option: string;
  readonly effect: Effect;
  /** Whose option it is; undefined for what is no board's. */
  readonly board: string | undefined;
}

/** With several boards, such as `pump: serial.baudRate`. */
function nameOf({ option, board }: Change): string {
  const shown = board === undefined ? undefined : shownName(board);
  return shown === undefined ? option : `${shown}: ${option}`;
}

function changedOptions(before: Config, after: Config): readonly Change[] {
  const ofBoards = after.boards.flatMap((board) => {
    const was = before.boards.find(({ name }) => name === board.name);
    if (was === undefined) return [];
    return [...deviceChanges(was, board), ...changesIn(boardEffects, was, board)]
      .filter(({ option }) => isUsed(option, [was, board]))
      .map((change) => ({ ...change, board: board.name }));
  });
  const ofOthers = changesIn(effects, before, after).flatMap(({ option, effect }) =>
    namesOf(option, before, after).map((name) => ({ option: name, effect, board: undefined })),
  );
  return [...ofBoards, ...ofOthers];
}

function deviceChanges({ device: was }: BoardConfig, { device: is }: BoardConfig) {
  if (isDeepStrictEqual(was, is)) return [];
  const isSame = isDeepStrictEqual({ ...was, presence: undefined }, { ...is, presence: undefined });
  if (isSame) return [{ option: "device.presence", effect: "board" as const }];
  return [{ option: "device", effect: "device" as const }];
}

function changesIn<Sections extends object>(effectsOf: Effects<Sections>, before: Sections, after: Sections) {
  return Object.entries<Readonly<Record<string, Effect>>>(effectsOf).flatMap(([section, ofSection]) => {
    const [was, is] = [before, after].map(
      (sections) => new Map<string, unknown>(Object.entries(sections[section as keyof Sections] as object)),
    );
    return Object.entries(ofSection)
      .filter(([key]) => !isDeepStrictEqual(was?.get(key), is?.get(key)))
      .map(([key, effect]) => ({ option: `${section}.${key}`, effect }));
  });
}

/** What the file calls it: a configuration that is read has the contents of files instead of their names. */
function namesOf(option: string, before: Config, after: Config): readonly string[] {
  if (option === "hub.ca") return ["hub.caFile"];
  if (option !== "hub.identity") return [option];
  const [was, is] = [before, after].map(({ hub: { identity } }) => {
    const { auth, ...names } = identity;
    return new Map<string, unknown>(Object.entries({ ...names, ...auth }));
  });
  const names = Object.entries(identityNames).flatMap(([key, name]) =>
    isDeepStrictEqual(was?.get(key), is?.get(key)) ? [] : [name],
  );
  return [...new Set(names)];
}

/** The secret may come from several options: its kind is named. */
const identityNames = {
  productId: "hub.productId",
  deviceName: "hub.deviceName",
  deviceSecret: "the device secret",
  hmac: "hub.hmac",
  cert: "the device certificate",
  key: "the device certificate",
} satisfies Record<
  Exclude<keyof DeviceIdentity, "auth"> | Exclude<keyof KeyAuth | keyof CertificateAuth, "kind">,
  string
>;

/** Lines as templates are read only where the dialect is theirs. */
function isUsed(option: string, boards: readonly BoardConfig[]): boolean {
  return option !== "serial.template" || boards.some(({ serial }) => serial.dialect === "template");
}
