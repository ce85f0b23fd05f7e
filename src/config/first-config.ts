/** The text of a first configuration: the answers of `setup`, and nothing that has a good default. */
import { stringify } from "yaml";
import type { BoardSettings } from "./board-options.ts";
import type { Group } from "./option.ts";
import { options, type Settings } from "./options.ts";

type Hub = Settings["hub"];

/** What a first configuration contains. Paths are written as they are here: relative to its folder, or absolute. */
export interface FirstConfig {
  readonly hub: Pick<Hub, "productId" | "deviceName" | "region" | "transport"> &
    Partial<Pick<Hub, "host" | "port" | "caFile">> &
    Partial<Pick<Hub, "deviceSecretFile" | "deviceSecretCredential" | "certFile" | "keyFile">>;
  readonly serial: Pick<BoardSettings["serial"], "path" | "baudRate">;
}

const head = `\
# Written by rrpc-gateway setup. Every other option has its default;
# "rrpc-gateway example" explains them all, "rrpc-gateway check FILE" checks this.
`;

/** YAML. Values that are the default are left out, except for the baud rate, which people look for. */
export function firstConfigText({ hub, serial }: FirstConfig): string {
  const said = Object.entries(hub).filter(([key, value]) => value !== undefined && value !== defaultOf("hub", key));
  return `${head}${stringify({ hub: Object.fromEntries(said), serial }, { lineWidth: 0 })}`;
}

/** The serial line of a board of which only the port is known. */
export function usualSerial(path: string, baudRate: number): BoardSettings["serial"] {
  return { ...(defaultsOf(options.options.serial) as Settings["serial"]), path, baudRate };
}

function defaultOf(group: "hub", key: string): unknown {
  const option = (options.options[group] as Group).options[key];
  return option !== undefined && "default" in option ? option.default : undefined;
}

function defaultsOf(group: Group): object {
  return Object.fromEntries(
    Object.entries(group.options).map(([key, option]) => [
      key,
      option.kind === "group" ? defaultsOf(option) : "default" in option ? option.default : undefined,
    ]),
  );
}
