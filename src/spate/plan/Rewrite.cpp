#include "spate/plan/Rewrite.h"

namespace spate::plan {
namespace {

using Replace = std::function<ExpressionPtr(const ExpressionPtr&)>;

void rewriteAll(std::vector<ExpressionPtr>& expressions, const Replace& replace) {
  for (ExpressionPtr& expression : expressions) expression = rewrite(expression, replace);
}

/// Rewrites the children of a node, which is a copy.
struct Children {
  const Replace& replace;

  void one(ExpressionPtr& child) const {
    if (child) child = rewrite(child, replace);
  }
  void operator()(Call& call) const {
    rewriteAll(call.arguments, replace);
    one(call.filter);
  }
  void operator()(NamedArgument& argument) const { one(argument.value); }
  void operator()(Cast& cast) const { one(cast.child); }
  void operator()(Alias& alias) const { one(alias.child); }
  void operator()(SortOrder& order) const { one(order.child); }
  void operator()(Window& window) const {
    one(window.function);
    rewriteAll(window.partitionBy, replace);
    rewriteAll(window.orderBy, replace);
  }
  void operator()(Lambda& lambda) const { one(lambda.body); }
  void operator()(ExtractValue& extract) const {
    one(extract.child);
    one(extract.extraction);
  }
  void operator()(UpdateField& update) const {
    one(update.structure);
    one(update.value);
  }
  void operator()(PythonCall& call) const { rewriteAll(call.arguments, replace); }
  void operator()(Subquery& subquery) const { rewriteAll(subquery.values, replace); }
  template <class Leaf>
  void operator()(Leaf&) const {}
};

}  // namespace

ExpressionPtr rewrite(const ExpressionPtr& expression, const Replace& replace) {
  if (ExpressionPtr replaced = replace(expression)) return replaced;
  Expression::Node node = expression->node;
  std::visit(Children{replace}, node);
  return make(std::move(node));
}

bool contains(const ExpressionPtr& expression,
              const std::function<bool(const Expression&)>& matches) {
  bool found = false;
  rewrite(expression, [&](const ExpressionPtr& part) -> ExpressionPtr {
    found = found || matches(*part);
    return found ? part : nullptr;
  });
  return found;
}

}  // namespace spate::plan
