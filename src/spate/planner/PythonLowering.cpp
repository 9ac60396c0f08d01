#include "spate/planner/PythonLowering.h"

#include <arrow/type.h>

#include <algorithm>
#include <map>
#include <string>

#include "spate/operators/python/EvalPython.h"
#include "spate/operators/python/PythonExpression.h"
#include "spate/planner/ExpressionBinder.h"
#include "spate/types/ArrowTypes.h"

namespace spate {
namespace {

/// The rows are given as columns to functions that want them pickled, too.
PythonEvalType runAs(PythonEvalType type) {
  return type == PythonEvalType::kBatched ? PythonEvalType::kArrowBatched : type;
}

bool isIterator(PythonEvalType type) {
  return type == PythonEvalType::kScalarPandasIter || type == PythonEvalType::kScalarArrowIter;
}

/// The call whose result is the only argument of `call`, if one worker can run both in a chain.
const PythonExpression* chained(const PythonExpression& call) {
  if (call.arguments().size() != 1 || !call.arguments()[0].name.empty()) return nullptr;
  const PythonExpression* inner = asPython(*call.arguments()[0].value);
  if (inner == nullptr || isIterator(call.function()->evalType)) return nullptr;
  return runAs(inner->function()->evalType) == runAs(call.function()->evalType) ? inner : nullptr;
}

/// The calls of a plan's step, each behind those whose results it reads.
class Calls {
 public:
  using Level = std::vector<const PythonExpression*>;

  void add(const BoundExpression& expression) { addAll(expression); }
  const std::vector<Level>& levels() const { return levels_; }

 private:
  /// The number of levels that must be evaluated before the expression can be.
  size_t addAll(const BoundExpression& expression) {
    size_t below = 0;
    const PythonExpression* call = asPython(expression);
    if (call == nullptr) {
      for (const auto& child : expression.children()) below = std::max(below, addAll(*child));
      return below;
    }
    const PythonExpression* last = call;
    while (const PythonExpression* inner = chained(*last)) last = inner;
    for (const auto& child : last->children()) below = std::max(below, addAll(*child));
    if (levels_.size() <= below) levels_.resize(below + 1);
    for (size_t level = 0; level < levels_.size(); ++level) {
      for (const PythonExpression* known : levels_[level])
        if (known->resultName() == call->resultName()) return level + 1;
    }
    levels_[below].push_back(call);
    return below + 1;
  }

  std::vector<Level> levels_;
};

PhysicalNodePtr evaluate(const Calls::Level& calls, PhysicalNodePtr child,
                         const std::shared_ptr<PythonFunctions>& functions) {
  EvalPythonOptions options;
  options.task.evalType = runAs(calls[0]->function()->evalType);
  options.functions = functions;
  std::vector<StructField> inputs;
  std::vector<StructField> outputs;
  std::map<std::string, int32_t> columns;
  std::string name;
  for (const PythonExpression* call : calls) {
    PythonTask::Call made;
    const PythonExpression* inner = call;
    made.functions.push_back(inner->function());
    while (const PythonExpression* next = chained(*inner)) {
      inner = next;
      made.functions.insert(made.functions.begin(), inner->function());
    }
    for (const PythonExpression::Argument& argument : inner->arguments()) {
      const auto [place, isNew] = columns.try_emplace(
          fingerprintOf(*argument.value), static_cast<int32_t>(options.arguments.size()));
      if (isNew) {
        inputs.push_back({"_" + std::to_string(inputs.size()), argument.value->type(),
                          argument.value->nullable()});
        options.arguments.push_back(argument.value);
      }
      made.arguments.emplace_back(place->second, argument.name);
    }
    options.task.calls.push_back(std::move(made));
    outputs.push_back({call->resultName(), call->type(), true});
    name += (name.empty() ? "" : ", ") + call->sql();
  }
  options.task.input = DataType::structOf(std::move(inputs));
  options.task.output = DataType::structOf(std::move(outputs));
  arrow::FieldVector fields = child->schema->fields();
  // Types without a column format are refused where a column of them would be made.
  if (const auto results = toArrowSchema(options.task.output))
    fields.insert(fields.end(), (*results)->fields().begin(), (*results)->fields().end());
  options.schema = arrow::schema(std::move(fields));

  auto made = std::make_shared<PhysicalNode>();
  made->name = "ArrowEvalPython [" + name + "]";
  made->schema = options.schema;
  made->children = {std::move(child)};
  made->makeOperator = [options](TaskContext&) -> Result<std::unique_ptr<Operator>> {
    return makeEvalPython(options);
  };
  return made;
}

}  // namespace

PhysicalNodePtr evaluatePython(const std::vector<BoundExpressionPtr>& expressions,
                               PhysicalNodePtr child,
                               const std::shared_ptr<PythonFunctions>& functions) {
  Calls calls;
  for (const BoundExpressionPtr& expression : expressions) {
    if (expression && hasPython(*expression)) calls.add(*expression);
  }
  for (const Calls::Level& level : calls.levels()) {
    Calls::Level left = level;
    while (!left.empty()) {
      // One worker runs functions of one kind; and of those that take iterators, one alone.
      const PythonEvalType type = runAs(left[0]->function()->evalType);
      Calls::Level now;
      Calls::Level later;
      for (const PythonExpression* call : left) {
        const bool fits = runAs(call->function()->evalType) == type;
        (fits && (now.empty() || !isIterator(type)) ? now : later).push_back(call);
      }
      child = evaluate(now, std::move(child), functions);
      left = std::move(later);
    }
  }
  return child;
}

PhysicalNodePtr withoutResults(PhysicalNodePtr node, std::shared_ptr<arrow::Schema> schema) {
  auto made = std::make_shared<PhysicalNode>();
  made->name = "Project";
  made->schema = schema;
  made->children = {std::move(node)};
  made->makeOperator = [schema](TaskContext&) -> Result<std::unique_ptr<Operator>> {
    return makeFirstColumns(schema);
  };
  return made;
}

}  // namespace spate
