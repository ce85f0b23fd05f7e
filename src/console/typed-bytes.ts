const lf = 0x0a;

/** What is told of a line by its first bytes; a half line may be as long as a person likes. */
const halfBytesMax = 64;

/** What is typed as bytes, as the lines that it is on the wire. */
export class TypedBytes {
  #half: Buffer = Buffer.alloc(0);

  /** What was typed last does not end in LF. */
  get isHalf(): boolean {
    return this.#half.length > 0;
  }

  /** Returns the lines that these bytes end, without LF. */
  take(bytes: Buffer): readonly Buffer[] {
    const all = Buffer.concat([this.#half, bytes]);
    const lines: Buffer[] = [];
    let from = 0;
    for (let end = all.indexOf(lf); end >= 0; end = all.indexOf(lf, from)) {
      lines.push(all.subarray(from, end));
      from = end + 1;
    }
    this.#half = all.subarray(from, from + halfBytesMax);
    return lines;
  }

  /** The half line is ended otherwise, or lost. */
  clear(): void {
    this.#half = Buffer.alloc(0);
  }
}
