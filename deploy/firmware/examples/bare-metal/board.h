/* SPDX-License-Identifier: MIT
 *
 * What the application needs of a board. A board is one file that has these functions, with its start-up code and its
 * memory map where the compiler brings none: atmega328p/board.c, stm32f1/board.c, fe310/board.c.
 */
#ifndef BOARD_H
#define BOARD_H

#include <stdbool.h>
#include <stdint.h>

/* Name and version of the firmware, for the hello. */
extern const char board_firmware[];

/* Starts pins, clock and UART (115200 baud, 8N1), and switches interrupts on. */
void board_start(void);

/* Milliseconds since the start. Wraps after 2^32. */
uint32_t board_now_ms(void);

/* Puts a byte on the wire, as soon as there is room. */
void board_write(uint8_t byte);

/* A number that no start shares with the one before. */
uint16_t board_next_boot(void);

void board_set_led(bool on);
bool board_button_is_down(void);

/* Keeps interrupts away until board_unlock() gets what this returned. */
uint32_t board_lock(void);
void board_unlock(uint32_t locked);

#endif
