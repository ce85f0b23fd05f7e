/* SPDX-License-Identifier: MIT */
#include "noise.h"

/* A few bits of a hundred come up differently each time: 1024 are plenty. */
static uint32_t noise[32] __attribute__((section(".noinit")));
static uint32_t starts __attribute__((section(".noinit")));

uint16_t noise_next_boot(void)
{
  uint32_t sum = 0;
  for (unsigned i = 0; i < sizeof noise / sizeof *noise; i++)
    sum = (sum << 5 | sum >> 27) * 0x9E3779B1u ^ noise[i];
  starts++;
  return (uint16_t)((sum ^ sum >> 16) + starts);
}
