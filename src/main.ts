import { createProgram } from "./cli/program.ts";

/** The version of package.json, put in by the build; "0.0.0-source" when the sources run unbuilt. */
const version = process.env["RRPC_GATEWAY_VERSION"] ?? "0.0.0-source";

// Not awaited: the bundle is CommonJS, which has no top-level await. A rejection is a bug and ends the process.
void createProgram(version).parseAsync();
