// ROWS and RANGE frames.
#include <algorithm>

#include "spate/planner/ExpressionBinder.h"
#include "spate/planner/PlanErrors.h"
#include "spate/planner/WindowBinder.h"
#include "spate/planner/WindowErrors.h"

namespace spate {
namespace {

using plan::ExpressionPtr;
using Bound = plan::FrameBound::Kind;

/// The value of `x PRECEDING`, which the parser makes a negation; null: it is none.
ExpressionPtr precedingOf(const plan::FrameBound& bound) {
  const auto* call = bound.value ? bound.value->as<plan::Call>() : nullptr;
  const bool isNegation =
      call != nullptr && call->name == "negative" && call->arguments.size() == 1;
  return isNegation ? call->arguments[0] : nullptr;
}

bool isInterval(const DataType& type) {
  return type.is(TypeKind::kDayTimeInterval) || type.is(TypeKind::kYearMonthInterval) ||
         type.is(TypeKind::kCalendarInterval);
}

bool isTime(const DataType& type) {
  return type.is(TypeKind::kDate) || type.is(TypeKind::kTimestamp) ||
         type.is(TypeKind::kTimestampNtz);
}

bool fits(const DataType& order, const DataType& bound) {
  if (isTime(order)) return isInterval(bound) || (order.is(TypeKind::kDate) && bound.isIntegral());
  if (isInterval(order)) return bound.kind() == order.kind();
  return order.isNumeric() && bound.isNumeric();
}

}  // namespace

Result<std::string> WindowBinder::frameText(const plan::WindowFrame& frame) {
  const auto text = [&](const plan::FrameBound& bound) -> Result<std::string> {
    switch (bound.kind) {
      case Bound::kUnboundedPreceding: return std::string("UNBOUNDED PRECEDING");
      case Bound::kUnboundedFollowing: return std::string("UNBOUNDED FOLLOWING");
      case Bound::kCurrentRow: return std::string("CURRENT ROW");
      case Bound::kValue: break;
    }
    const ExpressionPtr preceding = precedingOf(bound);
    SPATE_ASSIGN_OR_FAIL(const auto value, bindInner_(preceding ? preceding : bound.value));
    return value->sql() + (preceding ? " PRECEDING" : " FOLLOWING");
  };
  SPATE_ASSIGN_OR_FAIL(const std::string lower, text(frame.lower));
  SPATE_ASSIGN_OR_FAIL(const std::string upper, text(frame.upper));
  return std::string(frame.isRows ? "ROWS" : "RANGE") + " BETWEEN " + lower + " AND " + upper;
}

Result<WindowFrame> WindowBinder::bindFrame(const plan::WindowFrame& frame, const Spec& spec,
                                            const std::string& text) {
  SPATE_ASSIGN_OR_FAIL(const std::string own, frameText(frame));
  const bool isWhole = frame.lower.kind == Bound::kUnboundedPreceding &&
                       frame.upper.kind == Bound::kUnboundedFollowing;
  const bool hasValue = frame.lower.kind == Bound::kValue || frame.upper.kind == Bound::kValue;
  if (!frame.isRows && !isWhole && spec.orderBy.empty())
    return failure(frameMismatchError(
        "RANGE_FRAME_WITHOUT_ORDER", text,
        "A range window frame cannot be used in an unordered window specification."));
  if (!frame.isRows && hasValue && spec.orderBy.size() > 1) {
    const size_t order = spec.text.find("ORDER BY ");
    return failure(frameMismatchError(
        "RANGE_FRAME_MULTI_ORDER", text,
        "A range window frame with value boundaries cannot be used in a window specification with "
        "multiple order by expressions: " +
            spec.text.substr(order + 9) + "."));
  }
  if (frame.lower.kind == Bound::kUnboundedFollowing ||
      frame.upper.kind == Bound::kUnboundedPreceding)
    return failure(frameMismatchError("SPECIFIED_WINDOW_FRAME_INVALID_BOUND", own,
                                      "Window frame upper bound does not follow the lower bound."));
  if (!frame.isRows && frame.lower.kind == Bound::kValue && frame.upper.kind == Bound::kValue) {
    SPATE_ASSIGN_OR_FAIL(const auto lower, bindInner_(frame.lower.value));
    SPATE_ASSIGN_OR_FAIL(const auto upper, bindInner_(frame.upper.value));
    const bool areNumbers = lower->type().isNumeric() && upper->type().isNumeric();
    if (!areNumbers && !(lower->type() == upper->type()))
      return failure(frameMismatchError("SPECIFIED_WINDOW_FRAME_DIFF_TYPES", own,
                                        "Window frame bounds \"" + lower->sql() + "\" and \"" +
                                            upper->sql() + "\" do not have the same type: \"" +
                                            lower->type().sql() + "\" <> \"" + upper->type().sql() +
                                            "\"."));
  }
  WindowFrame bound;
  bound.isRows = frame.isRows;
  SPATE_ASSIGN_OR_FAIL(bound.lower, bindFrameEnd(frame.lower, frame.isRows, true, spec, own));
  SPATE_ASSIGN_OR_FAIL(bound.upper, bindFrameEnd(frame.upper, frame.isRows, false, spec, own));
  const auto offsetOf = [](const FrameEnd& end) { return end.rows; };
  const bool isAscending = (bound.lower.kind == FrameEnd::Kind::kUnbounded) ||
                           (bound.upper.kind == FrameEnd::Kind::kUnbounded) ||
                           offsetOf(bound.lower) <= offsetOf(bound.upper);
  if (!isAscending)
    return failure(frameMismatchError(
        "SPECIFIED_WINDOW_FRAME_WRONG_COMPARISON", own,
        "The lower bound of a window frame must be less than or equal to the upper bound."));
  return bound;
}

Result<FrameEnd> WindowBinder::bindFrameEnd(const plan::FrameBound& bound, bool isRows,
                                            bool isLower, const Spec& spec,
                                            const std::string& text) {
  FrameEnd end;
  if (bound.kind == Bound::kUnboundedPreceding || bound.kind == Bound::kUnboundedFollowing)
    return end;
  end.kind = FrameEnd::Kind::kCurrentRow;
  if (bound.kind == Bound::kCurrentRow) return end;
  end.kind = FrameEnd::Kind::kValue;
  const std::string side = isLower ? "lower" : "upper";
  SPATE_ASSIGN_OR_FAIL(auto value, bindInner_(bound.value));
  if (!value->isFoldable())
    return failure(frameMismatchError(
        "SPECIFIED_WINDOW_FRAME_WITHOUT_FOLDABLE", text,
        "Window frame " + side + " bound \"" + value->sql() + "\" is not a literal."));
  const auto unaccepted = [&](const DataType& type, const std::string& expected) {
    return failure(frameMismatchError("SPECIFIED_WINDOW_FRAME_UNACCEPTED_TYPE", text,
                                      "The data type of the " + side + " bound \"" + type.sql() +
                                          "\" does not match the expected data type " + expected +
                                          "."));
  };
  if (isRows) {
    if (!value->type().isIntegral()) return unaccepted(value->type(), "\"INT\"");
    SPATE_ASSIGN_OR_FAIL(value,
                         bindCast(value, DataType::longType(), CastPolicy::kAnsi, settings_));
    SPATE_ASSIGN_OR_FAIL(const Datum rows, evaluateConstant(*value, settings_));
    if (rows.as<int64_t>() == nullptr) return unaccepted(value->type(), "\"INT\"");
    constexpr int64_t kFarAway = int64_t{1} << 40;
    end.rows = std::clamp(*rows.as<int64_t>(), -kFarAway, kFarAway);
    return end;
  }
  const SortKey& order = spec.orderBy[0];
  const DataType& type = order.expression->type();
  if (!type.isNumeric() && !isTime(type) && !isInterval(type))
    return unaccepted(type,
                      "(\"NUMERIC\" or \"INTERVAL DAY TO SECOND\" or \"INTERVAL YEAR TO MONTH\" or "
                      "\"INTERVAL\")");
  if (!fits(type, value->type()))
    return failure(frameMismatchError("RANGE_FRAME_INVALID_TYPE", text,
                                      "The data type \"" + type.sql() +
                                          "\" used in the order specification does not support the "
                                          "data type \"" +
                                          value->type().sql() +
                                          "\" which is used in the range frame."));
  if (type.isNumeric()) {
    SPATE_ASSIGN_OR_FAIL(value, bindCast(value, type, CastPolicy::kAnsi, settings_));
    // Only the order of the two ends is looked at.
    SPATE_ASSIGN_OR_FAIL(const auto rough,
                         bindCast(value, DataType::doubleType(), CastPolicy::kAnsi, settings_));
    SPATE_ASSIGN_OR_FAIL(const Datum number, evaluateConstant(*rough, settings_));
    if (const auto* plain = number.as<double>())
      end.rows = static_cast<int64_t>(std::clamp(*plain, -9e15, 9e15) * 1000);
  }
  const ScalarFunction* step = findScalarFunction(order.ascending ? "+" : "-");
  if (step == nullptr) return failure(unresolvedRoutineError("+"));
  SPATE_ASSIGN_OR_FAIL(end.bound, bindCall(*step, {order.expression, value}, {}, settings_));
  if (!(end.bound->type() == type)) {
    SPATE_ASSIGN_OR_FAIL(end.bound, bindCast(end.bound, type, CastPolicy::kAnsi, settings_));
  }
  return end;
}

}  // namespace spate
