/** JSON that programs read, as zod schemas: docs/schemas has them as JSON Schema, draft 2020-12. */
import assert from "node:assert/strict";
import { z } from "zod";
import { holdFile } from "./documents.ts";

/** The file docs/schemas/NAME says what the schema says. UPDATE_DOCS=1 writes it. */
export function holdSchemaFile(name: string, schema: z.ZodType): void {
  holdFile(`docs/schemas/${name}`, `${JSON.stringify(z.toJSONSchema(schema, { io: "input" }), null, 2)}\n`);
}

/** What a program has printed is of the schema. A key that the schema has not is an objection as well: parsing leaves it out. */
export function hold(schema: z.ZodType, value: unknown): void {
  const json: unknown = JSON.parse(JSON.stringify(value));
  assert.deepEqual(schema.parse(json), json);
}
