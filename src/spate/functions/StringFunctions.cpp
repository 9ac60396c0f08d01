#include <vector>

#include "spate/functions/Families.h"
#include "spate/functions/StringFamilies.h"

namespace spate {

std::span<const ScalarFunction> stringFunctions() {
  static const std::vector<ScalarFunction> functions = [] {
    std::vector<ScalarFunction> all;
    for (const auto part : {textShapeFunctions(), textSearchFunctions(), regexFunctions(),
                            textCodeFunctions(), textFormatFunctions()})
      all.insert(all.end(), part.begin(), part.end());
    return all;
  }();
  return functions;
}

}  // namespace spate
