#include "spate/types/Datum.h"

namespace spate {

std::string bigEndianBytes(Int128 value) {
  std::string bytes;
  int shift = 120;
  // Leading bytes that only repeat the sign of the next one are left out.
  while (shift > 0 && (value >> (shift - 1)) == (value < 0 ? -1 : 0)) shift -= 8;
  for (; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift);
  return bytes;
}

Int128 fromBigEndianBytes(std::string_view bytes) {
  UInt128 value = (static_cast<unsigned char>(bytes[0]) & 0x80) != 0 ? ~UInt128{0} : UInt128{0};
  for (const char c : bytes) value = (value << 8) | static_cast<unsigned char>(c);
  return static_cast<Int128>(value);
}

}  // namespace spate
