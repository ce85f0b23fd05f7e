/* SPDX-License-Identifier: MIT
 *
 * The board that the examples of docs/firmware.md suppose, so that they are compiled with the tests.
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

void uart_start(void);
void uart_write(uint8_t byte);
bool uart_take(uint8_t *byte);
bool uart_lost_bytes(void);
bool uart_has_byte(void);
int uart_read(void);
uint32_t millis(void);

enum { SILENCE = -1 }; /* of the minimal device */

uint16_t next_boot_word(void);
bool motor_is_homing(void);
void open_valve(void);
void close_valve(void);
bool tank_is_full(void);
