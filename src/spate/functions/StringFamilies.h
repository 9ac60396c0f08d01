#pragma once

#include <span>

#include "spate/functions/Function.h"

/// The parts of the string family, one file each; StringFunctions.cpp joins them.
namespace spate {

/// Pieces and forms of a text: substring, trim, lpad, upper ...
std::span<const ScalarFunction> textShapeFunctions();
/// Where a text stands in another: instr, contains, split_part, levenshtein ...
std::span<const ScalarFunction> textSearchFunctions();
/// like, rlike, regexp_replace, split ...
std::span<const ScalarFunction> regexFunctions();
/// base64, encode, chr, soundex ...
std::span<const ScalarFunction> textCodeFunctions();
/// concat_ws, format_string, format_number, elt ...
std::span<const ScalarFunction> textFormatFunctions();

}  // namespace spate
