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

const isPressed = (button: HTMLElement) => button.getAttribute("aria-pressed") === "true";

function watch(): void {
  events?.close();
  const board = select.value;
  events = new EventSource(board === "" ? "events" : `events?${new URLSearchParams({ board })}`);
  events.onmessage = ({ data }: MessageEvent<string>) => {
    latest = JSON.parse(data) as Frame;
    if (!isPressed(pause)) draw(latest);
  };
  events.onerror = () => tell("The page's own process does not answer; trying again.", "error");
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
  localStorage.setItem("bright", String(isPressed(bright)));
});
beBright(localStorage.getItem("bright") === "true");
followLines(() => isPressed(pause));
watch();
