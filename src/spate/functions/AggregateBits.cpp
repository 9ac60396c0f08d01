// bit_and, bit_or, bit_xor.
#include <array>

#include "spate/functions/AggregateColumns.h"
#include "spate/functions/Errors.h"
#include "spate/functions/Families.h"

namespace spate {
namespace {

enum class BitOperator : uint8_t { kAnd, kOr, kXor };

/// Buffer: the bits, null before the first value.
template <class T>
class BitAccumulator final : public SelfMergingAccumulator {
 public:
  BitAccumulator(DataType type, BitOperator op) : type_(std::move(type)), op_(op) {}

  void resize(size_t groups) override {
    bits_.resize(groups, op_ == BitOperator::kAnd ? T(-1) : T(0));
    seen_.resize(groups);
  }
  Result<ArrayPtr> results() const override { return groupColumn(bits_, seen_, type_); }

 private:
  void take(const arrow::Datum& values, std::span<const uint32_t> groups) override {
    forEachValue(Rows<T>(values, type_), groups, [this](uint32_t group, T value) {
      T& bits = bits_[group];
      seen_[group] = 1;
      switch (op_) {
        case BitOperator::kAnd: bits = static_cast<T>(bits & value); return;
        case BitOperator::kOr: bits = static_cast<T>(bits | value); return;
        case BitOperator::kXor: bits = static_cast<T>(bits ^ value); return;
      }
    });
  }

  DataType type_;
  BitOperator op_;
  std::vector<T> bits_;
  std::vector<uint8_t> seen_;
};

Result<BoundAggregate> bindBits(std::string_view name, std::span<const Argument> arguments,
                                const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 1, 1));
  const DataType type = arguments[0].type.isIntegral() ? arguments[0].type : DataType::longType();
  if (!arguments[0].type.isIntegral() && !arguments[0].type.isText() &&
      !arguments[0].type.is(TypeKind::kNull)) {
    return failure(unexpectedInputType(callText(name, arguments), 0, "\"INTEGRAL\"", arguments[0]));
  }
  const BitOperator op = name == "bit_and"  ? BitOperator::kAnd
                         : name == "bit_or" ? BitOperator::kOr
                                            : BitOperator::kXor;
  return BoundAggregate{.type = type,
                        .argumentTypes = {type},
                        .buffer = {{std::string(name), type}},
                        .make = [type, op](const SessionSettings&) -> std::unique_ptr<Accumulator> {
                          switch (type.kind()) {
                            case TypeKind::kByte:
                              return std::make_unique<BitAccumulator<int8_t>>(type, op);
                            case TypeKind::kShort:
                              return std::make_unique<BitAccumulator<int16_t>>(type, op);
                            case TypeKind::kInteger:
                              return std::make_unique<BitAccumulator<int32_t>>(type, op);
                            default: return std::make_unique<BitAccumulator<int64_t>>(type, op);
                          }
                        }};
}

constexpr std::array<AggregateFunction, 3> kFunctions = {{
    {"bit_and", bindBits},
    {"bit_or", bindBits},
    {"bit_xor", bindBits},
}};

}  // namespace

std::span<const AggregateFunction> bitAggregates() { return kFunctions; }

}  // namespace spate
