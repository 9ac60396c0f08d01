// Variance and its kin.
#include <array>
#include <cmath>
#include <limits>

#include "spate/functions/AggregateColumns.h"
#include "spate/functions/Errors.h"
#include "spate/functions/Families.h"

namespace spate {
namespace {

const double kNan = std::numeric_limits<double>::quiet_NaN();

enum class Moment : uint8_t {
  kVarianceSample,
  kVariancePopulation,
  kDeviationSample,
  kDeviationPopulation,
  kSkewness,
  kKurtosis,
};

/// Count, mean and central moments of one column. Buffer: n, avg, m2, m3, m4, as far as needed.
class MomentAccumulator final : public Accumulator {
 public:
  MomentAccumulator(Moment moment, bool legacy) : moment_(moment), legacy_(legacy) {}

  void resize(size_t groups) override { states_.resize(groups); }

  Status update(EvalContext&, std::span<const arrow::Datum> arguments,
                std::span<const uint32_t> groups) override {
    const Rows<double> rows(arguments[0], DataType::doubleType());
    const bool higher = moments() > 2;
    forEachValue(rows, groups, [&](uint32_t group, double value) {
      State& s = states_[group];
      const double n = s.n + 1;
      const double delta = value - s.mean;
      const double deltaN = delta / n;
      const double mean = s.mean + deltaN;
      const double m2 = s.m2 + delta * (delta - deltaN);
      if (higher) {
        const double delta2 = delta * delta;
        const double deltaN2 = deltaN * deltaN;
        const double m3 = s.m3 - 3.0 * deltaN * m2 + delta * (delta2 - deltaN2);
        s.m4 = s.m4 - 4.0 * deltaN * m3 - 6.0 * deltaN2 * m2 +
               delta * (delta * delta2 - deltaN * deltaN2);
        s.m3 = m3;
      }
      s.m2 = m2;
      s.mean = mean;
      s.n = n;
    });
    return {};
  }

  Status merge(std::span<const ArrayPtr> buffers, std::span<const uint32_t> groups) override {
    std::vector<Rows<double>> columns;
    for (const ArrayPtr& buffer : buffers)
      columns.emplace_back(arrow::Datum(buffer), DataType::doubleType());
    for (size_t i = 0; i < groups.size(); ++i) {
      const auto row = static_cast<int64_t>(i);
      State other{columns[0][row], columns[1][row], columns[2][row], 0, 0};
      if (columns.size() > 3) other.m3 = columns[3][row];
      if (columns.size() > 4) other.m4 = columns[4][row];
      combine(states_[groups[i]], other);
    }
    return {};
  }

  Result<std::vector<ArrayPtr>> buffers() const override {
    constexpr double State::*kParts[] = {&State::n, &State::mean, &State::m2, &State::m3,
                                         &State::m4};
    std::vector<ArrayPtr> columns;
    for (int part = 0; part <= moments(); ++part) {
      std::vector<double> values;
      for (const State& state : states_) values.push_back(state.*kParts[part]);
      SPATE_ASSIGN_OR_FAIL(auto column, groupColumn(values, {}, DataType::doubleType()));
      columns.push_back(std::move(column));
    }
    return columns;
  }

  Result<ArrayPtr> results() const override {
    std::vector<double> values;
    std::vector<uint8_t> present;
    for (const State& state : states_) {
      const bool isSample =
          moment_ == Moment::kVarianceSample || moment_ == Moment::kDeviationSample;
      const bool isShape = moment_ == Moment::kSkewness || moment_ == Moment::kKurtosis;
      // One value has no sample variance, equal ones have no shape: null, or NaN by the legacy
      // rule.
      const bool isUndefined = (isSample && state.n == 1) || (isShape && state.m2 == 0);
      present.push_back(state.n == 0 || (isUndefined && !legacy_) ? 0 : 1);
      values.push_back(result(state));
    }
    return groupColumn(values, present, DataType::doubleType());
  }

  /// The highest moment that is kept.
  static int momentsOf(Moment moment) {
    return moment == Moment::kKurtosis ? 4 : (moment == Moment::kSkewness ? 3 : 2);
  }

 private:
  struct State {
    double n = 0;
    double mean = 0;
    double m2 = 0;
    double m3 = 0;
    double m4 = 0;
  };

  int moments() const { return momentsOf(moment_); }

  static void combine(State& a, const State& b) {
    if (b.n == 0) return;
    const double n = a.n + b.n;
    const double delta = b.mean - a.mean;
    const double deltaN = delta / n;
    const double m2 = a.m2 + b.m2 + delta * deltaN * a.n * b.n;
    const double m3 = a.m3 + b.m3 + deltaN * deltaN * delta * a.n * b.n * (a.n - b.n) +
                      3.0 * deltaN * (a.n * b.m2 - b.n * a.m2);
    const double m4 =
        a.m4 + b.m4 +
        deltaN * deltaN * deltaN * delta * a.n * b.n * (a.n * a.n - a.n * b.n + b.n * b.n) +
        6.0 * deltaN * deltaN * (a.n * a.n * b.m2 + b.n * b.n * a.m2) +
        4.0 * deltaN * (a.n * b.m3 - b.n * a.m3);
    a = {n, a.mean + deltaN * b.n, m2, m3, m4};
  }

  double result(const State& s) const {
    switch (moment_) {
      case Moment::kVarianceSample: return s.n == 1 ? kNan : s.m2 / (s.n - 1);
      case Moment::kVariancePopulation: return s.m2 / s.n;
      case Moment::kDeviationSample: return s.n == 1 ? kNan : std::sqrt(s.m2 / (s.n - 1));
      case Moment::kDeviationPopulation: return std::sqrt(s.m2 / s.n);
      case Moment::kSkewness:
        return s.m2 == 0 ? kNan : std::sqrt(s.n) * s.m3 / std::sqrt(s.m2 * s.m2 * s.m2);
      case Moment::kKurtosis: return s.m2 == 0 ? kNan : s.n * s.m4 / (s.m2 * s.m2) - 3.0;
    }
    return kNan;
  }

  Moment moment_;
  bool legacy_;
  std::vector<State> states_;
};

Moment momentNamed(std::string_view name) {
  if (name == "variance" || name == "var_samp") return Moment::kVarianceSample;
  if (name == "var_pop") return Moment::kVariancePopulation;
  if (name == "stddev_pop") return Moment::kDeviationPopulation;
  if (name == "skewness") return Moment::kSkewness;
  if (name == "kurtosis") return Moment::kKurtosis;
  return Moment::kDeviationSample;
}

Result<BoundAggregate> bindMoment(std::string_view name, std::span<const Argument> arguments,
                                  const SessionSettings& settings) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 1, 1));
  const Moment moment = momentNamed(name);
  const DataType real = DataType::doubleType();
  BoundAggregate bound{.type = real, .argumentTypes = {real}, .buffer = {}, .make = nullptr};
  constexpr std::string_view kNames[] = {"n", "avg", "m2", "m3", "m4"};
  for (int i = 0; i <= MomentAccumulator::momentsOf(moment); ++i) {
    bound.buffer.push_back({std::string(kNames[i]), real, false});
  }
  const bool legacy =
      settings.conf && settings.conf("spark.sql.legacy.statisticalAggregate") == "true";
  bound.make = [moment, legacy](const SessionSettings&) {
    return std::make_unique<MomentAccumulator>(moment, legacy);
  };
  return bound;
}

constexpr std::array<AggregateFunction, 9> kFunctions = {{
    {"kurtosis", bindMoment},
    {"skewness", bindMoment},
    {"std", bindMoment},
    {"stddev", bindMoment},
    {"stddev_pop", bindMoment},
    {"stddev_samp", bindMoment},
    {"var_pop", bindMoment},
    {"var_samp", bindMoment},
    {"variance", bindMoment},
}};

}  // namespace

std::span<const AggregateFunction> momentAggregates() { return kFunctions; }

}  // namespace spate
