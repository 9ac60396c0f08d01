#include <map>

#include "spate/plan/PlanText.h"
#include "spate/sql/Parser.h"

// GROUP BY with ROLLUP, CUBE and GROUPING SETS.

namespace spate::sql {

using plan::ExpressionPtr;
using plan::GroupKind;

namespace {

/// So many sets of grouping columns are computed from one another; a cube of twelve columns.
constexpr size_t kMaxGroupingSets = 4096;

void appendUnique(const std::vector<ExpressionPtr>& from, std::vector<ExpressionPtr>& to,
                  std::map<std::string, bool>& seen) {
  for (const ExpressionPtr& expression : from) {
    if (seen.emplace(plan::toText(*expression), true).second) to.push_back(expression);
  }
}

}  // namespace

void Parser::groupBy(plan::Aggregate& aggregate) {
  std::vector<GroupingElement> elements;
  bool onlyColumns = true;
  do {
    elements.push_back(groupingElement());
    onlyColumns = onlyColumns && elements.back().sets.empty();
  } while (accept(","));
  combineGroupings(aggregate, elements);
  if (!onlyColumns) return;
  if (accept({"WITH", "ROLLUP"})) {
    aggregate.kind = GroupKind::kRollup;
  } else if (accept({"WITH", "CUBE"})) {
    aggregate.kind = GroupKind::kCube;
  } else if (accept({"GROUPING", "SETS"})) {
    aggregate.kind = GroupKind::kGroupingSets;
    aggregate.groupingSets = groupingSets();
  }
}

/// A plain expression leaves `sets` empty.
Parser::GroupingElement Parser::groupingElement() {
  GroupingElement element;
  if (accept({"GROUPING", "SETS", "("})) {
    do {
      if ((atAny({"ROLLUP", "CUBE"}) && is(peek(1), "(")) ||
          atSequence({"GROUPING", "SETS", "("})) {
        const Nesting nesting(*this);
        GroupingElement inner = failed() ? GroupingElement() : groupingElement();
        element.sets.insert(element.sets.end(), inner.sets.begin(), inner.sets.end());
      } else {
        element.sets.push_back(groupingSet());
      }
    } while (accept(","));
    expect(")");
    element.kind = GroupKind::kGroupingSets;
    return element;
  }
  if (!atAny({"ROLLUP", "CUBE"}) || !is(peek(1), "(")) {
    element.columns = {expression()};
    return element;
  }
  const bool isRollup = at("ROLLUP");
  advance();
  const std::vector<Expressions> groups = groupingSets();
  bool areSingle = true;
  for (const Expressions& group : groups) {
    areSingle = areSingle && group.size() == 1;
    element.columns.insert(element.columns.end(), group.begin(), group.end());
  }
  if (areSingle) element.kind = isRollup ? GroupKind::kRollup : GroupKind::kCube;
  const size_t count =
      isRollup ? groups.size() + 1 : size_t{1} << std::min<size_t>(groups.size(), 20);
  if (count > kMaxGroupingSets) {
    if (!areSingle) failTooComplex();
    return element;
  }
  for (size_t set = 0; set < count; ++set) {
    Expressions columns;
    for (size_t i = 0; i < groups.size(); ++i) {
      // The first set has all groups, the last none.
      const bool isIn =
          isRollup ? i + set < groups.size() : !((set >> (groups.size() - 1 - i)) & 1);
      if (isIn) columns.insert(columns.end(), groups[i].begin(), groups[i].end());
    }
    element.sets.push_back(std::move(columns));
  }
  return element;
}

std::vector<Parser::Expressions> Parser::groupingSets() {
  std::vector<Expressions> sets;
  expect("(");
  do {
    sets.push_back(groupingSet());
  } while (accept(","));
  expect(")");
  return sets;
}

/// (a, b), () or a.
Parser::Expressions Parser::groupingSet() {
  const bool isList = at("(") && [this] {
    const Token& behind = behindBracket(at_);
    return is(behind, ",") || is(behind, ")");
  }();
  if (!isList) return {expression()};
  if (accept({"(", ")"})) return {};
  return parenthesizedExpressions();
}

/// GROUP BY a, ROLLUP(b, c) groups by every combination of the elements' sets.
void Parser::combineGroupings(plan::Aggregate& aggregate,
                              const std::vector<GroupingElement>& elements) {
  if (failed()) return;
  const bool isSimple =
      elements.size() == 1 && elements[0].kind && *elements[0].kind != GroupKind::kGroupingSets;
  if (isSimple) {
    aggregate.kind = *elements[0].kind;
    aggregate.grouping = elements[0].columns;
    return;
  }
  bool onlyColumns = true;
  for (const GroupingElement& element : elements) {
    const bool isColumn = element.sets.empty() && !element.kind;
    onlyColumns = onlyColumns && isColumn;
  }
  if (onlyColumns) {
    for (const GroupingElement& element : elements) {
      aggregate.grouping.insert(aggregate.grouping.end(), element.columns.begin(),
                                element.columns.end());
    }
    return;
  }
  std::vector<Expressions> sets = {{}};
  for (const GroupingElement& element : elements) {
    const std::vector<Expressions> factors = element.kind || !element.sets.empty()
                                                 ? element.sets
                                                 : std::vector<Expressions>(1, element.columns);
    if (factors.empty() || sets.size() * factors.size() > kMaxGroupingSets) return failTooComplex();
    std::vector<Expressions> product;
    for (const Expressions& set : sets) {
      for (const Expressions& factor : factors) {
        product.push_back(set);
        product.back().insert(product.back().end(), factor.begin(), factor.end());
      }
    }
    sets = std::move(product);
  }
  std::map<std::string, bool> seen;
  for (Expressions& set : sets) {
    appendUnique(set, aggregate.grouping, seen);
    std::map<std::string, bool> seenInSet;
    Expressions unique;
    appendUnique(set, unique, seenInSet);
    set = std::move(unique);
  }
  aggregate.kind = GroupKind::kGroupingSets;
  aggregate.groupingSets = std::move(sets);
}

}  // namespace spate::sql
