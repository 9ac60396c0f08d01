#include "spate/planner/Lowering.h"

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>
#include <chrono>

#include "spate/operators/aggregate/StateAggregate.h"
#include "spate/operators/dedup/StateDeduplicate.h"
#include "spate/operators/limit/StateLimit.h"
#include "spate/operators/window/EventTimeWatermark.h"
#include "spate/planner/ExpressionBinder.h"
#include "spate/planner/PlanErrors.h"
#include "spate/planner/PythonLowering.h"

namespace spate {
namespace {

using Used = std::vector<bool>;

class Lowering {
 public:
  explicit Lowering(const LoweringOptions& options) : options_(options) {}

  Result<PhysicalNodePtr> lower(const LogicalNode& node, const Used& used) {
    return std::visit([&](const auto& step) { return (*this)(step, node, used); }, node.step);
  }

 private:
  using Node = std::shared_ptr<PhysicalNode>;

  static Node unary(std::string name, const OutputColumns& columns, PhysicalNodePtr child,
                    std::function<Result<std::unique_ptr<Operator>>(TaskContext&)> make,
                    Distribution required = {}) {
    auto made = std::make_shared<PhysicalNode>();
    made->name = std::move(name);
    made->schema = arrowSchemaOf(columns);
    made->children = {std::move(child)};
    made->required = std::move(required);
    made->makeOperator = std::move(make);
    return made;
  }

  /// The input, with the results of the Python functions that the expressions have in them.
  Result<PhysicalNodePtr> lowerFor(const std::vector<BoundExpressionPtr>& expressions,
                                   const LogicalNode& input, const Used& used) {
    SPATE_ASSIGN_OR_FAIL(auto child, lower(input, used));
    return evaluatePython(expressions, std::move(child), options_.python);
  }
  /// For steps that pass the columns of their input on.
  static PhysicalNodePtr trimmed(PhysicalNodePtr node, const PhysicalNode& child,
                                 const OutputColumns& columns) {
    if (child.schema->num_fields() <= static_cast<int>(columns.size())) return node;
    return withoutResults(std::move(node), arrowSchemaOf(columns));
  }

  static Used noneOf(const LogicalNode& node) { return Used(node.columns.size(), false); }
  static Used allOf(const LogicalNode& node) { return Used(node.columns.size(), true); }

  static std::string listText(const std::vector<BoundExpressionPtr>& expressions) {
    std::string text;
    for (const auto& expression : expressions)
      text += (text.empty() ? "" : ", ") + expression->sql();
    return "[" + text + "]";
  }

  Result<PhysicalNodePtr> operator()(const BatchScan& scan, const LogicalNode& node,
                                     const Used& used) {
    auto made = std::make_shared<PhysicalNode>();
    made->name = scan.name;
    made->schema = arrowSchemaOf(node.columns);
    made->produce = [produce = scan.produce, used](const RunContext& run) {
      return produce(run, used);
    };
    return made;
  }

  Result<PhysicalNodePtr> operator()(const StreamScan& scan, const LogicalNode& node,
                                     const Used& used) {
    if (!options_.openStream)
      return failure(analysisError(
          "STREAMING_QUERY_NOT_STARTED", "0A000",
          "Queries with streaming sources must be executed with writeStream.start();"));
    auto made = std::make_shared<PhysicalNode>();
    made->name = "MicroBatchScan " + scan.definition.format;
    made->schema = arrowSchemaOf(node.columns);
    made->produce = [open = options_.openStream, scan, used](const RunContext& run) {
      return open(scan, run, used);
    };
    return made;
  }

  Result<PhysicalNodePtr> operator()(const ProjectStep& step, const LogicalNode& node,
                                     const Used& used) {
    const LogicalNode& input = *node.children[0];
    Used below = noneOf(input);
    std::vector<BoundExpressionPtr> expressions;
    for (size_t i = 0; i < step.expressions.size(); ++i) {
      if (!used[i] && step.expressions[i]->isDeterministic()) {
        expressions.push_back(constantOf(Datum(), step.expressions[i]->type()));
        continue;
      }
      markColumns(*step.expressions[i], below);
      expressions.push_back(step.expressions[i]);
    }
    SPATE_ASSIGN_OR_FAIL(auto child, lowerFor(expressions, input, below));
    auto schema = arrowSchemaOf(node.columns);
    return unary("Project " + listText(step.expressions), node.columns, std::move(child),
                 [expressions, schema](TaskContext&) { return makeProject(expressions, schema); });
  }

  Result<PhysicalNodePtr> operator()(const FilterStep& step, const LogicalNode& node,
                                     const Used& used) {
    Used below = used;
    markColumns(*step.condition, below);
    SPATE_ASSIGN_OR_FAIL(auto child, lowerFor({step.condition}, *node.children[0], below));
    Used kept = used;
    kept.resize(std::max(kept.size(), static_cast<size_t>(child->schema->num_fields())), false);
    auto filter = unary(
        "Filter " + step.condition->sql(), node.columns, child,
        [condition = step.condition, kept](TaskContext&) { return makeFilter(condition, kept); });
    filter->schema = child->schema;
    return trimmed(std::move(filter), *child, node.columns);
  }

  Distribution byKeys(size_t count, const OutputColumns& columns) const {
    if (count == 0) return {Distribution::Kind::kSingle};
    Distribution required{Distribution::Kind::kHash, {}, options_.shufflePartitions};
    for (size_t i = 0; i < count; ++i)
      required.keys.push_back(columnAt(static_cast<int>(i), columns[i].field));
    return required;
  }

  Result<PhysicalNodePtr> operator()(const AggregateStepNode& step, const LogicalNode& node,
                                     const Used&) {
    const LogicalNode& input = *node.children[0];
    Used below = noneOf(input);
    std::vector<BoundExpressionPtr> read = step.keys;
    bool hasDistinct = false;
    for (const AggregateCall& call : step.calls) {
      read.insert(read.end(), call.arguments.begin(), call.arguments.end());
      if (call.filter) read.push_back(call.filter);
      hasDistinct = hasDistinct || call.isDistinct;
    }
    for (const auto& expression : read) markColumns(*expression, below);
    const int64_t operatorId = node.isStreaming ? addStateful("stateStoreSave") : 0;
    SPATE_ASSIGN_OR_FAIL(auto child, lowerFor(read, input, below));
    auto schema = arrowSchemaOf(node.columns);
    const std::string name = "HashAggregate(keys=" + listText(step.keys) + ")";
    if (hasDistinct) {
      if (node.isStreaming) return failure(unsupportedHereError("distinct aggregates on streams"));
      Distribution required{Distribution::Kind::kSingle};
      if (!step.keys.empty())
        required = {Distribution::Kind::kHash, step.keys, options_.shufflePartitions};
      return unary(
          name, node.columns, std::move(child),
          [step, schema](TaskContext&) {
            return makeHashAggregate(AggregateStep::kComplete, step.keys, step.calls, schema);
          },
          std::move(required));
    }

    OutputColumns partial(node.columns.begin(),
                          node.columns.begin() + static_cast<std::ptrdiff_t>(step.keys.size()));
    for (const AggregateCall& call : step.calls)
      for (const StructField& field : call.function.buffer) partial.push_back({0, field});
    auto partialSchema = arrowSchemaOf(partial);
    PhysicalNodePtr first =
        unary("Partial" + name, partial, std::move(child), [step, partialSchema](TaskContext&) {
          return makeHashAggregate(AggregateStep::kPartial, step.keys, step.calls, partialSchema);
        });
    std::vector<BoundExpressionPtr> keys;
    for (size_t i = 0; i < step.keys.size(); ++i)
      keys.push_back(columnAt(static_cast<int>(i), partial[i].field));
    Distribution required = byKeys(step.keys.size(), partial);
    if (!node.isStreaming)
      return unary(
          name, node.columns, std::move(first),
          [keys, calls = step.calls, schema](TaskContext&) {
            return makeHashAggregate(AggregateStep::kFinal, keys, calls, schema);
          },
          std::move(required));

    StateAggregateOptions options;
    options.operatorId = operatorId;
    options.calls = step.calls;
    options.isNullableState = options_.isNullableState;
    options.schema = schema;
    for (size_t i = 0; i < step.keys.size(); ++i) {
      options.keyFields.push_back(stateKey(node.columns[i]));
      if (node.columns[i].watermarkDelay && !options.eventTimeKey)
        options.eventTimeKey = static_cast<int>(i);
    }
    // The final aggregation merges what the partitions of the batch have; the state operator merges
    // that into what was kept.
    return unary(
        "StateStoreSave" + name, node.columns, std::move(first),
        [options](TaskContext& task) { return makeStateAggregate(options, task); },
        std::move(required));
  }

  /// A key as the state's schema has it.
  StructField stateKey(const OutputColumn& column) const {
    StructField key = column.field;
    key.nullable = key.nullable || options_.isNullableState;
    if (!column.watermarkDelay) return key;
    key.metadata.pop_back();
    if (key.metadata != "{") key.metadata += ",";
    key.metadata += "\"spark.watermarkDelayMs\":" +
                    std::to_string(*column.watermarkDelay / std::chrono::milliseconds(1)) + "}";
    return key;
  }

  /// To be called before what is below is lowered: the numbers go from the sink to the sources.
  int64_t addStateful(std::string name) {
    const auto id =
        options_.stateful == nullptr ? 0 : static_cast<int64_t>(options_.stateful->size());
    if (options_.stateful != nullptr) options_.stateful->push_back({id, std::move(name)});
    return id;
  }

  Result<PhysicalNodePtr> operator()(const JoinStep& step, const LogicalNode& node,
                                     const Used& used) {
    const LogicalNode& left = *node.children[0];
    const LogicalNode& right = *node.children[1];
    if (left.isStreaming && right.isStreaming)
      return failure(unsupportedHereError("a join of two streams"));
    const size_t leftCount = left.columns.size();
    Used leftUsed = noneOf(left);
    Used rightUsed = noneOf(right);
    Used pairUsed(leftCount + right.columns.size(), false);
    for (size_t i = 0; i < used.size(); ++i) pairUsed[i] = used[i];
    if (step.condition) markColumns(*step.condition, pairUsed);
    for (size_t i = 0; i < pairUsed.size(); ++i) {
      if (!pairUsed[i]) continue;
      if (i < leftCount) {
        leftUsed[i] = true;
      } else {
        rightUsed[i - leftCount] = true;
      }
    }
    for (const auto& key : step.leftKeys) markColumns(*key, leftUsed);
    for (const auto& key : step.rightKeys) markColumns(*key, rightUsed);
    SPATE_ASSIGN_OR_FAIL(auto leftNode, lower(left, leftUsed));
    SPATE_ASSIGN_OR_FAIL(auto rightNode, lower(right, rightUsed));
    HashJoinOptions options;
    options.type = step.type;
    options.leftKeys = step.leftKeys;
    options.rightKeys = step.rightKeys;
    options.nullSafe = step.nullSafe;
    options.condition = step.condition;
    options.isNullAwareAnti = step.isNullAwareAnti;
    options.rightSchema = arrowSchemaOf(right.columns);
    options.schema = arrowSchemaOf(node.columns);
    OutputColumns pairs = left.columns;
    pairs.insert(pairs.end(), right.columns.begin(), right.columns.end());
    options.pairSchema = arrowSchemaOf(pairs);

    auto made = std::make_shared<PhysicalNode>();
    made->schema = options.schema;
    made->children = {std::move(leftNode), std::move(rightNode)};
    // The build side goes to every task, unless its rows without partners are asked for: then each
    // row must be met by one task only.
    const bool wantsRightRows =
        step.type == JoinType::kRightOuter || step.type == JoinType::kFullOuter;
    if (step.leftKeys.empty()) {
      made->name = "BroadcastNestedLoopJoin BuildRight";
    } else {
      made->name = std::string(wantsRightRows ? "ShuffledHashJoin " : "BroadcastHashJoin ") +
                   listText(step.leftKeys) + ", " + listText(step.rightKeys) + ", BuildRight";
    }
    made->buildRequired = {Distribution::Kind::kSingle};
    made->name =
        (step.leftKeys.empty() ? "BroadcastNestedLoopJoin"
         : wantsRightRows      ? "ShuffledHashJoin "
                               : "BroadcastHashJoin ") +
        (step.leftKeys.empty() ? "" : listText(step.leftKeys) + ", " + listText(step.rightKeys));
    if (wantsRightRows) {
      made->required = {Distribution::Kind::kSingle};
      if (!step.leftKeys.empty()) {
        made->required = {Distribution::Kind::kHash, step.leftKeys, options_.shufflePartitions};
        made->buildRequired = {Distribution::Kind::kHash, step.rightKeys,
                               options_.shufflePartitions};
      }
    }
    made->build = [options](std::vector<RecordBatchPtr> rows,
                            const RunContext& run) -> Result<std::shared_ptr<void>> {
      SPATE_ASSIGN_OR_FAIL(auto built, buildSide(options, std::move(rows), run));
      return std::shared_ptr<void>(std::move(built));
    };
    made->makeProbe = [options](
                          TaskContext&,
                          const std::shared_ptr<void>& built) -> Result<std::unique_ptr<Operator>> {
      return makeHashJoin(options, std::static_pointer_cast<BuiltSide>(built));
    };
    return made;
  }

  Result<PhysicalNodePtr> operator()(const SortStep& step, const LogicalNode& node,
                                     const Used& used) {
    return sort(step, -1, node, used);
  }

  Result<PhysicalNodePtr> sort(const SortStep& step, int64_t limit, const LogicalNode& node,
                               const Used& used) {
    Used below = used;
    std::vector<BoundExpressionPtr> read;
    for (const SortKey& key : step.keys) {
      markColumns(*key.expression, below);
      read.push_back(key.expression);
    }
    SPATE_ASSIGN_OR_FAIL(auto child, lowerFor(read, *node.children[0], below));
    const PhysicalNodePtr evaluated = child;
    auto schema = child->schema;
    const auto make = [keys = step.keys, limit, schema](TaskContext&) {
      return makeSort(keys, limit, schema);
    };
    // Sorting what a partition has first leaves less to move when there is a limit.
    if (limit >= 0) child = unary("TakeOrdered", node.columns, std::move(child), make);
    Distribution required;
    if (step.isGlobal) required.kind = Distribution::Kind::kSingle;
    return trimmed(unary("Sort", node.columns, std::move(child), make, required), *evaluated,
                   node.columns);
  }

  Result<PhysicalNodePtr> operator()(const LimitStep& step, const LogicalNode& node,
                                     const Used& used) {
    const LogicalNode& input = *node.children[0];
    const int64_t reach = step.limit < 0 ? -1 : step.limit + step.offset;
    const bool hasState =
        node.isStreaming && step.limit >= 0 && options_.outputMode == OutputMode::kAppend;
    const int64_t operatorId = hasState ? addStateful("globalLimit") : 0;
    PhysicalNodePtr child;
    const auto* sorting = input.as<SortStep>();
    if (sorting != nullptr && reach >= 0) {
      SPATE_ASSIGN_OR_FAIL(child, sort(*sorting, reach, input, used));
    } else {
      SPATE_ASSIGN_OR_FAIL(child, lower(input, used));
    }
    if (hasState)
      return unary("StreamingGlobalLimit " + std::to_string(step.limit), node.columns,
                   std::move(child),
                   [operatorId, limit = step.limit](TaskContext&) {
                     return makeStateLimit(operatorId, limit);
                   },
                   {Distribution::Kind::kSingle});
    if (reach >= 0)
      child = unary("LocalLimit " + std::to_string(reach), node.columns, std::move(child),
                    [reach](TaskContext&) { return makeLimit(reach, 0); });
    return unary("GlobalLimit " + std::to_string(step.limit), node.columns, std::move(child),
                 [step](TaskContext&) { return makeLimit(step.limit, step.offset); },
                 {Distribution::Kind::kSingle});
  }

  Result<PhysicalNodePtr> operator()(const TailStep& step, const LogicalNode& node,
                                     const Used& used) {
    SPATE_ASSIGN_OR_FAIL(auto child, lower(*node.children[0], used));
    auto schema = arrowSchemaOf(node.columns);
    return unary("Tail " + std::to_string(step.limit), node.columns, std::move(child),
                 [step, schema](TaskContext&) { return makeTail(step.limit, schema); },
                 {Distribution::Kind::kSingle});
  }

  Result<PhysicalNodePtr> operator()(const UnionStep&, const LogicalNode& node, const Used& used) {
    auto made = std::make_shared<PhysicalNode>();
    made->name = "Union";
    made->schema = arrowSchemaOf(node.columns);
    made->isUnion = true;
    for (const LogicalNodePtr& input : node.children) {
      SPATE_ASSIGN_OR_FAIL(auto child, lower(*input, used));
      made->children.push_back(std::move(child));
    }
    return made;
  }

  Result<PhysicalNodePtr> operator()(const DeduplicateStep& step, const LogicalNode& node,
                                     const Used& used) {
    const LogicalNode& input = *node.children[0];
    Used below = used;
    std::vector<BoundExpressionPtr> keys;
    for (const int column : step.columns) {
      below[static_cast<size_t>(column)] = true;
      keys.push_back(columnAt(column, input.columns[static_cast<size_t>(column)].field));
    }
    const int64_t operatorId =
        node.isStreaming ? addStateful(step.withinWatermark ? "dedupeWithinWatermark" : "dedupe")
                         : 0;
    SPATE_ASSIGN_OR_FAIL(auto child, lower(input, below));
    Distribution required{Distribution::Kind::kHash, keys, options_.shufflePartitions};
    if (keys.empty()) required = {Distribution::Kind::kSingle};
    if (!node.isStreaming && step.withinWatermark)
      return failure(analysisError("DROP_DUPLICATES_WITHIN_WATERMARK_NOT_SUPPORTED_IN_BATCH",
                                   "0A000",
                                   "dropDuplicatesWithinWatermark is not supported with batch "
                                   "DataFrames/DataSets."));
    if (!node.isStreaming)
      return unary(
          "Deduplicate " + listText(keys), node.columns, std::move(child),
          [keys](TaskContext&) { return makeDeduplicate(keys); }, std::move(required));
    StateDeduplicateOptions options;
    options.operatorId = operatorId;
    options.withinWatermark = step.withinWatermark;
    for (const int column : step.columns) {
      const OutputColumn& key = input.columns[static_cast<size_t>(column)];
      options.keyFields.push_back(stateKey(key));
      options.keyColumns.push_back(column);
      if (key.watermarkDelay && !options.eventTimeKey)
        options.eventTimeKey = static_cast<int>(options.keyFields.size()) - 1;
    }
    for (size_t i = 0; i < input.columns.size(); ++i) {
      if (!input.columns[i].watermarkDelay) continue;
      options.eventTimeColumn = static_cast<int>(i);
      options.eventTimeType = input.columns[i].field.type;
      options.delay = *input.columns[i].watermarkDelay;
    }
    if (step.withinWatermark && !options.eventTimeColumn)
      return failure(analysisError("_LEGACY_ERROR_TEMP_3102", "",
                                   "dropDuplicatesWithinWatermark is not supported on streaming "
                                   "DataFrames/DataSets without watermark"));
    return unary(
        "StateDeduplicate " + listText(keys), node.columns, std::move(child),
        [options](TaskContext& task) { return makeStateDeduplicate(options, task); },
        std::move(required));
  }

  Result<PhysicalNodePtr> operator()(const GenerateStep& step, const LogicalNode& node,
                                     const Used& used) {
    const LogicalNode& input = *node.children[0];
    const Used kept(used.begin(), used.begin() + static_cast<std::ptrdiff_t>(input.columns.size()));
    Used below = kept;
    for (const auto& argument : step.arguments) markColumns(*argument, below);
    SPATE_ASSIGN_OR_FAIL(auto child, lowerFor(step.arguments, input, below));
    auto schema = arrowSchemaOf(node.columns);
    return unary("Generate " + listText(step.arguments), node.columns, std::move(child),
                 [step, kept, schema](TaskContext&) {
                   return makeGenerate(step.generator, step.arguments, step.isOuter, kept, schema);
                 });
  }

  Result<PhysicalNodePtr> operator()(const ExpandStep& step, const LogicalNode& node, const Used&) {
    const LogicalNode& input = *node.children[0];
    Used below = noneOf(input);
    std::vector<BoundExpressionPtr> read;
    for (const auto& projection : step.projections)
      read.insert(read.end(), projection.begin(), projection.end());
    for (const auto& expression : read) markColumns(*expression, below);
    SPATE_ASSIGN_OR_FAIL(auto child, lowerFor(read, input, below));
    auto schema = arrowSchemaOf(node.columns);
    return unary("Expand", node.columns, std::move(child),
                 [step, schema](TaskContext&) { return makeExpand(step.projections, schema); });
  }

  Result<PhysicalNodePtr> operator()(const SampleStep& step, const LogicalNode& node,
                                     const Used& used) {
    SPATE_ASSIGN_OR_FAIL(auto child, lower(*node.children[0], used));
    return unary("Sample", node.columns, std::move(child), [step](TaskContext& task) {
      return makeSample(step.lower, step.upper, step.withReplacement, step.seed, task.partition());
    });
  }

  Result<PhysicalNodePtr> operator()(const RepartitionStep& step, const LogicalNode& node,
                                     const Used& used) {
    Used below = used;
    for (const auto& key : step.distribution.keys) markColumns(*key, below);
    SPATE_ASSIGN_OR_FAIL(auto child, lowerFor(step.distribution.keys, *node.children[0], below));
    return trimmed(unary(step.text, node.columns, child, nullptr, step.distribution), *child,
                   node.columns);
  }

  Result<PhysicalNodePtr> operator()(const CollectMetricsStep& step, const LogicalNode& node,
                                     const Used& used) {
    if (!options_.observed) return lower(*node.children[0], used);
    Used below = used;
    for (const AggregateCall& call : step.definition->calls) {
      for (const auto& argument : call.arguments) markColumns(*argument, below);
      if (call.filter) markColumns(*call.filter, below);
    }
    SPATE_ASSIGN_OR_FAIL(auto child, lower(*node.children[0], below));
    options_.observed->define(step.definition);
    return unary("CollectMetrics " + step.definition->name, node.columns, std::move(child),
                 [definition = step.definition, observed = options_.observed](TaskContext&) {
                   return makeCollectMetrics(definition, observed);
                 });
  }

  Result<PhysicalNodePtr> operator()(const WatermarkStep& step, const LogicalNode& node,
                                     const Used& used) {
    Used below = used;
    below[static_cast<size_t>(step.column)] = true;
    SPATE_ASSIGN_OR_FAIL(auto child, lower(*node.children[0], below));
    if (!node.isStreaming) return child;
    const DataType type = node.columns[static_cast<size_t>(step.column)].field.type;
    return unary("EventTimeWatermark", node.columns, std::move(child),
                 [step, type, number = watermarks_++](TaskContext&) {
                   return makeEventTimeWatermark(number, step.column, type, step.delay);
                 });
  }

  Result<PhysicalNodePtr> operator()(const WindowStep& step, const LogicalNode& node,
                                     const Used& used) {
    const LogicalNode& input = *node.children[0];
    const size_t inputs = input.columns.size();
    Used below(used.begin(), used.begin() + static_cast<std::ptrdiff_t>(inputs));
    const auto mark = [&](const BoundExpressionPtr& expression) {
      if (expression) markColumns(*expression, below);
    };
    for (const auto& key : step.partitionBy) mark(key);
    for (const SortKey& key : step.orderBy) mark(key.expression);
    for (const WindowCall& call : step.calls) {
      mark(call.value);
      mark(call.fallback);
      mark(call.frame.lower.bound);
      mark(call.frame.upper.bound);
      if (!call.aggregate) continue;
      for (const auto& argument : call.aggregate->arguments) mark(argument);
      mark(call.aggregate->filter);
    }
    SPATE_ASSIGN_OR_FAIL(auto child, lower(input, below));
    Distribution required{Distribution::Kind::kSingle};
    if (!step.partitionBy.empty())
      required = {Distribution::Kind::kHash, step.partitionBy, options_.shufflePartitions};
    return unary(
        "Window " + listText(step.partitionBy), node.columns, std::move(child),
        [step, inputSchema = arrowSchemaOf(input.columns),
         schema = arrowSchemaOf(node.columns)](TaskContext&) {
          return makeWindowFunctions(step.partitionBy, step.orderBy, step.calls, inputSchema,
                                     schema);
        },
        std::move(required));
  }

  Result<PhysicalNodePtr> operator()(const PythonMapStep& step, const LogicalNode& node,
                                     const Used&) {
    const LogicalNode& input = *node.children[0];
    SPATE_ASSIGN_OR_FAIL(auto child, lower(input, allOf(input)));
    return mapPython(step.function, structOf(input.columns), std::move(child), options_.python);
  }

  Result<PhysicalNodePtr> operator()(const PythonGroupsStep& step, const LogicalNode& node,
                                     const Used&) {
    std::vector<PhysicalNodePtr> children;
    std::vector<DataType> rows;
    for (const LogicalNodePtr& input : node.children) {
      SPATE_ASSIGN_OR_FAIL(auto child, lower(*input, allOf(*input)));
      children.push_back(std::move(child));
      rows.push_back(structOf(input->columns));
    }
    return groupsPython(step, rows, std::move(children), options_.shufflePartitions,
                        options_.python);
  }

  Result<PhysicalNodePtr> operator()(const PythonAggregateStep& step, const LogicalNode& node,
                                     const Used&) {
    const LogicalNode& input = *node.children[0];
    if (node.isStreaming)
      return failure(unsupportedHereError("aggregate functions in Python on streams"));
    SPATE_ASSIGN_OR_FAIL(auto child, lower(input, allOf(input)));
    return aggregatePython(step, structOf(input.columns), arrowSchemaOf(node.columns),
                           std::move(child), options_.shufflePartitions, options_.python);
  }

  const LoweringOptions& options_;
  int watermarks_ = 0;
};

}  // namespace

Result<PhysicalNodePtr> lower(const LogicalNodePtr& plan, const LoweringOptions& options) {
  return Lowering(options).lower(*plan, Used(plan->columns.size(), true));
}

}  // namespace spate
