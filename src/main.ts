import { letProcessEnd } from "./runtime/in-kernel.ts";

/** The version of package.json, put in by the build; "0.0.0-source" when the sources run unbuilt. */
const version = process.env["RRPC_GATEWAY_VERSION"] ?? "0.0.0-source";

async function run(options: { config: string }): Promise<void> {
  const { tuneV8 } = await import("./runtime/tune-v8.ts");
  tuneV8();
  const daemon = await import("./cli/run.ts");
  letProcessEnd(await daemon.run(options, version));
}

async function runCommandLine(): Promise<void> {
  const { createProgram } = await import("./cli/program.ts");
  await createProgram(version, run).parseAsync();
}

const [command, option, config, ...rest] = process.argv.slice(2);
const isStartOfService = command === "run" && option === "--config" && config !== undefined && rest.length === 0;
// The daemon, as each service manager starts it, does without the command line: 4 ms and 0.7 MiB of its start.
// Not awaited: the bundle is CommonJS, which has no top-level await. A rejection is a bug and ends the process.
void (isStartOfService ? run({ config }) : runCommandLine());
