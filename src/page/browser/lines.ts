import type { Line, Lines } from "../frame.ts";
import { byId, element, setText } from "./dom.ts";
import { timeOfDay } from "./text.ts";

/** Somebody reads along. */
const pollMs = 1000;

const button = byId("show-lines") as HTMLButtonElement;
const contents = byId("contents") as HTMLInputElement;
let board: string | undefined;

/** The lines of this board can be asked for; of none where it is undefined. */
export function offerLines(name: string | undefined, allowsContents: boolean): void {
  board = name;
  button.disabled = name === undefined;
  byId("contents-label").hidden = !allowsContents;
  const whose = name === undefined ? "Choose a board to see its lines." : "";
  const what = allowsContents ? "" : "Without contents: the page was not started with --payloads.";
  setText(byId("lines-note"), whose === "" ? what : whose);
  if (name === undefined) byId("line-list").replaceChildren();
}

/** Asks for the lines now and then while somebody wants them. */
export function followLines(isPaused: () => boolean): void {
  button.addEventListener("click", () => {
    const isShown = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(isShown));
    if (isShown) void poll();
    else byId("line-list").replaceChildren();
  });
  contents.addEventListener("change", () => void poll());
  setInterval(() => {
    if (!isPaused()) void poll();
  }, pollMs);
}

async function poll(): Promise<void> {
  if (board === undefined || button.getAttribute("aria-pressed") !== "true") return;
  const query = new URLSearchParams({ board, ...(contents.checked && { contents: "1" }) });
  try {
    const response = await fetch(`lines?${query}`);
    if (!response.ok) return;
    const { lines } = (await response.json()) as Lines;
    byId("line-list").replaceChildren(...lines.map(drawn).reverse());
  } catch {
    // The page's process is away: the state says so.
  }
}

function drawn({ time, direction, byteCount, text }: Line): HTMLElement {
  const arrow = direction === "to_mcu" ? "→ MCU" : "← MCU";
  return element(
    "li",
    "",
    element("span", "time", timeOfDay(time)),
    element("span", "", `${arrow} ${text} (${byteCount} B)`),
  );
}
