/**
 * An ATmega328P at 16 MHz with the project's firmware in it, emulated to the cycle, in virtual time: two runs with the
 * same input are equal. It knows no clock, no tty and no line protocol; serve.ts gives it the first two.
 */
import {
  AVREEPROM,
  AVRIOPort,
  AVRTimer,
  AVRUSART,
  avrInstruction,
  CPU,
  EEPROMMemoryBackend,
  PinState,
  portBConfig,
  portDConfig,
  timer0Config,
  usart0Config,
} from "avr8js";
import { readIntelHex } from "./intel-hex.ts";

const CLOCK_HZ = 16_000_000;
const FLASH_BYTES = 32 * 1024;
const SRAM_BYTES = 2 * 1024;
const EEPROM_BYTES = 1024;
/** What the receiver holds unread; one more is an overrun (ATmega328P data sheet, "USART0 – Receiver"). */
const RX_FIFO_BYTES = 2;
/** UCSR0A: a byte was lost before the one in UDR0. */
const DATA_OVERRUN = 0x08;
const RECEIVE_COMPLETE = 0x80;
const LED_PIN = 5;
const BUTTON_PIN = 2;

export interface AvrBoardOptions {
  /** The program, as an Intel HEX file. */
  readonly hex: string;
  /** Speed at which the other side sends; the chip sends at its own. */
  readonly baud?: number;
  /** A byte from the chip, when its stop bit has passed. */
  readonly onByte: (byte: number) => void;
  /** What the EEPROM holds at the first start; erased (0xFF) by default. */
  readonly eeprom?: Uint8Array;
}

export interface AvrBoard {
  /** Puts bytes on the wire to the chip, one behind the other at the line's speed. */
  send(bytes: Uint8Array): void;
  /** Emulates so many milliseconds. */
  run(durationMs: number): void;
  /** Virtual time since the board was made; a reset does not set it back. */
  nowMs(): number;
  /** Pulls the reset pin: RAM and what is on the wire are lost, flash and EEPROM are not. */
  reset(): void;
  /** The button between PD2 and ground. */
  press(down: boolean): void;
  ledIsOn(): boolean;
}

export function createAvrBoard(options: AvrBoardOptions): AvrBoard {
  const flash = readIntelHex(options.hex, FLASH_BYTES);
  const eeprom = new EEPROMMemoryBackend(EEPROM_BYTES);
  eeprom.memory.set(options.eeprom ?? []);
  const byteCycles = (10 * CLOCK_HZ) / (options.baud ?? 115_200);
  let chip = startChip(flash, eeprom, byteCycles, options.onByte);
  let cyclesBefore = 0;
  let targetCycles = 0;

  return {
    send: (bytes) => chip.send(bytes),
    run(durationMs) {
      targetCycles += (durationMs * CLOCK_HZ) / 1000;
      chip.runTo(targetCycles - cyclesBefore);
    },
    nowMs: () => ((cyclesBefore + chip.cycles()) * 1000) / CLOCK_HZ,
    reset() {
      cyclesBefore += chip.cycles();
      chip = startChip(flash, eeprom, byteCycles, options.onByte);
    },
    press: (down) => chip.press(down),
    ledIsOn: () => chip.ledIsOn(),
  };
}

/** One life of the chip, from a reset to the next. */
function startChip(
  flash: Uint16Array<ArrayBuffer>,
  eeprom: EEPROMMemoryBackend,
  byteCycles: number,
  onByte: (byte: number) => void,
) {
  const cpu = new CPU(flash, SRAM_BYTES);
  new AVRTimer(cpu, timer0Config);
  new AVREEPROM(cpu, eeprom);
  const portB = new AVRIOPort(cpu, portBConfig);
  const portD = new AVRIOPort(cpu, portDConfig);
  portD.setPin(BUTTON_PIN, true);
  const usart = new AVRUSART(cpu, usart0Config, CLOCK_HZ);
  usart.onByteTransmit = (byte) => {
    cpu.addClockEvent(() => onByte(byte), (10 * CLOCK_HZ) / usart.baudRate);
  };
  const receiver = createReceiver(cpu, usart);

  const wire: number[] = [];
  let wireFreeAt = 0;
  const arrive = () => {
    receiver.arrive(wire.shift() ?? 0);
    if (wire.length > 0) sendNext();
  };
  const sendNext = () => {
    wireFreeAt = Math.max(wireFreeAt, cpu.cycles) + byteCycles;
    cpu.addClockEvent(arrive, wireFreeAt - cpu.cycles);
  };

  return {
    cycles: () => cpu.cycles,
    runTo(cycles: number) {
      while (cpu.cycles < cycles) {
        avrInstruction(cpu);
        cpu.tick();
      }
    },
    send(bytes: Uint8Array) {
      const idle = wire.length === 0;
      for (const byte of bytes) wire.push(byte);
      if (idle && wire.length > 0) sendNext();
    },
    press: (down: boolean) => portD.setPin(BUTTON_PIN, !down),
    ledIsOn: () => portB.pinState(LED_PIN) === PinState.High,
  };
}

/** The receive FIFO and its overrun flag, which avr8js leaves out: there a byte replaces the unread one unnoticed. */
function createReceiver(cpu: CPU, usart: AVRUSART) {
  const { UCSRA, UDR } = usart0Config;
  const fifo: number[] = [];
  const readData = cpu.readHooks[UDR];
  cpu.readHooks[UDR] = (address) => {
    const byte = readData?.(address) ?? 0;
    setStatus(cpu.data, UCSRA, DATA_OVERRUN, false);
    const next = fifo.shift();
    if (next !== undefined) usart.writeByte(next, true);
    return byte;
  };

  return {
    arrive(byte: number) {
      const unread = ((cpu.data[UCSRA] ?? 0) & RECEIVE_COMPLETE) !== 0;
      if (!unread) usart.writeByte(byte, true);
      else if (fifo.length + 1 < RX_FIFO_BYTES) fifo.push(byte);
      else setStatus(cpu.data, UCSRA, DATA_OVERRUN, true);
    },
  };
}

function setStatus(data: Uint8Array, address: number, mask: number, on: boolean): void {
  const old = data[address] ?? 0;
  data[address] = on ? old | mask : old & ~mask;
}
