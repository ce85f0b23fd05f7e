/** Processes and devices come and go while one looks at them, and much of /proc is closed to other users. */
export function attempt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
