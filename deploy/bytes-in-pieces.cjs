// Stands for the package `bl` in the bundle: the bytes that mqtt-packet parses, as they came, piece by piece. That package looks for
// the piece of each byte, and makes a buffer of its own for each number that is read. Nearly always there is one piece, and several are
// joined once, when they are read: the parser asks for a packet's body only when all of it is there.
"use strict";

const nothing = Buffer.alloc(0);

class BytesInPieces {
  /** How many bytes there are. */
  length = 0;
  #first = nothing;
  /** What of the first piece is consumed. */
  #start = 0;
  /** @type {Buffer[]} */
  #others = [];

  /** @param {Buffer} piece */
  append(piece) {
    if (this.length > 0) this.#others.push(piece);
    else {
      this.#first = piece;
      this.#start = 0;
    }
    this.length += piece.length;
    return this;
  }

  /** @param {number} count at most as many as there are */
  consume(count) {
    this.#joined();
    this.#start += count;
    this.length -= count;
    // What was read is not kept.
    if (this.length === 0) this.#first = nothing;
  }

  /** @param {number} offset */
  readUInt8(offset) {
    return this.#joined().readUInt8(this.#start + offset);
  }

  /** @param {number} offset */
  readUInt16BE(offset) {
    return this.#joined().readUInt16BE(this.#start + offset);
  }

  /** @param {number} offset */
  readUInt32BE(offset) {
    return this.#joined().readUInt32BE(this.#start + offset);
  }

  /**
   * A view of what came.
   *
   * @param {number} from
   * @param {number} to
   */
  slice(from, to) {
    return this.#joined().subarray(this.#start + from, this.#start + to);
  }

  /**
   * @param {BufferEncoding} encoding
   * @param {number} from
   * @param {number} to
   */
  toString(encoding, from, to) {
    return this.#joined().toString(encoding, this.#start + from, this.#start + to);
  }

  #joined() {
    if (this.#others.length === 0) return this.#first;
    this.#first = Buffer.concat([this.#first.subarray(this.#start), ...this.#others]);
    this.#start = 0;
    this.#others = [];
    return this.#first;
  }
}

module.exports = () => new BytesInPieces();
