import type { CPU } from "avr8js";

const SPM = 0x95e8;
const SPMCSR = 0x57;
const SPMCSR_ACTION = 0x1f;
/** Values of SPMCSR that a store program memory instruction acts on (ATmega328P data sheet, "Self-Programming the Flash"). */
const FILL = 0x01;
const ERASE = 0x03;
const WRITE = 0x05;
const ENABLE_READING = 0x11;
const PAGE_WORDS = 64;
const ERASED = 0xffff;

/**
 * How a boot loader writes the flash that it runs from, which avr8js leaves out. A page takes no time to erase or write, where a chip needs
 * 4 ms: whoever waits for it waits shorter.
 */
export function createFlashWriter(cpu: CPU) {
  const buffer = new Uint16Array(PAGE_WORDS).fill(ERASED);

  function store(): void {
    const z = register(cpu, 30);
    const page = cpu.progMem.subarray((z >> 1) & ~(PAGE_WORDS - 1)).subarray(0, PAGE_WORDS);
    const action = (cpu.data[SPMCSR] ?? 0) & SPMCSR_ACTION;
    if (action === FILL) buffer[(z >> 1) % PAGE_WORDS] = register(cpu, 0);
    else if (action === ERASE) page.fill(ERASED);
    else if (action === WRITE) {
      // Writing clears bits; only erasing sets them.
      for (const [index, word] of buffer.entries()) page[index] = (page[index] ?? 0) & word;
      buffer.fill(ERASED);
    } else if (action === ENABLE_READING) buffer.fill(ERASED);
    cpu.data[SPMCSR] = (cpu.data[SPMCSR] ?? 0) & ~SPMCSR_ACTION;
  }

  return {
    /** To be called before each instruction. */
    beforeInstruction(): void {
      if (cpu.progMem[cpu.pc] === SPM) store();
    },
  };
}

/** A pair of registers, such as Z, which is R31:R30. */
function register(cpu: CPU, low: number): number {
  return (cpu.data[low] ?? 0) | ((cpu.data[low + 1] ?? 0) << 8);
}
