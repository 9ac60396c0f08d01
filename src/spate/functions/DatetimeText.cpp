#include <fmt/core.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "spate/functions/DatetimeFamilies.h"
#include "spate/functions/RowLoop.h"
#include "spate/functions/Signature.h"
#include "spate/types/ArrowTypes.h"
#include "spate/types/Cast.h"
#include "spate/types/DatetimePattern.h"
#include "spate/types/LocalTime.h"

namespace spate {
namespace {

using Arguments = std::span<const arrow::Datum>;

constexpr std::string_view kDefaultPattern = "yyyy-MM-dd HH:mm:ss";

/// The pattern of the row: the last one is kept.
class PatternCache {
 public:
  Result<const DatetimePattern*> get(std::string_view pattern) {
    if (!made_ || pattern != text_) {
      SPATE_ASSIGN_OR_FAIL(made_, DatetimePattern::make(pattern));
      text_ = pattern;
    }
    return &*made_;
  }

 private:
  std::string text_;
  std::optional<DatetimePattern> made_;
};

Status cannotParse(std::string_view text) {
  const std::string message = fmt::format("Text '{}' could not be parsed at index 0", text);
  return Status::invalidArgument(
             message +
             ". Use `try_to_timestamp` to tolerate invalid input string and return NULL instead.")
      .withErrorClass("CANNOT_PARSE_TIMESTAMP", "22007",
                      {{"message", message}, {"func", "`try_to_timestamp`"}});
}

Result<arrow::Datum> dateFormatRows(EvalContext& context, Arguments arguments, int64_t rows) {
  SPATE_ASSIGN_OR_FAIL(const auto zone, TimeZone::make(context.settings.timeZone));
  PatternCache patterns;
  std::string text;
  return forEachRow<TextColumnBuilder>(
      arguments, rows, arrow::utf8(),
      [&](const ArgumentColumns& in, int64_t i, TextColumnBuilder& out) -> Status {
        SPATE_ASSIGN_OR_RETURN(const DatetimePattern* pattern, patterns.get(in[1].text(i)));
        text.clear();
        pattern->format(in[0].get<int64_t>(i), *zone, text);
        out.append(text);
        return Status::OK();
      });
}

Result<arrow::Datum> fromUnixtimeRows(EvalContext& context, Arguments arguments, int64_t rows) {
  SPATE_ASSIGN_OR_FAIL(const auto zone, TimeZone::make(context.settings.timeZone));
  PatternCache patterns;
  std::string text;
  return forEachRow<TextColumnBuilder>(
      arguments, rows, arrow::utf8(),
      [&](const ArgumentColumns& in, int64_t i, TextColumnBuilder& out) -> Status {
        SPATE_ASSIGN_OR_RETURN(const DatetimePattern* pattern,
                               patterns.get(in.size() > 1 ? in[1].text(i) : kDefaultPattern));
        text.clear();
        pattern->format(in[0].get<int64_t>(i) * LocalTime::kMicrosPerSecond, *zone, text);
        out.append(text);
        return Status::OK();
      });
}

/// What a function reads a text as.
struct Reading {
  TypeKind kind = TypeKind::kTimestamp;
  bool isTry = false;
};

/// Texts by a pattern to a DATE, TIMESTAMP or TIMESTAMP_NTZ.
Result<arrow::Datum> parsedRows(EvalContext& context, Arguments arguments, int64_t rows,
                                Reading reading) {
  SPATE_ASSIGN_OR_FAIL(const auto zone, TimeZone::make(context.settings.timeZone));
  const bool fails = context.settings.ansi && !reading.isTry;
  PatternCache patterns;
  const auto parse = [&](const ArgumentColumns& in, int64_t i, auto& out) -> Status {
    SPATE_ASSIGN_OR_RETURN(const DatetimePattern* pattern, patterns.get(in[1].text(i)));
    const std::string_view text = in[0].text(i);
    const auto parsed = pattern->parse(text);
    if (!parsed) {
      if (fails) return cannotParse(text);
      out.UnsafeAppendNull();
      return Status::OK();
    }
    int64_t value = parsed->localMicros;
    // A date is the one of the session's clock, also where the text has a zone of its own.
    if (reading.kind != TypeKind::kTimestampNtz &&
        (reading.kind == TypeKind::kTimestamp || parsed->zone != nullptr)) {
      value = (parsed->zone != nullptr ? *parsed->zone : *zone).toUtc(value);
      if (reading.kind == TypeKind::kDate) value = zone->toLocal(value);
    }
    if (reading.kind == TypeKind::kDate) value = LocalTime::dayOfMicros(value);
    out.UnsafeAppend(
        static_cast<typename std::remove_reference_t<decltype(out)>::value_type>(value));
    return Status::OK();
  };
  if (reading.kind == TypeKind::kDate)
    return forEachRow<arrow::Date32Builder>(arguments, rows, arrow::date32(), parse);
  const auto type = reading.kind == TypeKind::kTimestamp
                        ? arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")
                        : arrow::timestamp(arrow::TimeUnit::MICRO);
  return forEachRow<arrow::TimestampBuilder>(arguments, rows, type, parse);
}

DataType typeOf(TypeKind kind) {
  if (kind == TypeKind::kDate) return DataType::dateType();
  return kind == TypeKind::kTimestamp ? DataType::timestampType() : DataType::timestampNtzType();
}

/// to_date(value), to_timestamp(value, pattern) and their kin: a cast, or a reading by the pattern.
template <TypeKind kKind, bool kTry>
Result<BoundFunction> bindTo(std::string_view name, std::span<const Argument> arguments,
                             const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 1, 2));
  BoundFunction bound;
  bound.type = typeOf(kKind);
  const DataType given = arguments[0].type;
  bound.argumentTypes = {given};
  bound.nullable = kTry || anyNullable(arguments) || given.isText();
  const bool isRead = arguments.size() == 2 && (given.isText() || given.is(TypeKind::kNull));
  if (arguments.size() == 2) bound.argumentTypes.push_back(DataType::stringType());
  if (isRead) {
    bound.argumentTypes[0] = DataType::stringType();
    bound.kernel = [](EvalContext& context, Arguments values, int64_t rows) {
      return parsedRows(context, values, rows, {kKind, kTry});
    };
    return bound;
  }
  if (given.isNested() || given.is(TypeKind::kBinary) || given.is(TypeKind::kBoolean) ||
      (given.isNumeric() && kKind == TypeKind::kDate)) {
    return failure(unexpectedInputType(
        name, arguments, 0,
        "(\"STRING\" or \"DATE\" or \"TIMESTAMP\" or \"TIMESTAMP WITHOUT TIME ZONE\")"));
  }
  bound.kernel = [given, type = bound.type](EvalContext& context, Arguments values,
                                            int64_t) -> Result<arrow::Datum> {
    const CastPolicy policy = kTry                    ? CastPolicy::kTry
                              : context.settings.ansi ? CastPolicy::kAnsi
                                                      : CastPolicy::kLegacy;
    return castColumn(values[0], given, type, policy, context.settings.timeZone);
  };
  return bound;
}

int64_t secondsOf(int64_t micros) {
  return LocalTime::floorDivide(micros, LocalTime::kMicrosPerSecond);
}

/// unix_timestamp([value[, pattern]]).
Result<BoundFunction> bindUnixTimestamp(std::string_view name, std::span<const Argument> arguments,
                                        const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, name.starts_with("to") ? 1 : 0, 2));
  BoundFunction bound;
  bound.type = DataType::longType();
  if (arguments.empty()) {
    bound.nullable = false;
    bound.isFoldable = false;
    bound.sql = "unix_timestamp(current_timestamp(), " + std::string(kDefaultPattern) + ")";
    bound.kernel = [](EvalContext& context, Arguments, int64_t) -> Result<arrow::Datum> {
      return arrow::Datum(secondsOf(context.now.time_since_epoch().count()));
    };
    return bound;
  }
  if (arguments.size() == 1)
    bound.sql = fmt::format("{}({}, {})", name, arguments[0].sql, kDefaultPattern);
  const DataType& given = arguments[0].type;
  bound.argumentTypes.assign(arguments.size(), DataType::stringType());
  if (given.isText() || given.is(TypeKind::kNull)) {
    bound.kernel = [](EvalContext& context, Arguments values,
                      int64_t rows) -> Result<arrow::Datum> {
      SPATE_ASSIGN_OR_FAIL(const auto zone, TimeZone::make(context.settings.timeZone));
      PatternCache patterns;
      return forEachRow<arrow::Int64Builder>(
          values, rows, arrow::int64(),
          [&](const ArgumentColumns& in, int64_t i, arrow::Int64Builder& out) -> Status {
            SPATE_ASSIGN_OR_RETURN(const DatetimePattern* pattern,
                                   patterns.get(in.size() > 1 ? in[1].text(i) : kDefaultPattern));
            const auto micros = pattern->parseInstant(in[0].text(i), *zone);
            if (micros) {
              out.UnsafeAppend(secondsOf(*micros));
            } else if (context.settings.ansi) {
              return cannotParse(in[0].text(i));
            } else {
              out.UnsafeAppendNull();
            }
            return Status::OK();
          });
    };
    return bound;
  }
  if (!given.is(TypeKind::kDate) && !given.is(TypeKind::kTimestamp) &&
      !given.is(TypeKind::kTimestampNtz)) {
    return failure(unexpectedInputType(
        name, arguments, 0,
        "(\"STRING\" or \"DATE\" or \"TIMESTAMP\" or \"TIMESTAMP WITHOUT TIME ZONE\")"));
  }
  bound.nullable = anyNullable(arguments);
  bound.argumentTypes[0] = given.is(TypeKind::kTimestampNtz) ? given : DataType::timestampType();
  bound.kernel = [](EvalContext&, Arguments values, int64_t rows) {
    return forEachLong(values, rows, [](const ArgumentColumns& in, int64_t i) {
      return secondsOf(in[0].get<int64_t>(i));
    });
  };
  return bound;
}

Result<BoundFunction> bindFromUnixtime(std::string_view name, std::span<const Argument> arguments,
                                       const SessionSettings&) {
  SPATE_ASSIGN_OR_FAIL(BoundFunction bound,
                       bindSignature(name, arguments, "l|s", "s", &fromUnixtimeRows));
  if (arguments.size() == 1)
    bound.sql = fmt::format("from_unixtime({}, {})", arguments[0].sql, kDefaultPattern);
  return bound;
}

constexpr ScalarFunction kFunctions[] = {
    {"date_format", bindRows<"Ts", "s", &dateFormatRows>},
    {"from_unixtime", bindFromUnixtime},
    {"to_date", bindTo<TypeKind::kDate, false>},
    {"to_timestamp", bindTo<TypeKind::kTimestamp, false>},
    {"to_timestamp_ltz", bindTo<TypeKind::kTimestamp, false>},
    {"to_timestamp_ntz", bindTo<TypeKind::kTimestampNtz, false>},
    {"to_unix_timestamp", bindUnixTimestamp},
    {"try_to_date", bindTo<TypeKind::kDate, true>},
    {"try_to_timestamp", bindTo<TypeKind::kTimestamp, true>},
    {"unix_timestamp", bindUnixTimestamp},
};

}  // namespace

std::span<const ScalarFunction> datetimeTextFunctions() { return kFunctions; }

}  // namespace spate
