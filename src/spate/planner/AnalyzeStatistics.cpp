// describe(), summary() and DataFrame.stat.
#include <arrow/array/array_base.h>
#include <arrow/record_batch.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <map>
#include <random>

#include "spate/operators/KeyEncoder.h"
#include "spate/planner/Analyzer.h"
#include "spate/planner/PlanErrors.h"
#include "spate/types/ArrowValues.h"

namespace spate {
namespace {

using plan::ExpressionPtr;

ExpressionPtr textOf(std::string text) {
  return plan::make(plan::Literal{DataType::stringType(), Datum(std::move(text))});
}
ExpressionPtr numberOf(double number) {
  return plan::make(plan::Literal{DataType::doubleType(), Datum(number)});
}
ExpressionPtr named(ExpressionPtr child, std::string name) {
  return plan::make(plan::Alias{std::move(child), {std::move(name)}});
}

/// "25%" as 0.25.
std::optional<double> fractionOf(const std::string& statistic) {
  if (!statistic.ends_with('%') || statistic.size() == 1) return std::nullopt;
  char* end = nullptr;
  const double percent = std::strtod(statistic.c_str(), &end);
  if (end != statistic.c_str() + statistic.size() - 1) return std::nullopt;
  if (percent < 0 || percent > 100) return std::nullopt;
  return percent / 100;
}

/// What a statistic of a column is; null: no statistic is called so.
ExpressionPtr statisticOf(const std::string& statistic, const ExpressionPtr& column,
                          const DataType& type) {
  const std::string name = lowerCase(statistic);
  // A text that is not a number counts for no mean.
  const ExpressionPtr number =
      type.isNumeric()
          ? column
          : plan::make(plan::Cast{column, DataType::doubleType(), plan::CastMode::kTry});
  if (name == "count" || name == "min" || name == "max" || name == "approx_count_distinct")
    return plan::makeCall(name, {column});
  if (name == "count_distinct") return plan::make(plan::Call{"count", {column}, true});
  if (name == "mean" || name == "stddev") return plan::makeCall(name, {number});
  if (const auto fraction = fractionOf(name)) {
    const bool isDecimal = type.is(TypeKind::kDecimal);
    const ExpressionPtr ranked =
        isDecimal ? plan::make(plan::Cast{column, DataType::doubleType()}) : number;
    return plan::makeCall("percentile_approx", {ranked, numberOf(*fraction)});
  }
  return nullptr;
}

Status unrecognizedStatistic(const std::string& statistic) {
  const std::string quoted = "'" + statistic + "'";
  if (statistic.ends_with('%'))
    return Status::invalidArgument("requirement failed: Percentiles must be in the range [0, 1]");
  return Status::invalidArgument(
             "The statistic " + quoted +
             " is not recognized. Valid statistics include `count`, `count_distinct`, "
             "`approx_count_distinct`, `mean`, `stddev`, `min`, `max`, and percentile values. "
             "Percentile must be a numeric value followed by '%', within the range 0% to 100%.")
      .withErrorClass("UNRECOGNIZED_STATISTIC", "42704", {{"stats", quoted}});
}

/// A value as crosstab names its row and column: null is "null".
ExpressionPtr labelOf(const std::string& column) {
  const auto attribute = plan::makeAttribute({column});
  return plan::makeCall(
      "coalesce", {plan::make(plan::Cast{attribute, DataType::stringType()}), textOf("null")});
}

/// The most frequent values of one column by the algorithm of Karp, Schenker and Papadimitriou, as
/// Spark keeps them: at most `size` candidates, among which all that are more frequent than
/// 1 / size are.
class FrequentItems {
 public:
  explicit FrequentItems(size_t size) : size_(size) {}

  void add(const std::string& key, const Datum& value) {
    const auto found = counts_.find(key);
    if (found != counts_.end()) {
      ++found->second.first;
      return;
    }
    if (counts_.size() < size_) {
      counts_.emplace(key, std::pair(int64_t{1}, value));
      return;
    }
    // The new one and one of each of the others go away together.
    int64_t least = 1;
    for (const auto& [other, entry] : counts_) least = std::min(least, entry.first);
    for (auto entry = counts_.begin(); entry != counts_.end();) {
      entry->second.first -= least;
      entry = entry->second.first <= 0 ? counts_.erase(entry) : std::next(entry);
    }
    if (least < 1) counts_.emplace(key, std::pair(1 - least, value));
  }

  std::vector<Datum> values() const {
    std::vector<Datum> values;
    for (const auto& [key, entry] : counts_) values.push_back(entry.second);
    return values;
  }

 private:
  size_t size_;
  std::map<std::string, std::pair<int64_t, Datum>> counts_;
};

}  // namespace

Result<LogicalNodePtr> Analyzer::operator()(const plan::Describe& node) {
  plan::RelationPtr relation = node.input;
  if (!node.columns.empty()) {
    Expressions chosen;
    for (const std::string& name : node.columns) chosen.push_back(plan::makeAttribute({name}));
    if (node.columns == std::vector<std::string>{"*"}) chosen = {plan::make(plan::Star{})};
    relation = plan::make(plan::Project{relation, chosen});
  }
  SPATE_ASSIGN_OR_FAIL(auto input, analyzeQuery(relation));
  std::vector<std::string> statistics = node.statistics;
  if (statistics.empty()) {
    statistics = {"count", "mean", "stddev", "min", "max"};
    if (node.isSummary) statistics = {"count", "mean", "stddev", "min", "25%", "50%", "75%", "max"};
  }
  // Those that have a mean or at least an order: numbers and texts.
  OutputColumns columns{{nextColumnId(), {"summary", DataType::stringType(), true}}};
  Expressions wanted;
  const auto anything = plan::make(plan::Literal{DataType::integerType(), Datum(1)});
  for (const std::string& statistic : statistics) {
    if (!statisticOf(statistic, anything, DataType::integerType()))
      return failure(unrecognizedStatistic(statistic));
    for (size_t i = 0; i < input->columns.size(); ++i) {
      const StructField& field = input->columns[i].field;
      if (!field.type.isNumeric() && !field.type.isText()) continue;
      const auto column = plan::make(plan::PlacedColumn{static_cast<int>(i), field.name});
      wanted.push_back(plan::make(
          plan::Cast{statisticOf(statistic, column, field.type), DataType::stringType()}));
    }
  }
  for (const OutputColumn& column : input->columns) {
    if (column.field.type.isNumeric() || column.field.type.isText())
      columns.push_back({nextColumnId(), {column.field.name, DataType::stringType(), true}});
  }
  SPATE_ASSIGN_OR_FAIL(const auto totals, aggregateOf(std::move(input), wanted));
  // A row for each statistic, out of the one row with all of them.
  ExpandStep rows;
  size_t next = 0;
  for (const std::string& statistic : statistics) {
    std::vector<BoundExpressionPtr> row{constantOf(Datum(statistic), DataType::stringType())};
    for (size_t i = 1; i < columns.size(); ++i, ++next)
      row.push_back(columnAt(static_cast<int>(next), totals->columns[next].field));
    rows.projections.push_back(std::move(row));
  }
  return makeLogical(std::move(rows), {totals}, std::move(columns));
}

Result<LogicalNodePtr> Analyzer::crosstab(const plan::Statistic& node) {
  const std::string name = node.columns[0] + "_" + node.columns[1];
  plan::Aggregate pivot;
  pivot.input = node.input;
  pivot.kind = plan::GroupKind::kPivot;
  pivot.grouping = {named(labelOf(node.columns[0]), name)};
  pivot.pivotColumn = labelOf(node.columns[1]);
  pivot.aggregates = {plan::makeCall("count", {plan::make(plan::Star{})})};
  const plan::Literal zero{DataType::longType(), Datum(int64_t{0})};
  return analyze(plan::make(plan::FillNa{plan::make(std::move(pivot)), {}, {zero}}));
}

Result<LogicalNodePtr> Analyzer::frequentItems(const plan::Statistic& node) {
  const double support = node.numbers.empty() ? 0.01 : node.numbers[0];
  if (support < 1e-4 || support > 1.0)
    return failure(
        Status::invalidArgument("requirement failed: Support must be in [1e-4, 1], but got " +
                                std::to_string(support) + "."));
  Expressions chosen;
  for (const std::string& name : node.columns) chosen.push_back(plan::makeAttribute({name}));
  SPATE_ASSIGN_OR_FAIL(const auto query,
                       analyzeQuery(plan::make(plan::Project{node.input, chosen})));
  SPATE_ASSIGN_OR_FAIL(const auto batches, runNow(query));
  const auto size = static_cast<size_t>(1 / support);
  Expressions outputs;
  for (size_t i = 0; i < query->columns.size(); ++i) {
    const StructField& field = query->columns[i].field;
    SPATE_FAIL_IF_ERROR(KeyEncoder::check(field.type));
    FrequentItems items(size);
    for (const RecordBatchPtr& batch : batches) {
      const auto column = batch->column(static_cast<int>(i));
      const std::vector<KeyColumn> keys{{column, field.type}};
      for (int64_t row = 0; row < batch->num_rows(); ++row) {
        std::string key;
        KeyEncoder::encode(keys, row, key);
        items.add(key, valueAt(*column, row, field.type));
      }
    }
    outputs.push_back(
        named(plan::make(plan::Literal{DataType::arrayOf(field.type, true), Datum(items.values())}),
              field.name + "_freqItems"));
  }
  return analyze(plan::make(plan::Project{plan::make(plan::OneRow{}), outputs}));
}

Result<LogicalNodePtr> Analyzer::pairStatistic(const plan::Statistic& node) {
  SPATE_ASSIGN_OR_FAIL(const auto input, analyzeQuery(node.input));
  ExpressionBinder binder = binderFor(*input);
  const std::string what = node.kind == "cov" ? "covariance" : "correlation";
  Expressions arguments;
  for (const std::string& name : node.columns) {
    const auto column = plan::makeAttribute({name});
    SPATE_ASSIGN_OR_FAIL(const auto bound, binder.bind(column));
    if (!bound->type().isNumeric())
      return failure(Status::invalidArgument("requirement failed: Currently " + what +
                                             " calculation for columns with dataType " +
                                             bound->type().simpleString() + " not supported."));
    // As Spark, a null counts as 0.
    arguments.push_back(plan::makeCall(
        "coalesce", {plan::make(plan::Cast{column, DataType::doubleType()}), numberOf(0)}));
  }
  const auto value = plan::makeCall(
      "coalesce", {plan::makeCall(node.kind == "cov" ? "covar_samp" : "corr", arguments),
                   numberOf(node.kind == "cov" ? 0.0 : std::nan(""))});
  return aggregateOf(input, {named(value, node.kind)});
}

Result<LogicalNodePtr> Analyzer::approximateQuantiles(const plan::Statistic& node) {
  const double error = node.numbers.back();
  if (error < 0)
    return failure(
        Status::invalidArgument("requirement failed: Relative Error must be non-negative but got " +
                                std::to_string(error)));
  Expressions outputs;
  Expressions probabilities;
  for (size_t i = 0; i + 1 < node.numbers.size(); ++i) {
    if (node.numbers[i] < 0 || node.numbers[i] > 1)
      return failure(Status::invalidArgument(
          "requirement failed: percentile should be in the range [0.0, 1.0]"));
    probabilities.push_back(numberOf(node.numbers[i]));
  }
  // The reciprocal of the error; of none, one that no number of values comes near.
  constexpr double kMost = std::numeric_limits<int32_t>::max();
  const double reciprocal = error > 0 ? std::ceil(1 / error) : kMost;
  const auto accuracy = plan::make(plan::Literal{
      DataType::integerType(), Datum(static_cast<int32_t>(std::min(reciprocal, kMost)))});
  SPATE_ASSIGN_OR_FAIL(const auto input, analyzeQuery(node.input));
  ExpressionBinder binder = binderFor(*input);
  for (const std::string& name : node.columns) {
    const auto column = plan::makeAttribute({name});
    SPATE_ASSIGN_OR_FAIL(const auto bound, binder.bind(column));
    if (!bound->type().isNumeric())
      return failure(
          Status::invalidArgument("requirement failed: Quantile calculation for column " + name +
                                  " with data type " + bound->type().sql() + " is not supported."));
    // As Spark, NaN is no value.
    const auto number = plan::makeCall(
        "nullif", {plan::make(plan::Cast{column, DataType::doubleType()}), numberOf(std::nan(""))});
    const auto quantiles = plan::makeCall(
        "percentile_approx", {number, plan::makeCall("array", probabilities), accuracy});
    const auto none = plan::make(
        plan::Cast{plan::makeCall("array", {}), DataType::arrayOf(DataType::doubleType(), false)});
    outputs.push_back(plan::makeCall("coalesce", {quantiles, none}));
  }
  return aggregateOf(input, {named(plan::makeCall("array", outputs), "approx_quantile")});
}

Result<LogicalNodePtr> Analyzer::sampleBy(const plan::Statistic& node) {
  const auto column = plan::makeAttribute(node.columns);
  std::vector<ExpressionPtr> branches;
  for (const auto& [stratum, fraction] : node.fractions) {
    if (fraction < 0 || fraction > 1)
      return failure(Status::invalidArgument("requirement failed: Fractions must be in [0, 1]"));
    branches.push_back(plan::makeCall("<=>", {column, plan::make(stratum)}));
    branches.push_back(numberOf(fraction));
  }
  branches.push_back(numberOf(0));
  const auto seed = node.seed.value_or(static_cast<int64_t>(std::random_device()()));
  const auto draw =
      plan::makeCall("rand", {plan::make(plan::Literal{DataType::longType(), Datum(seed)})});
  const auto chosen = branches.size() == 1 ? branches[0] : plan::makeCall("when", branches);
  return analyze(plan::make(plan::Filter{node.input, plan::makeCall("<", {draw, chosen})}));
}

Result<LogicalNodePtr> Analyzer::operator()(const plan::Statistic& node) {
  if (node.kind == "crosstab") return crosstab(node);
  if (node.kind == "freqItems") return frequentItems(node);
  if (node.kind == "cov" || node.kind == "corr") return pairStatistic(node);
  if (node.kind == "approxQuantile") return approximateQuantiles(node);
  if (node.kind == "sampleBy") return sampleBy(node);
  if (node.kind == "transpose") return transpose(node);
  return failure(unsupportedHereError("the statistic " + node.kind));
}

}  // namespace spate
