import type { ConversationEnd } from "../observe/conversation.ts";
import { exitCodes } from "./exit-codes.ts";

/** What is wrong with the call of a command, and not with the gateway: the same exit code for every command that uses its control socket. */
export function misuseCode(end: ConversationEnd | undefined): number | undefined {
  switch (end?.kind) {
    case "refused":
      return end.code === "unknown_board" || end.code === "board_needed" ? exitCodes.usage : undefined;
    case "unreachable":
      return end.isPermitted ? undefined : exitCodes.noPermission;
    default:
      return undefined;
  }
}
