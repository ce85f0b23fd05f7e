#!/usr/bin/env node
import { Command, Option } from "commander";

/** The version of package.json, put in by the build; "0.0.0-source" when the sources run unbuilt. */
const version = process.env["RRPC_GATEWAY_VERSION"] ?? "0.0.0-source";

const program = new Command("rrpc-gateway")
  .description("Answers Tencent IoT Hub RRPC requests with the replies of a microcontroller on a serial line.")
  .version(version)
  .showHelpAfterError();

const configOption = () => new Option("--config <file>", "the device's YAML file").makeOptionMandatory();

program
  .command("check")
  .description("check a configuration file; print the effective settings and the deadline budget")
  .addOption(configOption())
  .action(async (options) => finish((await import("./commands/check.ts")).check(options)));

async function finish(exitCode: Promise<number>): Promise<void> {
  process.exitCode = await exitCode;
}

await program.parseAsync();
