// rand, randn, uniform, randstr: Spark's XORShiftRandom, so that a seed gives Spark's numbers.
#include <arrow/array/array_base.h>
#include <arrow/datum.h>
#include <arrow/type.h>

#include <array>
#include <cmath>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <type_traits>
#include <variant>

#include "spate/functions/Errors.h"
#include "spate/functions/Families.h"
#include "spate/types/Columns.h"

namespace spate {
namespace {

uint32_t rotateLeft(uint32_t value, int by) { return (value << by) | (value >> (32 - by)); }

/// Scala's MurmurHash3.bytesHash over 8 bytes: XORShiftRandom scrambles its seed with it.
uint32_t murmurOfEightBytes(uint64_t bigEndian, uint32_t seed) {
  uint32_t hash = seed;
  for (int word = 0; word < 2; ++word) {
    // The bytes of a ByteBuffer, each word of them read low byte first.
    uint32_t k = __builtin_bswap32(static_cast<uint32_t>(bigEndian >> (word == 0 ? 32 : 0)));
    k = rotateLeft(k * 0xcc9e2d51u, 15) * 0x1b873593u;
    hash = rotateLeft(hash ^ k, 13) * 5 + 0xe6546b64u;
  }
  hash ^= 8;
  hash = (hash ^ (hash >> 16)) * 0x85ebca6bu;
  hash = (hash ^ (hash >> 13)) * 0xc2b2ae35u;
  return hash ^ (hash >> 16);
}

class XorShiftRandom {
 public:
  explicit XorShiftRandom(int64_t seed) {
    const auto bytes = static_cast<uint64_t>(seed);
    const uint32_t low = murmurOfEightBytes(bytes, 0x3c074a61);
    const uint32_t high = murmurOfEightBytes(bytes, low);
    state_ = (uint64_t{high} << 32) | low;
  }

  double nextDouble() {
    const uint64_t high = next(26);
    return static_cast<double>((high << 27) + next(27)) * 0x1.0p-53;
  }

  /// As java.util.Random: 0 to bound - 1.
  int32_t nextInt(int32_t bound) {
    while (true) {
      const auto bits = static_cast<int64_t>(next(31));
      const int64_t value = bits % bound;
      // What lies behind the last whole multiple of the bound would be likelier.
      if (bits - value + bound - 1 <= INT32_MAX) return static_cast<int32_t>(value);
    }
  }

  /// As java.util.Random: two at a time by the polar method.
  double nextGaussian() {
    if (hasNext_) {
      hasNext_ = false;
      return nextGaussian_;
    }
    while (true) {
      const double v1 = 2 * nextDouble() - 1;
      const double v2 = 2 * nextDouble() - 1;
      const double s = v1 * v1 + v2 * v2;
      if (s >= 1 || s == 0) continue;
      const double factor = std::sqrt(-2 * std::log(s) / s);
      nextGaussian_ = v2 * factor;
      hasNext_ = true;
      return v1 * factor;
    }
  }

 private:
  uint64_t next(int bits) {
    uint64_t seed = state_ ^ (state_ << 21);
    seed ^= seed >> 35;
    seed ^= seed << 4;
    state_ = seed;
    return seed & ((uint64_t{1} << bits) - 1);
  }

  uint64_t state_;
  double nextGaussian_ = 0;
  bool hasNext_ = false;
};

/// The numbers of each partition, row after row. Threads: any; each partition's rows in order.
class RandomRows {
 public:
  RandomRows(int64_t seed, bool isNormal) : seed_(seed), isNormal_(isNormal) {}

  /// The numbers of `count` rows that follow `before` rows of the partition.
  template <class F>
  void generate(int partition, int64_t before, int64_t count, F each) {
    const std::lock_guard lock(mutex_);
    auto [at, isNew] = partitions_.try_emplace(partition, seed_ + partition);
    if (isNew || at->second.rows > before) at->second = Partition(seed_ + partition);
    Partition& rows = at->second;
    while (rows.rows < before) (void)rows.next(isNormal_);
    for (int64_t i = 0; i < count; ++i) each(i, rows.next(isNormal_));
  }

 private:
  struct Partition {
    explicit Partition(int64_t seed) : random(seed) {}
    double next(bool isNormal) {
      ++rows;
      return isNormal ? random.nextGaussian() : random.nextDouble();
    }
    XorShiftRandom random;
    int64_t rows = 0;
  };

  int64_t seed_;
  bool isNormal_;
  std::mutex mutex_;
  std::map<int, Partition> partitions_;
};

Result<int64_t> seedOf(std::string_view name, std::span<const Argument> arguments, size_t at) {
  if (arguments.size() <= at) {
    return static_cast<int64_t>((uint64_t{std::random_device{}()} << 32) | std::random_device{}());
  }
  if (!arguments[at].constant) {
    return failure(nonFoldableInput(callText(name, arguments), "seed", arguments[at]));
  }
  if (const auto* seed = arguments[at].constant->as<int32_t>()) return *seed;
  if (const auto* seed = arguments[at].constant->as<int64_t>()) return *seed;
  return 0;
}

Result<BoundFunction> bindRandom(std::string_view name, std::span<const Argument> arguments,
                                 const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 0, 1));
  SPATE_ASSIGN_OR_FAIL(const int64_t seed, seedOf(name, arguments, 0));
  const bool isNormal = name == "randn";
  auto random = std::make_shared<RandomRows>(seed, isNormal);
  BoundFunction bound{.type = DataType::doubleType(),
                      .nullable = false,
                      .isDeterministic = false,
                      .isFoldable = false,
                      .argumentTypes = {},
                      .kernel = nullptr,
                      .sql = std::string(isNormal ? "randn" : "rand") + "(" +
                             (arguments.empty() ? "" : arguments[0].sql) + ")"};
  for (const Argument& argument : arguments) bound.argumentTypes.push_back(argument.type);
  bound.kernel = [random](EvalContext& context, std::span<const arrow::Datum>,
                          int64_t rows) -> Result<arrow::Datum> {
    SPATE_ASSIGN_OR_FAIL(auto out, ColumnWriter<double>::make(rows));
    random->generate(context.partition, context.rowsBefore, rows,
                     [&](int64_t i, double value) { out.set(i, value); });
    SPATE_ASSIGN_OR_FAIL(auto array, std::move(out).finish(arrow::float64(), {}));
    return arrow::Datum(std::move(array));
  };
  return bound;
}

/// uniform(min, max [, seed]): whole numbers for whole bounds.
Result<BoundFunction> bindUniform(std::string_view name, std::span<const Argument> arguments,
                                  const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 2, 3));
  SPATE_ASSIGN_OR_FAIL(const int64_t seed, seedOf(name, arguments, 2));
  const bool isWhole = arguments[0].type.isIntegral() && arguments[1].type.isIntegral();
  const bool isLong =
      arguments[0].type.is(TypeKind::kLong) || arguments[1].type.is(TypeKind::kLong);
  const DataType type = !isWhole ? DataType::doubleType()
                        : isLong ? DataType::longType()
                                 : DataType::integerType();
  auto random = std::make_shared<RandomRows>(seed, false);
  BoundFunction bound{.type = type,
                      .isDeterministic = false,
                      .isFoldable = false,
                      .argumentTypes = {type, type},
                      .kernel = nullptr};
  if (arguments.size() == 3) bound.argumentTypes.push_back(arguments[2].type);
  bound.kernel = [random, type](EvalContext& context, std::span<const arrow::Datum> values,
                                int64_t rows) -> Result<arrow::Datum> {
    const auto fill =
        [&]<class T>(T, const std::shared_ptr<arrow::DataType>& arrowType) -> Result<arrow::Datum> {
      SPATE_ASSIGN_OR_FAIL(Validity validity, commonValidity(values.first(2), rows));
      if (validity.isAllNull) return nullScalar(arrowType);
      const Column<T> low(values[0]);
      const Column<T> high(values[1]);
      SPATE_ASSIGN_OR_FAIL(auto out, ColumnWriter<T>::make(rows));
      random->generate(context.partition, context.rowsBefore, rows, [&](int64_t i, double value) {
        const auto from = static_cast<double>(low[i]);
        out.set(i, static_cast<T>(from + value * (static_cast<double>(high[i]) - from)));
      });
      SPATE_ASSIGN_OR_FAIL(auto array, std::move(out).finish(arrowType, std::move(validity)));
      return arrow::Datum(std::move(array));
    };
    if (type.is(TypeKind::kDouble)) return fill(double{}, arrow::float64());
    if (type.is(TypeKind::kLong)) return fill(int64_t{}, arrow::int64());
    return fill(int32_t{}, arrow::int32());
  };
  return bound;
}

/// The texts of each partition, row after row. Threads: any; each partition's rows in order.
class RandomTexts {
 public:
  RandomTexts(int64_t seed, int32_t length) : seed_(seed), length_(length) {}

  Status generate(int partition, int64_t before, int64_t count, TextWriter& out) {
    const std::lock_guard lock(mutex_);
    auto [at, isNew] = partitions_.try_emplace(partition, seed_ + partition);
    if (isNew || at->second.rows > before) at->second = Partition(seed_ + partition);
    std::string text;
    while (at->second.rows < before) next(at->second, text);
    for (int64_t i = 0; i < count; ++i) {
      next(at->second, text);
      SPATE_RETURN_IF_ERROR(out.append(text));
    }
    return Status::OK();
  }

 private:
  struct Partition {
    explicit Partition(int64_t seed) : random(seed) {}
    XorShiftRandom random;
    int64_t rows = 0;
  };

  void next(Partition& partition, std::string& text) const {
    constexpr char kLetters[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    text.clear();
    for (int32_t i = 0; i < length_; ++i)
      text += kLetters[static_cast<size_t>(partition.random.nextInt(62))];
    ++partition.rows;
  }

  int64_t seed_;
  int32_t length_;
  std::mutex mutex_;
  std::map<int, Partition> partitions_;
};

/// randstr(length [, seed]).
Result<BoundFunction> bindRandomText(std::string_view name, std::span<const Argument> arguments,
                                     const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 1, 2));
  SPATE_ASSIGN_OR_FAIL(const int64_t seed, seedOf(name, arguments, 1));
  const std::string sql = callText(name, arguments);
  if (!arguments[0].constant) return failure(nonFoldableInput(sql, "length", arguments[0]));
  std::optional<int64_t> length;
  std::visit(
      [&]<class T>(const T& value) {
        if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) length = value;
      },
      arguments[0].constant->value);
  if (!length) return failure(unexpectedInputType(sql, 0, "INT or SMALLINT", arguments[0]));
  if (*length < 0 || *length > INT32_MAX) {
    return failure(Status::invalidArgument("Cannot resolve " + quoted(sql) +
                                           " due to data type mismatch: The `length` must be "
                                           "between [0, 2147483647] (current value = " +
                                           std::to_string(*length) + ").")
                       .withErrorClass("DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE", "42K09",
                                       {{"sqlExpr", quoted(sql)},
                                        {"exprName", "`length`"},
                                        {"valueRange", "[0, 2147483647]"},
                                        {"currentValue", std::to_string(*length)}}));
  }
  BoundFunction bound{.type = DataType::stringType(),
                      .nullable = false,
                      .isDeterministic = false,
                      .isFoldable = false,
                      .argumentTypes = {},
                      .kernel = nullptr};
  for (const Argument& argument : arguments) bound.argumentTypes.push_back(argument.type);
  auto texts = std::make_shared<RandomTexts>(seed, static_cast<int32_t>(*length));
  bound.kernel = [texts](EvalContext& context, std::span<const arrow::Datum>,
                         int64_t rows) -> Result<arrow::Datum> {
    TextWriter out;
    SPATE_FAIL_IF_ERROR(out.reserve(rows, rows * 8));
    SPATE_FAIL_IF_ERROR(texts->generate(context.partition, context.rowsBefore, rows, out));
    SPATE_ASSIGN_OR_FAIL(auto array, out.finish(arrow::utf8()));
    return arrow::Datum(std::move(array));
  };
  return bound;
}

constexpr std::array<ScalarFunction, 5> kFunctions = {{
    {"rand", bindRandom},
    {"randn", bindRandom},
    {"random", bindRandom},
    {"randstr", bindRandomText},
    {"uniform", bindUniform},
}};

}  // namespace

std::span<const ScalarFunction> randomFunctions() { return kFunctions; }

}  // namespace spate
