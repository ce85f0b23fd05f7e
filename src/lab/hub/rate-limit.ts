/** Says for each call or message whether it is within so many a second; what is not is not counted. */
export function rateLimit(perSecondMax: number): () => boolean {
  let takenMs: number[] = [];
  return () => {
    if (perSecondMax === Number.POSITIVE_INFINITY) return true;
    const nowMs = performance.now();
    takenMs = takenMs.filter((ms) => nowMs - ms < 1000);
    if (takenMs.length >= perSecondMax) return false;
    takenMs.push(nowMs);
    return true;
  };
}
