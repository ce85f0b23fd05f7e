/* SPDX-License-Identifier: MIT
 *
 * The board that the library example of docs/firmware.md supposes, so that the example is compiled with the tests.
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

void uart_start(void);
void uart_write(uint8_t byte);
bool uart_take(uint8_t *byte);
bool uart_lost_bytes(void);
uint16_t next_boot_word(void);
bool motor_is_homing(void);
