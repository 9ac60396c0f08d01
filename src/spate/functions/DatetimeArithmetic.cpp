#include <fmt/core.h>

#include <array>
#include <cmath>
#include <string>
#include <utility>

#include "spate/functions/DatetimeFamilies.h"
#include "spate/functions/RowLoop.h"
#include "spate/functions/Signature.h"
#include "spate/types/LocalTime.h"

namespace spate {
namespace {

using Arguments = std::span<const arrow::Datum>;

std::string upperOf(std::string_view text) {
  std::string upper(text);
  for (char& c : upper)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  return upper;
}

template <class RowFunction>
Result<arrow::Datum> forEachDate(Arguments arguments, int64_t rows, RowFunction&& row) {
  return forEachRow<arrow::Date32Builder>(
      arguments, rows, arrow::date32(),
      [&](const ArgumentColumns& in, int64_t i, arrow::Date32Builder& out) {
        out.UnsafeAppend(row(in, i));
      });
}

template <class RowFunction>
Result<arrow::Datum> forEachTimestamp(Arguments arguments, int64_t rows,
                                      const std::shared_ptr<arrow::DataType>& type,
                                      RowFunction&& row) {
  return forEachRow<arrow::TimestampBuilder>(
      arguments, rows, type,
      [&](const ArgumentColumns& in, int64_t i, arrow::TimestampBuilder& out) {
        out.UnsafeAppend(row(in, i));
      });
}

std::shared_ptr<arrow::DataType> timestampType() {
  return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
}

template <int kSign>
Result<arrow::Datum> dateAddRows(EvalContext&, Arguments arguments, int64_t rows) {
  return forEachRow<arrow::Date32Builder>(
      arguments, rows, arrow::date32(),
      [](const ArgumentColumns& in, int64_t i, arrow::Date32Builder& out) -> Status {
        const int64_t days =
            int64_t{in[0].get<int32_t>(i)} + kSign * int64_t{in[1].get<int32_t>(i)};
        if (days < INT32_MIN || days > INT32_MAX) return arithmeticOverflow("integer overflow");
        out.UnsafeAppend(static_cast<int32_t>(days));
        return Status::OK();
      });
}

Result<arrow::Datum> dateDiffRows(EvalContext&, Arguments arguments, int64_t rows) {
  return forEachInt(arguments, rows, [](const ArgumentColumns& in, int64_t i) {
    return in[0].get<int32_t>(i) - in[1].get<int32_t>(i);
  });
}

Result<arrow::Datum> addMonthsRows(EvalContext&, Arguments arguments, int64_t rows) {
  return forEachDate(arguments, rows, [](const ArgumentColumns& in, int64_t i) {
    return static_cast<int32_t>(LocalTime::addMonths(in[0].get<int32_t>(i), in[1].get<int32_t>(i)));
  });
}

Result<arrow::Datum> lastDayRows(EvalContext&, Arguments arguments, int64_t rows) {
  return forEachDate(arguments, rows, [](const ArgumentColumns& in, int64_t i) {
    const LocalTime date = LocalTime::ofDays(in[0].get<int32_t>(i));
    return static_cast<int32_t>(
        LocalTime::daysOf(date.year, date.month, LocalTime::monthLength(date.year, date.month)));
  });
}

/// 1 is Monday; 0: no day.
int weekdayNamed(std::string_view name) {
  const std::string upper = upperOf(name);
  constexpr std::string_view kNames[] = {"MONDAY", "TUESDAY",  "WEDNESDAY", "THURSDAY",
                                         "FRIDAY", "SATURDAY", "SUNDAY"};
  for (size_t i = 0; i < std::size(kNames); ++i) {
    if (upper == kNames[i] || upper == kNames[i].substr(0, 3) || upper == kNames[i].substr(0, 2))
      return static_cast<int>(i) + 1;
  }
  return 0;
}

Result<arrow::Datum> nextDayRows(EvalContext& context, Arguments arguments, int64_t rows) {
  return forEachRow<arrow::Date32Builder>(
      arguments, rows, arrow::date32(),
      [&](const ArgumentColumns& in, int64_t i, arrow::Date32Builder& out) -> Status {
        const int wanted = weekdayNamed(in[1].text(i));
        if (wanted == 0) {
          if (context.settings.ansi) {
            const std::string text(in[1].text(i));
            return Status::invalidArgument("Illegal input for day of week: " + text + ".")
                .withErrorClass("ILLEGAL_DAY_OF_WEEK", "22009", {{"string", text}});
          }
          out.UnsafeAppendNull();
          return Status::OK();
        }
        const int32_t date = in[0].get<int32_t>(i);
        const int ahead = (wanted - LocalTime::weekdayOf(date) + 6) % 7 + 1;
        out.UnsafeAppend(date + ahead);
        return Status::OK();
      });
}

/// What a moment is cut down to, from the smallest.
enum class Truncation : uint8_t {
  kNone,
  kMicrosecond,
  kMillisecond,
  kSecond,
  kMinute,
  kHour,
  kDay,
  kWeek,
  kMonth,
  kQuarter,
  kYear
};

Truncation truncationNamed(std::string_view name) {
  constexpr std::pair<std::string_view, Truncation> kNames[] = {
      {"MICROSECOND", Truncation::kMicrosecond},
      {"MILLISECOND", Truncation::kMillisecond},
      {"SECOND", Truncation::kSecond},
      {"MINUTE", Truncation::kMinute},
      {"HOUR", Truncation::kHour},
      {"DAY", Truncation::kDay},
      {"DD", Truncation::kDay},
      {"WEEK", Truncation::kWeek},
      {"MON", Truncation::kMonth},
      {"MONTH", Truncation::kMonth},
      {"MM", Truncation::kMonth},
      {"QUARTER", Truncation::kQuarter},
      {"YEAR", Truncation::kYear},
      {"YYYY", Truncation::kYear},
      {"YY", Truncation::kYear}};
  const std::string upper = upperOf(name);
  for (const auto& [text, truncation] : kNames)
    if (text == upper) return truncation;
  return Truncation::kNone;
}

int64_t truncatedDays(int64_t days, Truncation to) {
  const LocalTime date = LocalTime::ofDays(days);
  switch (to) {
    case Truncation::kWeek: return days - LocalTime::weekdayOf(days) + 1;
    case Truncation::kMonth: return LocalTime::daysOf(date.year, date.month, 1);
    case Truncation::kQuarter: return LocalTime::daysOf(date.year, (date.month - 1) / 3 * 3 + 1, 1);
    case Truncation::kYear: return LocalTime::daysOf(date.year, 1, 1);
    default: return days;
  }
}

int64_t floorTo(int64_t value, int64_t unit) { return LocalTime::floorDivide(value, unit) * unit; }

int64_t truncatedLocal(int64_t local, Truncation to) {
  switch (to) {
    case Truncation::kMinute: return floorTo(local, 60 * LocalTime::kMicrosPerSecond);
    case Truncation::kHour: return floorTo(local, 3600 * LocalTime::kMicrosPerSecond);
    default: return truncatedDays(LocalTime::dayOfMicros(local), to) * LocalTime::kMicrosPerDay;
  }
}

/// trunc(date, unit): null for a unit below a week.
Result<arrow::Datum> truncRows(EvalContext&, Arguments arguments, int64_t rows) {
  return forEachRow<arrow::Date32Builder>(
      arguments, rows, arrow::date32(),
      [](const ArgumentColumns& in, int64_t i, arrow::Date32Builder& out) {
        const Truncation to = truncationNamed(in[1].text(i));
        if (to < Truncation::kWeek) {
          out.UnsafeAppendNull();
        } else {
          out.UnsafeAppend(static_cast<int32_t>(truncatedDays(in[0].get<int32_t>(i), to)));
        }
      });
}

/// date_trunc(unit, timestamp).
Result<arrow::Datum> dateTruncRows(EvalContext& context, Arguments arguments, int64_t rows) {
  SPATE_ASSIGN_OR_FAIL(const LocalClock clock,
                       LocalClock::make(*arguments[1].type(), context.settings));
  return forEachRow<arrow::TimestampBuilder>(
      arguments, rows, timestampType(),
      [&](const ArgumentColumns& in, int64_t i, arrow::TimestampBuilder& out) {
        const int64_t micros = in[1].get<int64_t>(i);
        const Truncation to = truncationNamed(in[0].text(i));
        switch (to) {
          case Truncation::kNone: out.UnsafeAppendNull(); break;
          case Truncation::kMicrosecond: out.UnsafeAppend(micros); break;
          case Truncation::kMillisecond: out.UnsafeAppend(floorTo(micros, 1000)); break;
          case Truncation::kSecond:
            out.UnsafeAppend(floorTo(micros, LocalTime::kMicrosPerSecond));
            break;
          default: out.UnsafeAppend(clock.fromLocal(truncatedLocal(clock.toLocal(micros), to)));
        }
      });
}

bool isLastDay(const LocalTime& time) {
  return time.day == LocalTime::monthLength(time.year, time.month);
}

double monthsBetween(int64_t first, int64_t second, bool roundOff) {
  const LocalTime a = LocalTime::ofMicros(first);
  const LocalTime b = LocalTime::ofMicros(second);
  const auto months = static_cast<double>((a.year - b.year) * 12 + a.month - b.month);
  if (a.day == b.day || (isLastDay(a) && isLastDay(b))) return months;
  const auto secondOfDay = [](const LocalTime& time) {
    return int64_t{time.hour} * 3600 + time.minute * 60 + time.second;
  };
  const int64_t seconds = int64_t{a.day - b.day} * 86'400 + secondOfDay(a) - secondOfDay(b);
  const double difference = months + static_cast<double>(seconds) / (31.0 * 86'400);
  return roundOff ? std::floor(difference * 1e8 + 0.5) / 1e8 : difference;
}

Result<arrow::Datum> monthsBetweenRows(EvalContext& context, Arguments arguments, int64_t rows) {
  SPATE_ASSIGN_OR_FAIL(const LocalClock clock,
                       LocalClock::make(*arguments[0].type(), context.settings));
  return forEachRow<arrow::DoubleBuilder>(
      arguments, rows, arrow::float64(),
      [&](const ArgumentColumns& in, int64_t i, arrow::DoubleBuilder& out) {
        out.UnsafeAppend(monthsBetween(clock.toLocal(in[0].get<int64_t>(i)),
                                       clock.toLocal(in[1].get<int64_t>(i)),
                                       in.size() < 3 || in[2].boolean(i)));
      });
}

/// The zone of the row: the last one is kept.
class ZoneCache {
 public:
  Result<const TimeZone*> get(std::string_view id) {
    if (zone_ == nullptr || id != id_) {
      SPATE_ASSIGN_OR_FAIL(zone_, TimeZone::make(id));
      id_ = id;
    }
    return zone_.get();
  }

 private:
  std::string id_;
  std::shared_ptr<const TimeZone> zone_;
};

template <bool kFromUtc>
Result<arrow::Datum> utcRows(EvalContext&, Arguments arguments, int64_t rows) {
  ZoneCache zones;
  return forEachRow<arrow::TimestampBuilder>(
      arguments, rows, timestampType(),
      [&](const ArgumentColumns& in, int64_t i, arrow::TimestampBuilder& out) -> Status {
        SPATE_ASSIGN_OR_RETURN(const TimeZone* zone, zones.get(in[1].text(i)));
        const int64_t micros = in[0].get<int64_t>(i);
        out.UnsafeAppend(kFromUtc ? zone->toLocal(micros) : zone->toUtc(micros));
        return Status::OK();
      });
}

Result<arrow::Datum> convertZoneRows(EvalContext& context, Arguments arguments, int64_t rows) {
  ZoneCache sources;
  ZoneCache targets;
  return forEachRow<arrow::TimestampBuilder>(
      arguments, rows, arrow::timestamp(arrow::TimeUnit::MICRO),
      [&](const ArgumentColumns& in, int64_t i, arrow::TimestampBuilder& out) -> Status {
        const bool hasSource = in.size() == 3;
        SPATE_ASSIGN_OR_RETURN(
            const TimeZone* source,
            sources.get(hasSource ? in[0].text(i) : std::string_view(context.settings.timeZone)));
        SPATE_ASSIGN_OR_RETURN(const TimeZone* target, targets.get(in[hasSource ? 1 : 0].text(i)));
        const int64_t local = in[hasSource ? 2 : 1].get<int64_t>(i);
        out.UnsafeAppend(target->toLocal(source->toUtc(local)));
        return Status::OK();
      });
}

Result<BoundFunction> bindConvertZone(std::string_view name, std::span<const Argument> arguments,
                                      const SessionSettings&) {
  return bindSignature(name, arguments, arguments.size() == 2 ? "sN" : "ssN", "N",
                       &convertZoneRows);
}

/// A unit of timestampadd: so many months, or so many microseconds.
struct Unit {
  int64_t months = 0;
  int64_t micros = 0;
};

std::optional<Unit> unitNamed(std::string_view name) {
  constexpr int64_t kSecond = LocalTime::kMicrosPerSecond;
  constexpr std::pair<std::string_view, Unit> kUnits[] = {
      {"YEAR", {12, 0}},
      {"QUARTER", {3, 0}},
      {"MONTH", {1, 0}},
      {"WEEK", {0, 7 * LocalTime::kMicrosPerDay}},
      {"DAY", {0, LocalTime::kMicrosPerDay}},
      {"DAYOFYEAR", {0, LocalTime::kMicrosPerDay}},
      {"HOUR", {0, 3600 * kSecond}},
      {"MINUTE", {0, 60 * kSecond}},
      {"SECOND", {0, kSecond}},
      {"MILLISECOND", {0, 1000}},
      {"MICROSECOND", {0, 1}}};
  const std::string upper = upperOf(name);
  for (const auto& [text, unit] : kUnits)
    if (text == upper) return unit;
  return std::nullopt;
}

Result<Unit> unitOf(std::string_view name, std::span<const Argument> arguments) {
  const auto text = constantText(arguments[0]);
  if (!text) return failure(nonFoldableInput(name, arguments, 0, "unit", "STRING"));
  if (const auto unit = unitNamed(*text)) return *unit;
  return failure(
      Status::invalidArgument(fmt::format("The value of parameter(s) `unit` in `{}` is invalid: "
                                          "expects one of the units without quotes YEAR, QUARTER, "
                                          "MONTH, WEEK, DAY, DAYOFYEAR, HOUR, MINUTE, SECOND, "
                                          "MILLISECOND, MICROSECOND, but got the string literal "
                                          "'{}'.",
                                          name, *text))
          .withErrorClass("INVALID_PARAMETER_VALUE.DATETIME_UNIT", "22023",
                          {{"functionName", fmt::format("`{}`", name)},
                           {"parameter", "`unit`"},
                           {"invalidValue", "'" + *text + "'"}}));
}

int64_t addUnit(int64_t value, int64_t count, const Unit& unit, const LocalClock& clock) {
  if (unit.months == 0 && unit.micros < LocalTime::kMicrosPerDay) {
    return value + count * unit.micros;
  }
  const int64_t local = clock.toLocal(value);
  if (unit.months == 0) return clock.fromLocal(local + count * unit.micros);
  const int64_t days = LocalTime::dayOfMicros(local);
  const int64_t rest = local - days * LocalTime::kMicrosPerDay;
  return clock.fromLocal(
      LocalTime::addMonths(days, count * unit.months) * LocalTime::kMicrosPerDay + rest);
}

int64_t countUnits(int64_t start, int64_t end, const Unit& unit, const LocalClock& clock) {
  if (unit.months == 0 && unit.micros < LocalTime::kMicrosPerDay)
    return (end - start) / unit.micros;
  const int64_t from = clock.toLocal(start);
  const int64_t to = clock.toLocal(end);
  if (unit.months == 0) return (to - from) / unit.micros;
  const LocalTime a = LocalTime::ofMicros(from);
  const LocalTime b = LocalTime::ofMicros(to);
  int64_t months = (b.year - a.year) * 12 + b.month - a.month;
  // Whole months only: the part of the month is compared by day and time.
  const auto inMonth = [](const LocalTime& time, int64_t micros) {
    return (time.day - 1) * LocalTime::kMicrosPerDay +
           (micros - LocalTime::dayOfMicros(micros) * LocalTime::kMicrosPerDay);
  };
  if (months > 0 && inMonth(b, to) < inMonth(a, from)) --months;
  if (months < 0 && inMonth(b, to) > inMonth(a, from)) ++months;
  return months / unit.months;
}

Result<BoundFunction> bindTimestampAdd(std::string_view name, std::span<const Argument> arguments,
                                       const SessionSettings&) {
  SPATE_ASSIGN_OR_FAIL(BoundFunction bound, bindSignature(name, arguments, "slA", "T", nullptr));
  SPATE_ASSIGN_OR_FAIL(const Unit unit, unitOf(name, arguments));
  bound.type = bound.argumentTypes[2];
  bound.kernel = [unit](EvalContext& context, Arguments values,
                        int64_t rows) -> Result<arrow::Datum> {
    SPATE_ASSIGN_OR_FAIL(const LocalClock clock,
                         LocalClock::make(*values[2].type(), context.settings));
    return forEachTimestamp(
        values, rows, values[2].type(), [&](const ArgumentColumns& in, int64_t i) {
          return addUnit(in[2].get<int64_t>(i), in[1].get<int64_t>(i), unit, clock);
        });
  };
  return bound;
}

Result<BoundFunction> bindTimestampDiff(std::string_view name, std::span<const Argument> arguments,
                                        const SessionSettings&) {
  SPATE_ASSIGN_OR_FAIL(BoundFunction bound, bindSignature(name, arguments, "sTT", "l", nullptr));
  SPATE_ASSIGN_OR_FAIL(const Unit unit, unitOf(name, arguments));
  bound.kernel = [unit](EvalContext& context, Arguments values,
                        int64_t rows) -> Result<arrow::Datum> {
    SPATE_ASSIGN_OR_FAIL(const LocalClock clock,
                         LocalClock::make(*values[1].type(), context.settings));
    return forEachLong(values, rows, [&](const ArgumentColumns& in, int64_t i) {
      return countUnits(in[1].get<int64_t>(i), in[2].get<int64_t>(i), unit, clock);
    });
  };
  return bound;
}

/// dateadd(date, days) or dateadd(unit, count, timestamp).
Result<BoundFunction> bindDateAdd(std::string_view name, std::span<const Argument> arguments,
                                  const SessionSettings& settings) {
  if (arguments.size() == 3) return bindTimestampAdd(name, arguments, settings);
  return bindSignature(name, arguments, "Di", "D", &dateAddRows<1>);
}

Result<BoundFunction> bindDateDiff(std::string_view name, std::span<const Argument> arguments,
                                   const SessionSettings& settings) {
  if (arguments.size() == 3) return bindTimestampDiff(name, arguments, settings);
  return bindSignature(name, arguments, "DD", "i", &dateDiffRows);
}

constexpr ScalarFunction kFunctions[] = {
    {"add_months", bindRows<"Di", "D", &addMonthsRows>},
    {"convert_timezone", bindConvertZone},
    {"date_add", bindDateAdd},
    {"date_diff", bindDateDiff},
    {"date_sub", bindRows<"Di", "D", &dateAddRows<-1>>},
    {"date_trunc", bindRows<"sT", "T?", &dateTruncRows>},
    {"dateadd", bindDateAdd},
    {"datediff", bindDateDiff},
    {"from_utc_timestamp", bindRows<"Ts", "T", &utcRows<true>>},
    {"last_day", bindRows<"D", "D", &lastDayRows>},
    {"months_between", bindRows<"TT|t", "d", &monthsBetweenRows>},
    {"next_day", bindRows<"Ds", "D?", &nextDayRows>},
    {"timestampadd", bindTimestampAdd},
    {"timestampdiff", bindTimestampDiff},
    {"to_utc_timestamp", bindRows<"Ts", "T", &utcRows<false>>},
    {"trunc", bindRows<"Ds", "D?", &truncRows>},
};

}  // namespace

std::span<const ScalarFunction> datetimeArithmeticFunctions() { return kFunctions; }

}  // namespace spate
