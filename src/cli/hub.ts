// `rrpc-gateway hub`: the simulated IoT Hub as a program. What happens in it are lines on stdout; lines on stdin are orders.
import { isLoopback } from "../config/loopback.ts";
import { type DeviceName, pathOf } from "../lab/hub/device.ts";
import { eventLine } from "../lab/hub/event-line.ts";
import { type Hub, type HubOptions, startHub } from "../lab/hub/hub.ts";
import { ordersHelp, readOrder } from "../lab/hub/orders.ts";
import { wrap } from "../lab/wrap.ts";
import { urlHost } from "../mqtt/endpoint.ts";
import { exitCodes } from "./exit-codes.ts";
import { fail } from "./fail.ts";
import { type HubCommandOptions, type Problem, readHubOptions } from "./hub-options.ts";
import { demoSecret } from "./hub-topology.ts";
import { untilInterrupted } from "./interruption.ts";
import { type LineTerminal, openLineTerminal } from "./line-terminal.ts";
import { terminalAt } from "./terminal.ts";

/**
 * Runs the hub until SIGINT or SIGTERM and resolves to the exit code. The first line on stdout says where it listens:
 * `listening mqtt=HOST:PORT api=http://HOST:PORT`, then ` mqtts=HOST:PORT`, ` psk=HOST:PORT`, ` ws=HOST:PORT` and ` wss=HOST:PORT`,
 * of what there is. The key that calls must be signed with comes from RRPC_HUB_SECRET_ID and RRPC_HUB_SECRET_KEY; with
 * RRPC_HUB_SESSION_TOKEN it is a temporary one.
 */
export async function hub(options: HubCommandOptions): Promise<number> {
  const { problems, hubOptions } = readHubOptions(options, process.env);
  if (problems.length > 0) return failWith(problems);
  const stopped = untilInterrupted();
  const terminal = openLineTerminal("hub> ", process.stdin, process.stdout, process.env);
  let running: Hub;
  try {
    running = await startHub({ ...hubOptions, observe: (event) => terminal.say(eventLine(event)) });
  } catch (error) {
    terminal.close();
    return failWith([startProblem(error as NodeJS.ErrnoException, options)]);
  }
  announce(running, options, hubOptions, terminal);
  if (!isLoopback(options.host)) process.stderr.write(`rrpc-gateway hub: warning: ${exposed(options.host)}\n`);
  const device = { productId: options.product, deviceName: options.device };
  terminal.listen((line) => handle(running, device, line, terminal.say));
  await Promise.race([stopped, terminal.left]);
  terminal.close();
  await running.close();
  return 0;
}

function exposed(host: string): string {
  const key = "RRPC_HUB_SECRET_ID and RRPC_HUB_SECRET_KEY";
  return `other machines reach ${host}: who has the device's secret can be the device, and without ${key} all can call it`;
}

/** Does what a line of stdin orders; it is answered with `ok …` or `error …`. */
function handle(running: Hub, device: DeviceName, line: string, say: (line: string) => void): void {
  const text = line.trim();
  if (text === "") return;
  if (text === "help") {
    const { columns } = terminalAt(process.stdout, process.env);
    for (const one of ordersHelp) for (const part of wrap(one, columns() - 1, 40)) say(part);
    return;
  }
  const read = readOrder(text);
  if (read.kind === "invalid") {
    say(`error ${read.problem}`);
    return;
  }
  try {
    read.order(running, device);
    say(`ok ${text}`);
  } catch (error) {
    say(`error ${text}: ${(error as Error).message}`);
  }
}

function announce(
  running: Hub,
  options: HubCommandOptions,
  { cloudKey, subDevices = [] }: HubOptions,
  { say, isTerminal }: LineTerminal,
): void {
  const { product, device, secretFile } = options;
  const host = urlHost(options.host);
  const api = `http://${host}:${running.apiPort}`;
  const { mqttPort, tlsPort, pskPort, wsPort, wssPort } = running;
  const more = Object.entries({ mqtts: tlsPort, psk: pskPort, ws: wsPort, wss: wssPort });
  const listening = more.map(([name, port]) => (port === undefined ? "" : ` ${name}=${host}:${port}`));
  say(`listening mqtt=${host}:${mqttPort} api=${api}${listening.join("")}`);
  say(`device ${product}/${device} secret ${secretFile ?? `${demoSecret} (made up, for this hub only)`}`);
  for (const subDevice of subDevices) {
    const { boundTo } = subDevice;
    say(`sub-device ${pathOf(subDevice)} ${boundTo === undefined ? "is not bound" : `bound to ${pathOf(boundTo)}`}`);
  }
  if (isTerminal) say("type help for the list of orders; Ctrl-C or Ctrl-D ends it");
  if (cloudKey !== undefined) {
    say(`calls must be signed with the key ${cloudKey.secretId}`);
    return;
  }
  const call = JSON.stringify({ ProductId: product, DeviceName: device, Payload: "hello" });
  say(`try: curl -s ${api} -H 'X-TC-Action: PublishRRPCMessage' -H 'X-TC-Version: 2021-04-08' -d '${call}'`);
}

/** What the system's refusal to listen means to the user; anything else is a bug and is thrown on. */
function startProblem(error: NodeJS.ErrnoException & { readonly port?: number }, options: HubCommandOptions): Problem {
  const { mqttPort, tlsPort, pskPort, wsPort, wssPort, apiPort } = options;
  const ports = {
    "--mqtt-port": mqttPort,
    "--tls-port": tlsPort,
    "--psk-port": pskPort,
    "--ws-port": wsPort,
    "--wss-port": wssPort,
    "--api-port": apiPort,
  };
  const option = Object.entries(ports).find(([, port]) => port === String(error.port))?.[0] ?? "the port";
  const where = `${options.host} port ${error.port}`;
  switch (error.code) {
    case "EADDRINUSE":
      return {
        exitCode: exitCodes.unavailable,
        message: `${where} is in use by another program; ${option} chooses another, 0 takes any free one`,
      };
    case "EACCES":
      return {
        exitCode: exitCodes.noPermission,
        message: `${where} needs more rights; ${option} chooses one from 1024 up`,
      };
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return { exitCode: exitCodes.unavailable, message: `--host: ${options.host} is no address of this machine` };
    default:
      if (!error.code?.startsWith("ERR_OSSL")) throw error;
      return { exitCode: exitCodes.dataError, message: `--tls-cert, --tls-key: ${error.message}` };
  }
}

function failWith(problems: readonly Problem[]): number {
  return fail(
    "hub",
    problems[0]?.exitCode ?? exitCodes.ok,
    problems.map(({ message }) => message),
  );
}
