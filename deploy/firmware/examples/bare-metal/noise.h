/* SPDX-License-Identifier: MIT
 *
 * A boot word for boards without EEPROM. RAM that the start-up code leaves alone holds noise after power-up, and after a
 * reset what it held before: a counter in it, added to a hash of the rest, differs from start to start.
 */
#ifndef NOISE_H
#define NOISE_H

#include <stdint.h>

/* A number that no start shares with the one before. To be called once for each start. */
uint16_t noise_next_boot(void);

#endif
