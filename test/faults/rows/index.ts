import type { FaultRow } from "../row.ts";
import { brokerRows } from "./broker.ts";

/** The matrix. */
export const rows: readonly FaultRow[] = [...brokerRows];
