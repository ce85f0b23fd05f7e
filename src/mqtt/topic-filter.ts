/** Whether a message on `topic` is one that the subscription of `filter` asks for (MQTT 3.1.1 §4.7). */
export function matchesFilter(filter: string, topic: string): boolean {
  const wanted = filter.split("/");
  const levels = topic.split("/");
  if (wanted.at(-1) === "#") {
    wanted.pop();
    if (levels.length < wanted.length) return false;
  } else if (wanted.length !== levels.length) return false;
  // A wildcard in front does not stand for a broker's own topics.
  if (topic.startsWith("$") && /^[+#]/.test(filter)) return false;
  return wanted.every((level, index) => level === "+" || level === levels[index]);
}
