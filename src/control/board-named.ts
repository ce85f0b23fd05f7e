import type { Client } from "../observe/order-socket.ts";

/** The board of this name, or the only one. Where there is none the client is told so, and the result is undefined. */
export function boardNamed(
  name: string | undefined,
  boards: readonly string[],
  { refuse }: Pick<Client, "refuse">,
): string | undefined {
  const [only, ...others] = boards;
  if (name !== undefined && boards.includes(name)) return name;
  if (name !== undefined) refuse({ code: "unknown_board", text: `there is no board ${name}` });
  else if (only !== undefined && others.length === 0) return only;
  else refuse({ code: "board_needed", text: `--board is needed: the boards are ${boards.join(", ")}` });
  return undefined;
}
