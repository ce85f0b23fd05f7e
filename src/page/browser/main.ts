/** The page: frames come as server-sent events, and each is drawn whole. */
import type { Frame } from "../frame.ts";
import { drawBoards } from "./boards.ts";
import { drawCalls } from "./calls.ts";
import { byId, setText } from "./dom.ts";
import { drawIncidents, drawLatency, drawOutcomes } from "./figures.ts";
import { followLines, offerLines } from "./lines.ts";
import { age } from "./text.ts";

const select = byId("board") as HTMLSelectElement;
const pause = byId("pause");
const bright = byId("bright");
let events: EventSource | undefined;
let latest: Frame | undefined;

/** After a refusal: another browser may leave. */
const refusedMs = 5000;

const isPressed = (button: HTMLElement) => button.getAttribute("aria-pressed") === "true";

function watch(): void {
  events?.close();
  const board = select.value;
  const source = new EventSource(board === "" ? "events" : `events?${new URLSearchParams({ board })}`);
  events = source;
  source.onmessage = ({ data }: MessageEvent<string>) => {
    latest = JSON.parse(data) as Frame;
    if (!isPressed(pause)) draw(latest);
  };
  source.onerror = () => {
    if (source.readyState !== EventSource.CLOSED)
      return tell("The page's own process does not answer; trying again.", "error");
    // By its specification it does not try again by itself after a refusal.
    tell("The page's process refuses this browser; perhaps eight watch already. Trying again.", "error");
    setTimeout(() => {
      if (events === source) watch();
    }, refusedMs);
  };
}

function draw(frame: Frame): void {
  const { away, session, time } = frame;
  if (away !== undefined) tell(`The gateway is away: ${away}`, "error");
  else if (session === undefined) tell("Waiting for the gateway.", "");
  else {
    const forText = age(Date.parse(time) - Date.parse(session.since));
    tell(`Session with the hub ${session.isUp ? "up" : "away"} for ${forText}.`, session.isUp ? "good" : "error");
  }
  drawBoards(frame);
  drawCalls(frame);
  drawLatency(frame);
  drawOutcomes(frame);
  drawIncidents(frame);
  const sole = frame.boards.length === 1 ? frame.boards[0]?.name : undefined;
  offerLines(select.value === "" ? sole : select.value, frame.allowsContents);
}

function tell(text: string, className: string): void {
  const state = byId("state");
  state.className = className;
  setText(state, text);
}

function toggle(button: HTMLElement): boolean {
  const isOn = !isPressed(button);
  button.setAttribute("aria-pressed", String(isOn));
  return isOn;
}

function beBright(isBright: boolean): void {
  document.documentElement.classList.toggle("bright", isBright);
  bright.setAttribute("aria-pressed", String(isBright));
}

select.addEventListener("change", watch);
pause.addEventListener("click", () => {
  if (toggle(pause)) tell("Paused: what comes is not drawn.", "warn");
  else if (latest !== undefined) draw(latest);
});
bright.addEventListener("click", () => {
  beBright(!isPressed(bright));
  remember(isPressed(bright));
});
followLines(() => isPressed(pause));
watch();
beBright(isRemembered());

/** A browser that keeps no data of sites throws. */
function remember(isBright: boolean): void {
  try {
    localStorage.setItem("bright", String(isBright));
  } catch {
    // It holds until the page is closed.
  }
}

function isRemembered(): boolean {
  try {
    return localStorage.getItem("bright") === "true";
  } catch {
    return false;
  }
}
