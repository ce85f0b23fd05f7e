import type { TraceEvent } from "../observe/trace-event.ts";
import { visible } from "../runtime/text.ts";
import type { Line } from "./frame.ts";

/** Three screens of a phone. */
const linesMax = 100;

/** What somebody reads of a line; of 98 boards these are some 40 MB at most. */
const charactersMax = 4096;

type LineEvent = Extract<TraceEvent, { readonly kind: "line_out" | "line_in" }>;

/** The last lines between the gateway and one board. */
export class LastLines {
  readonly #events: LineEvent[] = [];

  add(event: LineEvent): void {
    this.#events.push(shortened(event));
    if (this.#events.length > linesMax) this.#events.shift();
  }

  shown(withContents: boolean): readonly Line[] {
    return this.#events.map((event) => ({
      time: event.time,
      direction: event.kind === "line_out" ? "to_mcu" : "from_mcu",
      byteCount: event.byteCount,
      text: textOf(event, withContents),
    }));
  }
}

function textOf({ head, contents }: LineEvent, withContents: boolean): string {
  if (!withContents || contents === undefined) return visible(head ?? "");
  const text = "text" in contents ? contents.text.replace(/\r?\n$/, "") : `base64 ${contents.base64}`;
  return visible(text);
}

/** A copy, because a piece of a text keeps the whole text alive. */
function shortened(event: LineEvent): LineEvent {
  const { contents } = event;
  if (contents === undefined) return event;
  const cut = (text: string) =>
    text.length > charactersMax ? Buffer.from(text.slice(0, charactersMax)).toString() : text;
  return { ...event, contents: "text" in contents ? { text: cut(contents.text) } : { base64: cut(contents.base64) } };
}
