/* SPDX-License-Identifier: MIT */
#include "ring.h"

#include <rrpc.h>

#include "board.h"

/* While the main loop is in one command, the rest of the window arrives: the ring has to hold RRPC_WINDOW - 1 lines,
 * and a probe or a cancel (39 bytes with checksum) on top. A power of two, so that the indices wrap with a mask. */
#define RING_BYTES 512u
#if RING_BYTES <= (RRPC_WINDOW - 1) * RRPC_LINE_BYTES + 39
#error "the receive ring cannot hold the window that the hello promises"
#endif

static volatile uint8_t ring[RING_BYTES];
static volatile uint16_t head, tail; /* the interrupt writes at head, the main loop reads at tail */
static volatile uint16_t lost_bytes;
static volatile bool gap; /* bytes were lost behind the last one in the ring */
static volatile uint8_t last_lost;

/* Once a byte is lost, all are dropped until the main loop has emptied the ring: so it knows where the gap is. */
void ring_put(uint8_t byte, bool faulty)
{
  uint16_t next = (uint16_t)((head + 1u) & (RING_BYTES - 1u));
  if (faulty || gap || next == tail) {
    gap = true;
    lost_bytes++;
    last_lost = byte;
    return;
  }
  ring[head] = byte;
  head = next;
}

bool ring_take(uint8_t *byte)
{
  uint32_t locked = board_lock();
  bool taken = tail != head;
  if (taken) {
    *byte = ring[tail];
    tail = (uint16_t)((tail + 1u) & (RING_BYTES - 1u));
  }
  board_unlock(locked);
  return taken;
}

bool ring_take_gap(bool *ends_line)
{
  uint32_t locked = board_lock();
  bool taken = gap && tail == head;
  if (taken) {
    gap = false;
    *ends_line = last_lost == '\n';
  }
  board_unlock(locked);
  return taken;
}

uint16_t ring_lost_bytes(void)
{
  uint32_t locked = board_lock();
  uint16_t lost = lost_bytes;
  board_unlock(locked);
  return lost;
}
