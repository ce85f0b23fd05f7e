import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { localSocket } from "../config/local-socket.ts";
import { healthAddress } from "../observe/health-socket.ts";
import { Picture } from "../page/picture.ts";
import { createPageServer } from "../page/server.ts";
import { watchGateway } from "../page/watch-gateway.ts";
import { exitCodes } from "./exit-codes.ts";
import { fail } from "./fail.ts";
import { interruption } from "./interruption.ts";
import { type PageCommandOptions, readPageOptions } from "./page-options.ts";

/** Made from src/page/browser when the program is built. */
const html = process.env["RRPC_GATEWAY_PAGE"];

/** `rrpc-gateway page`: shows the running gateway to browsers, until it is told to stop. */
export async function page(options: PageCommandOptions): Promise<number> {
  const request = readPageOptions(options);
  if (request.kind === "problems") return fail("page", exitCodes.usage, request.problems);
  const found = localSocket(options.config, "monitor");
  if (found.kind === "none") return fail("page", exitCodes.config, [found.why]);
  if (html === undefined) return fail("page", exitCodes.software, ["this program was not built: npm run build"]);
  const { host, port, token } = request;
  const withContents = options.payloads === true;
  const picture = new Picture(new Date().toISOString(), withContents);
  const { server, changed, close } = createPageServer({ html, picture, token });
  const signal = interruption();
  try {
    await once(server.listen(port, host), "listening");
  } catch (error) {
    close();
    return fail("page", exitCodes.unavailable, [whyNotListening(error as NodeJS.ErrnoException, host, port)]);
  }
  const hint = token === undefined ? "" : " (any user name, and the token as the password)";
  console.log(`the page: ${urlOf(server.address() as AddressInfo)}${hint}`);
  const address = healthAddress(options.config);
  await watchGateway(found.socket, picture, { healthAddress: address, withContents, changed, signal });
  close();
  return exitCodes.ok;
}

function urlOf({ address, port, family }: AddressInfo): string {
  return `http://${family === "IPv6" ? `[${address}]` : address}:${port}/`;
}

function whyNotListening({ code, message }: NodeJS.ErrnoException, host: string, port: number): string {
  if (code === "EADDRINUSE") return `port ${port} is taken by another program: choose another one with --port`;
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND") return `--host: this machine has no address ${host}`;
  if (code === "EACCES") return `port ${port} is for root alone: choose one from 1024 on with --port`;
  return message;
}
