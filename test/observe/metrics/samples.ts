import { createInstruments, type Instruments } from "../../../src/observe/metrics/instruments.ts";

/** Every sample, by its series. */
export type Samples = ReadonlyMap<string, number>;

/** Instruments of these boards; nothing is up yet. */
export function openInstruments(boards: readonly string[]): Instruments {
  const facts = { version: "1.2.3", product: "P", device: "D", certificateExpiresAtMs: 1_800_000_000_000 };
  return createInstruments({ session: false, links: new Map(boards.map((board) => [board, false])) }, facts);
}

export async function samplesOf(instruments: Instruments): Promise<Samples> {
  const lines = (await instruments.text()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ")))]),
  );
}
