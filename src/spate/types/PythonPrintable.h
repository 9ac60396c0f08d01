#pragma once

namespace spate {

/// Whether Python's str.isprintable() holds for a code point, so that repr shows it as it is
/// (Unicode 14, as in Python 3.11).
bool isPythonPrintable(char32_t codePoint);

}  // namespace spate
