#pragma once

namespace spate {

// The compiler's 128-bit integers, named once without a warning of -Wpedantic.
__extension__ using Int128 = __int128;
__extension__ using UInt128 = unsigned __int128;

}  // namespace spate
