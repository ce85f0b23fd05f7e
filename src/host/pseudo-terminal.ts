/** By the majors that Linux has for their tty ends (devices.txt: 136 to 143). */
export function isPseudoTerminal(rdev: number): boolean {
  const major = (rdev >> 8) & 0xfff;
  return major >= 136 && major <= 143;
}
