/** Keeps the events of an adapter in order, and lets a test wait for one. */
export interface Recorder<Event extends { readonly kind: string }> {
  readonly events: readonly Event[];
  readonly emit: (event: Event) => void;
  /** The next event of this kind that nobody has waited for yet; those before it count as seen. Bounded: 10 s. */
  next<Kind extends Event["kind"]>(kind: Kind): Promise<Extract<Event, { readonly kind: Kind }>>;
}

export function createRecorder<Event extends { readonly kind: string }>(): Recorder<Event> {
  const events: Event[] = [];
  let seen = 0;
  let wake = () => {};
  return {
    events,
    emit(event) {
      events.push(event);
      wake();
    },
    async next(kind) {
      for (;;) {
        while (seen < events.length) {
          const event = events[seen++];
          if (event !== undefined && isOfKind(event, kind)) return event;
        }
        await new Promise<void>((resolve, reject) => {
          const limit = setTimeout(() => reject(new Error(`no ${kind}, only ${JSON.stringify(events)}`)), 10_000);
          wake = () => {
            clearTimeout(limit);
            resolve();
          };
        });
      }
    },
  };
}

function isOfKind<Event extends { readonly kind: string }, Kind extends Event["kind"]>(
  event: Event,
  kind: Kind,
): event is Extract<Event, { readonly kind: Kind }> {
  return event.kind === kind;
}
