import { exampleConfig } from "../config/example.ts";

/** `rrpc-gateway example`: a configuration file with every option and its explanation. Exit code 0. */
export function example(): Promise<number> {
  process.stdout.write(exampleConfig());
  return Promise.resolve(0);
}
