import type { FaultRow } from "../row.ts";
import { boardRows } from "./board.ts";
import { boardsRows } from "./boards.ts";
import { boxRows } from "./box.ts";
import { brokerRows } from "./broker.ts";
import { credentialRows } from "./credentials.ts";
import { daemonRows } from "./daemon.ts";
import { hubRows } from "./hub.ts";
import { mcuRows } from "./mcu.ts";
import { networkRows } from "./network.ts";
import { orderRows } from "./orders.ts";
import { serialPortRows } from "./serial-port.ts";
import { wireRows } from "./wire.ts";

/** The matrix. */
export const rows: readonly FaultRow[] = [
  ...brokerRows,
  ...networkRows,
  ...credentialRows,
  ...hubRows,
  ...serialPortRows,
  ...wireRows,
  ...mcuRows,
  ...boardRows,
  ...boardsRows,
  ...orderRows,
  ...daemonRows,
  ...boxRows,
];
