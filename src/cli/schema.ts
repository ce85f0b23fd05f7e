import { configSchema } from "../config/json-schema.ts";

/** `rrpc-gateway schema`: the JSON Schema of the configuration file, for editors. Exit code 0. */
export function schema(): Promise<number> {
  process.stdout.write(`${JSON.stringify(configSchema(), null, 2)}\n`);
  return Promise.resolve(0);
}
