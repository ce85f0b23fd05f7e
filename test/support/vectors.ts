import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The contract's own vectors, read where firmware people read them. */
const contract = readFileSync(join(import.meta.dirname, "../../docs/line-protocol.md"), "utf8");

/** The rows of the block `vectors NAME` of docs/line-protocol.md, at least one; columns are three spaces apart. */
export function vectors(name: string): string[][] {
  const [, block = ""] = new RegExp(`\`\`\`vectors ${name}\n([^]*?)\`\`\``).exec(contract) ?? [];
  const rows = block.split("\n").filter((line) => line !== "");
  if (rows.length === 0) throw new Error(`docs/line-protocol.md has no vectors ${name}`);
  return rows.map((row) => row.split(/ {3,}/));
}
