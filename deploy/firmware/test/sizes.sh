#!/bin/sh
# SPDX-License-Identifier: MIT
#
#   sizes.sh BUILD check|write
#
# The table of sizes in docs/firmware.md, from what is in BUILD and in the examples' build. `check` fails where a figure on the
# page is off by more than 2 % and 8 bytes, so that a later compiler of the same Debian may pass.
set -eu
cd "$(dirname "$0")/.."
build=$1
page=../../docs/firmware.md
begin='<!-- generated: firmware sizes; do not edit, written by make -C deploy/firmware size-write -->'
end='<!-- /firmware sizes -->'

# row NAME TOOLS WITH [WITHOUT]
row() {
  "$2size" "$3" ${4:+"$4"} | awk -v name="$1" '
    NR == 2 { text = $1; data = $2; bss = $3 }
    NR == 3 { text -= $1; data -= $2; bss -= $3 }
    END { printf "| %s | %d | %d | %d | %d | %d |\n", name, text, data, bss, text + data, data + bss }'
}

library() {
  for sizes in 'default:defaults' 'window:window 2, 96 bytes of replies' 'plain:defaults without checksums' \
    'job:defaults and `rrpc_job`'; do
    row "library, $1: ${sizes#*:}" "$2" "$build/size-$3-${sizes%%:*}.elf" "$build/size-$3-without.elf"
  done
}

table() {
  echo '| what | text | data | bss | flash | RAM |'
  echo '|---|---|---|---|---|---|'
  library ATmega328P avr- avr
  library Cortex-M3 arm-none-eabi- arm
  library RV32IMAC riscv64-unknown-elf- riscv
  example=examples/bare-metal/build
  row '`examples/bare-metal`, atmega328p' avr- $example/atmega328p.elf
  row '`examples/bare-metal`, stm32f1' arm-none-eabi- $example/stm32f1.elf
  row '`examples/bare-metal`, fe310' riscv64-unknown-elf- $example/fe310.elf
  row '`examples/rrpc_board`, Arduino Uno' avr- "$build/rrpc_board.elf"
}

table >"$build/sizes"
cat "$build/sizes"
case $2 in
  check)
    awk -v begin="$begin" -v end="$end" '$0 == begin { on = 1; next } $0 == end { on = 0 } on && /^\|/' $page |
      awk -F' *\\| *' '
        NR == FNR { is[$2] = $0; rows++; next }
        { rows--; split(is[$2], fields, / *\| */)
          for (i = 3; i <= 7; i++) {
            off = fields[i] - $i; if (off < 0) off = -off
            if (!($2 in is) || (off > 8 && off > 0.02 * $i)) { print "docs/firmware.md says: " $0; exit wrong = 1 }
          } }
        END { if (wrong || rows != 0) { print "sizes differ: make -C deploy/firmware size-write"; exit 1 } }' "$build/sizes" - >&2 ;;
  write)
    awk -v begin="$begin" -v end="$end" -v table="$build/sizes" '
      $0 == end { on = 0 }
      !on
      $0 == begin { on = 1; print ""; while ((getline row < table) > 0) print row; print "" }' $page >"$build/page"
    cp "$build/page" $page ;;
  *) sed -n '4,7s/^# //p' "$0" >&2; exit 64 ;;
esac
