/* SPDX-License-Identifier: MIT
 *
 * The receive ring: the UART's interrupt puts bytes in, the main loop takes them out. It knows where bytes were lost.
 */
#ifndef RING_H
#define RING_H

#include <stdbool.h>
#include <stdint.h>

/* From the interrupt: a byte that has come. `faulty`: the UART says that it is wrong, or that one before it was lost. */
void ring_put(uint8_t byte, bool faulty);

/* The next byte; false if there is none. */
bool ring_take(uint8_t *byte);

/* Whether bytes were lost behind those that were taken, told once; `ends_line`: the last of them was an LF. */
bool ring_take_gap(bool *ends_line);

/* Bytes lost so far. Wraps at 65536. */
uint16_t ring_lost_bytes(void);

#endif
