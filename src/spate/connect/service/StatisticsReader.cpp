#include <spark/connect/expressions.pb.h>
#include <spark/connect/relations.pb.h>

#include <utility>

#include "spate/connect/ErrorDetails.h"
#include "spate/connect/service/PlanReader.h"
#include "spate/connect/service/ProtoLiterals.h"

namespace spate::connect {

namespace sc = ::spark::connect;
using plan::ExpressionPtr;
using plan::RelationPtr;
using Node = plan::Relation::Node;

namespace {

std::vector<std::string> texts(const google::protobuf::RepeatedPtrField<std::string>& values) {
  return {values.begin(), values.end()};
}

}  // namespace

Result<Node> PlanReader::fillNa(const sc::NAFill& message) {
  plan::FillNa fill;
  SPATE_ASSIGN_OR_FAIL(fill.input, relation(message.input()));
  fill.columns = texts(message.cols());
  for (const sc::Expression_Literal& value : message.values()) {
    SPATE_ASSIGN_OR_FAIL(plan::Literal literal, literalFromProto(value));
    fill.values.push_back(std::move(literal));
  }
  if (fill.values.empty()) return failure(invalidPlan("values must contain at least 1 item"));
  if (fill.values.size() > 1 && fill.values.size() != fill.columns.size()) {
    return failure(
        invalidPlan("When values contains more than 1 items, values and cols should "
                    "have the same length"));
  }
  return fill;
}

Result<Node> PlanReader::replaceNa(const sc::NAReplace& message) {
  plan::ReplaceNa replace;
  SPATE_ASSIGN_OR_FAIL(replace.input, relation(message.input()));
  replace.columns = texts(message.cols());
  for (const sc::NAReplace_Replacement& one : message.replacements()) {
    SPATE_ASSIGN_OR_FAIL(plan::Literal from, literalFromProto(one.old_value()));
    SPATE_ASSIGN_OR_FAIL(plan::Literal to, literalFromProto(one.new_value()));
    replace.replacements.emplace_back(std::move(from), std::move(to));
  }
  return replace;
}

Result<std::optional<Node>> PlanReader::statisticsNode(const sc::Relation& message) {
  plan::Statistic statistic;
  switch (message.rel_type_case()) {
    case sc::Relation::kFillNa: return fillNa(message.fill_na());
    case sc::Relation::kReplace: return replaceNa(message.replace());
    case sc::Relation::kDropNa: {
      plan::DropNa drop;
      SPATE_ASSIGN_OR_FAIL(drop.input, relation(message.drop_na().input()));
      drop.columns = texts(message.drop_na().cols());
      if (message.drop_na().has_min_non_nulls()) {
        drop.minNonNulls = message.drop_na().min_non_nulls();
      }
      return drop;
    }
    case sc::Relation::kDescribe: {
      SPATE_ASSIGN_OR_FAIL(RelationPtr input, relation(message.describe().input()));
      return plan::Describe{std::move(input), texts(message.describe().cols()), false, {}};
    }
    case sc::Relation::kSummary: {
      SPATE_ASSIGN_OR_FAIL(RelationPtr input, relation(message.summary().input()));
      return plan::Describe{std::move(input), {}, true, texts(message.summary().statistics())};
    }
    case sc::Relation::kCrosstab: {
      SPATE_ASSIGN_OR_FAIL(statistic.input, relation(message.crosstab().input()));
      statistic.kind = "crosstab";
      statistic.columns = {message.crosstab().col1(), message.crosstab().col2()};
      return statistic;
    }
    case sc::Relation::kCov: {
      SPATE_ASSIGN_OR_FAIL(statistic.input, relation(message.cov().input()));
      statistic.kind = "cov";
      statistic.columns = {message.cov().col1(), message.cov().col2()};
      return statistic;
    }
    case sc::Relation::kCorr: {
      if (message.corr().has_method() && message.corr().method() != "pearson") {
        return failure(Status::invalidArgument(
            "requirement failed: Currently only the calculation of the Pearson Correlation "
            "coefficient is supported."));
      }
      SPATE_ASSIGN_OR_FAIL(statistic.input, relation(message.corr().input()));
      statistic.kind = "corr";
      statistic.columns = {message.corr().col1(), message.corr().col2()};
      return statistic;
    }
    case sc::Relation::kApproxQuantile: {
      const sc::StatApproxQuantile& quantile = message.approx_quantile();
      SPATE_ASSIGN_OR_FAIL(statistic.input, relation(quantile.input()));
      statistic.kind = "approxQuantile";
      statistic.columns = texts(quantile.cols());
      // The relative error stands behind the probabilities.
      statistic.numbers = {quantile.probabilities().begin(), quantile.probabilities().end()};
      statistic.numbers.push_back(quantile.relative_error());
      return statistic;
    }
    case sc::Relation::kFreqItems: {
      const sc::StatFreqItems& items = message.freq_items();
      SPATE_ASSIGN_OR_FAIL(statistic.input, relation(items.input()));
      statistic.kind = "freqItems";
      statistic.columns = texts(items.cols());
      statistic.numbers = {items.has_support() ? items.support() : 0.01};
      return statistic;
    }
    case sc::Relation::kSampleBy: {
      const sc::StatSampleBy& sample = message.sample_by();
      SPATE_ASSIGN_OR_FAIL(statistic.input, relation(sample.input()));
      statistic.kind = "sampleBy";
      SPATE_ASSIGN_OR_FAIL(const ExpressionPtr column, expression(sample.col()));
      const auto* attribute = column->as<plan::Attribute>();
      if (attribute == nullptr || attribute->nameParts.size() != 1) {
        return failure(unsupportedFeature("sampleBy of anything but a column"));
      }
      statistic.columns = attribute->nameParts;
      for (const sc::StatSampleBy_Fraction& fraction : sample.fractions()) {
        SPATE_ASSIGN_OR_FAIL(plan::Literal stratum, literalFromProto(fraction.stratum()));
        statistic.fractions.emplace_back(std::move(stratum), fraction.fraction());
      }
      if (sample.has_seed()) statistic.seed = sample.seed();
      return statistic;
    }
    case sc::Relation::kTranspose: {
      const sc::Transpose& transpose = message.transpose();
      SPATE_ASSIGN_OR_FAIL(statistic.input, relation(transpose.input()));
      statistic.kind = "transpose";
      if (transpose.index_columns_size() > 0) {
        SPATE_ASSIGN_OR_FAIL(const ExpressionPtr column, expression(transpose.index_columns(0)));
        const auto* attribute = column->as<plan::Attribute>();
        if (attribute != nullptr) statistic.columns = attribute->nameParts;
        // What is no column is refused with the words of the planner.
        if (attribute == nullptr) statistic.numbers = {1};
      }
      return statistic;
    }
    default: return std::nullopt;
  }
}

}  // namespace spate::connect
