/**
 * The ids of requests that come from this machine. The hub's ids are decimal digits; one of this form that it sends nevertheless is
 * refused, so the two can never meet. Short, because a line of a small MCU has to carry it.
 */
const localIdPattern = /^L[0-9a-z]{6}$/;

/** So many there are: a random beginning does not meet the few commands that an MCU remembers of the process before. */
export const localIdCount = 36 ** 6;

/** @param number any whole number from 0 on; after `localIdCount` of them they come again */
export function localId(number: number): string {
  return `L${(number % localIdCount).toString(36).padStart(6, "0")}`;
}

export function isLocalId(processId: string): boolean {
  // The hub's begin with a digit, and are asked for several times each.
  return processId.startsWith("L") && localIdPattern.test(processId);
}
