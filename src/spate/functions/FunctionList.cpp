#include <algorithm>
#include <string>

#include "spate/functions/Families.h"
#include "spate/functions/PairFamilies.h"
#include "spate/functions/SketchFamilies.h"
#include "spate/functions/VariantFamilies.h"
#include "spate/functions/XmlFamilies.h"

namespace spate {
namespace {

template <class Function>
struct SortedList {
  std::vector<Function> functions;

  explicit SortedList(std::initializer_list<std::span<const Function>> families) {
    for (const auto& family : families)
      functions.insert(functions.end(), family.begin(), family.end());
    std::ranges::sort(functions, {}, &Function::name);
  }

  const Function* find(std::string_view name) const {
    std::string lower(name);
    for (char& c : lower) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    const auto at =
        std::ranges::lower_bound(functions, std::string_view(lower), {}, &Function::name);
    return at != functions.end() && at->name == lower ? &*at : nullptr;
  }
};

const SortedList<ScalarFunction>& scalars() {
  static const SortedList<ScalarFunction> list{
      arithmeticFunctions(), bitwiseFunctions(),    booleanFunctions(),     castFunctions(),
      collectionFunctions(), comparisonFunctions(), conditionalFunctions(), csvFunctions(),
      datetimeFunctions(),   hashFunctions(),       jsonFunctions(),        lambdaFunctions(),
      mapFunctions(),        mathFunctions(),       randomFunctions(),      roundingFunctions(),
      sessionFunctions(),    stringFunctions(),     structFunctions(),      urlFunctions(),
      windowTimeFunctions(), kllFunctions(),        variantFunctions(),     xmlFunctions(),
      xpathFunctions()};
  return list;
}

const SortedList<AggregateFunction>& aggregates() {
  static const SortedList<AggregateFunction> list{
      bitAggregates(),    collectAggregates(), countAggregates(), extremeAggregates(),
      momentAggregates(), orderAggregates(),   pairAggregates(),  sumAggregates(),
      kllAggregates(),    variantAggregates()};
  return list;
}

const SortedList<GeneratorFunction>& generators() {
  static const SortedList<GeneratorFunction> list{generatorFunctions()};
  return list;
}

}  // namespace

const ScalarFunction* findScalarFunction(std::string_view name) { return scalars().find(name); }
const AggregateFunction* findAggregateFunction(std::string_view name) {
  return aggregates().find(name);
}
const GeneratorFunction* findGeneratorFunction(std::string_view name) {
  return generators().find(name);
}

std::vector<std::string_view> functionNames() {
  std::vector<std::string_view> names;
  for (const auto& function : scalars().functions) names.push_back(function.name);
  for (const auto& function : aggregates().functions) names.push_back(function.name);
  for (const auto& function : generators().functions) names.push_back(function.name);
  std::ranges::sort(names);
  return names;
}

}  // namespace spate
