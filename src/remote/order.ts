/**
 * Orders to the gateway itself, as text in the payload of a request: `status`, `probe pump`, `log debug for 10m`. What comes here is
 * anybody's bytes: it becomes one of a closed set of orders, or a sentence that says what an order looks like.
 */
import { type RemoteOrder, remoteOrders } from "../core/report.ts";

/** What can be asked of the gateway; `remote.allow` lists those that it does. */
export { type RemoteOrder as Operation, remoteOrders as operations };

/** Those that are about one board. */
export type BoardOperation = "probe" | "reopen" | "reset";

/** The lowest level that is logged for a while: `error` and `warn` would hide what is looked for. */
export const orderedLevels = ["debug", "info"] as const;

export type OrderedLevel = (typeof orderedLevels)[number];

export type Order =
  | { readonly operation: Exclude<RemoteOrder, BoardOperation | "log"> }
  /** Without a board: the only one that there is. */
  | { readonly operation: BoardOperation; readonly board: string | undefined }
  | { readonly operation: "log"; readonly level: OrderedLevel; readonly forMs: number };

/** How each order is written. */
export const forms: Readonly<Record<RemoteOrder, string>> = {
  status: "status",
  boards: "boards",
  doctor: "doctor",
  dump: "dump",
  probe: "probe BOARD",
  reopen: "reopen BOARD",
  reset: "reset BOARD",
  reload: "reload",
  log: "log LEVEL for TIME",
};

/** `expected` has nothing of the payload in it. */
export type OrderReading =
  | { readonly kind: "order"; readonly order: Order }
  | { readonly kind: "no_order"; readonly expected: string };

/** The longest order has 47 characters: `reopen`, and a board's name of 32. The rest is for spaces. */
const orderBytesMax = 64;

/** A log at level debug fills an SD card, and shows what callers send: whoever needs it for longer changes the configuration. */
export const logMsMax = 3_600_000;

export function readOrder(payload: Buffer): OrderReading {
  if (payload.length > orderBytesMax) return noOrder(`an order of at most ${orderBytesMax} bytes: ${allForms}`);
  // One character for each byte: nothing but ASCII is an order.
  const [word = "", ...args] = payload
    .toString("latin1")
    .split(/[ \r\n]/)
    .filter((part) => part !== "");
  const operation = remoteOrders.find((one) => one === word);
  if (operation === undefined) return noOrder(`an order: ${allForms}`);
  const order = orderOf(operation, args);
  return order === undefined ? noOrder(expectedOf(operation)) : { kind: "order", order };
}

const allForms = Object.values(forms).join(", ");

const noOrder = (expected: string): OrderReading => ({ kind: "no_order", expected });

function expectedOf(operation: RemoteOrder): string {
  if (operation !== "log") return forms[operation];
  return `${forms.log}, with ${orderedLevels.join(" or ")} as LEVEL, and a TIME such as 30s, 10m or 1h, at most 1h`;
}

function orderOf(operation: RemoteOrder, args: readonly string[]): Order | undefined {
  switch (operation) {
    case "probe":
    case "reopen":
    case "reset": {
      const [board, ...rest] = args;
      const isName = board === undefined || /^[0-9A-Za-z][0-9A-Za-z_-]{0,31}$/.test(board);
      return isName && rest.length === 0 ? { operation, board } : undefined;
    }
    case "log":
      return logOrderOf(args);
    default:
      return args.length === 0 ? { operation } : undefined;
  }
}

function logOrderOf([word, preposition, time = "", ...rest]: readonly string[]): Order | undefined {
  const level = orderedLevels.find((one) => one === word);
  const forMs = msIn(time);
  if (level === undefined || preposition !== "for" || forMs === undefined || rest.length > 0) return undefined;
  return { operation: "log", level, forMs };
}

const unitsMs: ReadonlyMap<string, number> = new Map([
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
]);

function msIn(time: string): number | undefined {
  const [, digits, unit = ""] = /^(\d{1,4})([smh])$/.exec(time) ?? [];
  const ms = Number(digits) * (unitsMs.get(unit) ?? Number.NaN);
  return ms > 0 && ms <= logMsMax ? ms : undefined;
}
