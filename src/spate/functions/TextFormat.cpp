#include <arrow/array/array_decimal.h>
#include <arrow/array/array_nested.h>
#include <arrow/array/data.h>
#include <arrow/array/util.h>
#include <arrow/util/decimal.h>
#include <fmt/core.h>

#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "spate/functions/CollectionFamilies.h"
#include "spate/functions/RowLoop.h"
#include "spate/functions/Signature.h"
#include "spate/functions/StringFamilies.h"
#include "spate/functions/TextScan.h"
#include "spate/types/ArrowStatus.h"
#include "spate/types/CastText.h"
#include "spate/types/ToString.h"

namespace spate {
namespace {

using Arguments = std::span<const arrow::Datum>;

/// concat_ws(separator, text or array of texts, ...): nulls are left out.
Result<arrow::Datum> concatWsRows(EvalContext&, Arguments arguments, int64_t rows) {
  const bool isScalar = areAllScalar(arguments);
  const ArgumentColumns in = argumentColumns(arguments);
  std::vector<std::optional<ArgumentColumn>> elements(in.size());
  for (size_t c = 1; c < in.size(); ++c)
    if (in[c].array().type_id() == arrow::Type::LIST) elements[c].emplace(elementsOf(in[c]));
  TextColumnBuilder builder(arrow::utf8(), nullptr);
  const int64_t count = isScalar ? 1 : rows;
  if (const auto reserved = builder.Reserve(count); !reserved.ok())
    return failure(fromArrow(reserved));
  std::string text;
  for (int64_t i = 0; i < count; ++i) {
    if (in[0].isNull(i)) {
      builder.appendNull();
      continue;
    }
    text.clear();
    bool isFirst = true;
    const auto add = [&](const ArgumentColumn& column, int64_t row) {
      if (column.isNull(row)) return;
      if (!isFirst) text += in[0].text(i);
      isFirst = false;
      text += column.text(row);
    };
    for (size_t c = 1; c < in.size(); ++c) {
      if (!elements[c]) {
        add(in[c], i);
      } else if (!in[c].isNull(i)) {
        for (int32_t k = in[c].begin(i); k < in[c].end(i); ++k) add(*elements[c], k);
      }
    }
    builder.append(text);
  }
  std::shared_ptr<arrow::Array> array;
  if (const auto finished = builder.Finish(&array); !finished.ok())
    return failure(fromArrow(finished));
  return datumOf(std::move(array), isScalar);
}

Result<BoundFunction> bindConcatWs(std::string_view name, std::span<const Argument> arguments,
                                   const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 1, kAnyCount));
  BoundFunction bound;
  bound.type = DataType::stringType();
  bound.nullable = arguments[0].nullable;
  bound.kernel = &concatWsRows;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const DataType& given = arguments[i].type;
    const bool isArray = i > 0 && given.is(TypeKind::kArray);
    if (given.isNested() && !isArray) {
      return failure(unexpectedInputType(name, arguments, i, "(\"ARRAY<STRING>\" or \"STRING\")"));
    }
    bound.argumentTypes.push_back(isArray ? DataType::arrayOf(DataType::stringType())
                                          : DataType::stringType());
  }
  return bound;
}

/// elt(n, first, second, ...).
Result<BoundFunction> bindElt(std::string_view name, std::span<const Argument> arguments,
                              const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 2, kAnyCount));
  BoundFunction bound;
  bool isBinary = true;
  for (size_t i = 1; i < arguments.size(); ++i)
    isBinary = isBinary && arguments[i].type.is(TypeKind::kBinary);
  bound.type = isBinary ? DataType::binaryType() : DataType::stringType();
  bound.argumentTypes.assign(arguments.size(), bound.type);
  bound.argumentTypes[0] = DataType::integerType();
  bound.kernel = [isBinary](EvalContext& context, Arguments values,
                            int64_t rows) -> Result<arrow::Datum> {
    auto made = forEachRow<TextColumnBuilder, false>(
        values, rows, arrow::utf8(),
        [&](const ArgumentColumns& in, int64_t i, TextColumnBuilder& out) -> Status {
          if (in[0].isNull(i)) {
            out.appendNull();
            return Status::OK();
          }
          const int32_t index = in[0].get<int32_t>(i);
          const auto size = static_cast<int64_t>(in.size()) - 1;
          if (index < 1 || index > size) {
            if (context.settings.ansi) return invalidArrayIndex(index, size, false);
            out.appendNull();
            return Status::OK();
          }
          const ArgumentColumn& chosen = in[static_cast<size_t>(index)];
          if (chosen.isNull(i)) {
            out.appendNull();
          } else {
            out.append(chosen.text(i));
          }
          return Status::OK();
        });
    if (!made || !isBinary) return made;
    const ArgumentColumn texts(*made);
    auto data = texts.array().data()->Copy();
    data->type = arrow::binary();
    return datumOf(arrow::MakeArray(data), made->is_scalar());
  };
  return bound;
}

/// "1234567.5" with commas between thousands.
std::string grouped(const std::string& digits) {
  const size_t start = digits.starts_with('-') ? 1 : 0;
  const size_t point = std::min(digits.find('.'), digits.size());
  std::string out = digits.substr(0, start);
  for (size_t i = start; i < point; ++i) {
    if (i > start && (point - i) % 3 == 0) out += ',';
    out += digits[i];
  }
  return out + digits.substr(point);
}

/// A number with so many digits behind the point, the half rounded to the even digit, as Java's
/// DecimalFormat does.
std::string fixedDecimal(Int128 unscaled, int scale, int places) {
  const bool isNegative = unscaled < 0;
  Int128 value = isNegative ? -unscaled : unscaled;
  Int128 cut = 1;
  for (; scale > places; --scale) cut *= 10;
  const Int128 rest = value % cut;
  value /= cut;
  if (rest * 2 > cut || (rest * 2 == cut && value % 2 != 0)) ++value;
  std::string text;
  appendDecimal(value, scale, text);
  if (scale == 0 && places > 0) text += '.';
  if (scale < places) text.append(static_cast<size_t>(places - scale), '0');
  return (isNegative && value != 0 ? "-" : "") + text;
}

/// format_number(x, d): negative d gives null. format_number(x, 'pattern') with # , 0 and a point.
struct NumberPattern {
  bool hasGroups = true;
  int leastWhole = 1;
  int leastPlaces = 0;
  int mostPlaces = 0;

  static NumberPattern ofText(std::string_view text) {
    NumberPattern pattern;
    pattern.hasGroups = text.find(',') != std::string_view::npos;
    pattern.leastWhole = 0;
    bool isBehind = false;
    for (const char c : text) {
      if (c == '.') isBehind = true;
      if (c == '0') (isBehind ? pattern.leastPlaces : pattern.leastWhole)++;
      if (isBehind && (c == '0' || c == '#')) ++pattern.mostPlaces;
    }
    return pattern;
  }
  std::string apply(std::string fixed) const {
    for (int extra = mostPlaces - leastPlaces; extra > 0 && fixed.ends_with('0'); --extra)
      fixed.pop_back();
    if (fixed.ends_with('.')) fixed.pop_back();
    const size_t start = fixed.starts_with('-') ? 1 : 0;
    if (leastWhole == 0 && fixed.substr(start).starts_with("0.")) fixed.erase(start, 1);
    size_t whole = std::min(fixed.find('.'), fixed.size()) - start;
    for (; static_cast<int>(whole) < leastWhole; ++whole) fixed.insert(start, "0");
    return hasGroups ? grouped(fixed) : fixed;
  }
};

Result<BoundFunction> bindFormatNumber(std::string_view name, std::span<const Argument> arguments,
                                       const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 2, 2));
  const DataType given = arguments[0].type;
  if (!given.isNumeric() && !given.is(TypeKind::kNull) && !given.isText())
    return failure(unexpectedInputType(name, arguments, 0, "\"NUMERIC\""));
  const bool isPattern = arguments[1].type.isText();
  BoundFunction bound;
  bound.type = DataType::stringType();
  const bool isDecimal = given.is(TypeKind::kDecimal);
  const bool isIntegral = given.isIntegral();
  bound.argumentTypes = {isDecimal    ? given
                         : isIntegral ? DataType::longType()
                                      : DataType::doubleType(),
                         isPattern ? DataType::stringType() : DataType::integerType()};
  bound.kernel = [=](EvalContext&, Arguments values, int64_t rows) {
    return forEachText(values, rows, [&](const ArgumentColumns& in, int64_t i, std::string& out) {
      NumberPattern pattern;
      if (isPattern) {
        if (!in[1].text(i).empty()) pattern = NumberPattern::ofText(in[1].text(i));
      } else {
        pattern.leastPlaces = pattern.mostPlaces = in[1].get<int32_t>(i);
        if (pattern.mostPlaces < 0) return false;
      }
      std::string fixed;
      if (isDecimal) {
        const auto& array = static_cast<const arrow::Decimal128Array&>(in[0].array());
        const arrow::Decimal128 value(array.GetValue(in[0].at(i)));
        const Int128 unscaled = static_cast<Int128>(value.high_bits()) << 64 | value.low_bits();
        fixed = fixedDecimal(unscaled, given.scale(), pattern.mostPlaces);
      } else if (isIntegral) {
        fixed = fixedDecimal(in[0].get<int64_t>(i), 0, pattern.mostPlaces);
      } else {
        const double value = in[0].get<double>(i);
        if (!std::isfinite(value)) {
          out = std::isnan(value) ? "NaN" : (value < 0 ? "-\u221E" : "\u221E");
          return true;
        }
        fixed = fmt::format("{:.{}f}", value, pattern.mostPlaces);
      }
      out = pattern.apply(std::move(fixed));
      return true;
    });
  };
  return bound;
}

Status badFormat(std::string_view format, const std::string& why) {
  return invalidParameterValue("FORMAT", "strFmt", "format_string", why,
                               {{"format", std::string(format)}});
}

/// One "%-10.2f" of a format.
struct FormatItem {
  bool leftAligned = false;
  bool plus = false;
  bool space = false;
  bool zeros = false;
  bool groups = false;
  bool alternate = false;
  bool upper = false;
  int width = 0;
  int precision = -1;
  char conversion = 0;

  std::string padded(std::string text) const {
    const int64_t missing = width - countCharacters(text);
    if (missing <= 0) return text;
    const auto count = static_cast<size_t>(missing);
    if (leftAligned) return text + std::string(count, ' ');
    if (zeros) {
      const size_t sign = !text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0;
      return text.insert(sign, count, '0');
    }
    return std::string(count, ' ') + text;
  }
};

/// The number of a column of any numeric type.
struct FormatArgument {
  const ArgumentColumn& column;
  const DataType& type;
  int64_t integer(int64_t i) const {
    switch (type.kind()) {
      case TypeKind::kByte: return column.get<int8_t>(i);
      case TypeKind::kShort: return column.get<int16_t>(i);
      case TypeKind::kInteger: return column.get<int32_t>(i);
      default: return column.get<int64_t>(i);
    }
  }
  double fraction(int64_t i) const {
    return type.is(TypeKind::kFloat) ? static_cast<double>(column.get<float>(i))
                                     : column.get<double>(i);
  }
  std::string text(int64_t i) const {
    if (column.isNull(i)) return "null";
    std::string out;
    if (type.isText()) return std::string(column.text(i));
    if (type.isIntegral()) return std::to_string(integer(i));
    if (type.is(TypeKind::kBoolean)) return column.boolean(i) ? "true" : "false";
    if (type.is(TypeKind::kFloat)) {
      appendJavaNumber(column.get<float>(i), out);
    } else if (type.is(TypeKind::kDouble)) {
      appendJavaNumber(column.get<double>(i), out);
    }
    return out;
  }
};

Result<std::string> formatted(const FormatItem& item, const FormatArgument& argument, int64_t row,
                              std::string_view format) {
  const bool isNull = argument.column.isNull(row);
  switch (item.conversion) {
    case 's': {
      std::string text = argument.text(row);
      if (item.precision >= 0) text = substringOf(text, 1, item.precision);
      std::string upper;
      if (item.upper) appendUpper(text, upper);
      return item.padded(item.upper ? upper : text);
    }
    case 'b': {
      const bool value =
          argument.type.is(TypeKind::kBoolean) && !isNull ? argument.column.boolean(row) : !isNull;
      return item.padded(value ? "true" : "false");
    }
    case 'c':
    case 'd':
    case 'x':
    case 'o': {
      if (isNull) return item.padded("null");
      if (!argument.type.isIntegral()) {
        return failure(
            badFormat(format, fmt::format("%{} != {}", item.conversion, argument.type.sql())));
      }
      const int64_t value = argument.integer(row);
      std::string text;
      if (item.conversion == 'd') {
        text = std::to_string(value);
        if (item.groups) text = grouped(text);
        if (value >= 0 && item.plus) text.insert(0, "+");
        if (value >= 0 && item.space) text.insert(0, " ");
      } else if (item.conversion == 'c') {
        text += static_cast<char>(value);
      } else {
        const auto bits = argument.type.is(TypeKind::kLong)
                              ? static_cast<uint64_t>(value)
                              : uint64_t{static_cast<uint32_t>(value)};
        text = item.conversion == 'o' ? fmt::format("{:o}", bits)
               : item.upper           ? fmt::format("{:X}", bits)
                                      : fmt::format("{:x}", bits);
        if (item.alternate) text.insert(0, item.conversion == 'o' ? "0" : "0x");
      }
      return item.padded(std::move(text));
    }
    default: {
      if (isNull) return item.padded("null");
      if (!argument.type.is(TypeKind::kDouble) && !argument.type.is(TypeKind::kFloat)) {
        return failure(
            badFormat(format, fmt::format("%{} != {}", item.conversion, argument.type.sql())));
      }
      const double value = argument.fraction(row);
      const int precision = item.precision < 0 ? 6 : item.precision;
      if (!std::isfinite(value))
        return item.padded(std::isnan(value) ? "NaN" : (value < 0 ? "-Infinity" : "Infinity"));
      std::string text = item.conversion == 'f'   ? fmt::format("{:.{}f}", value, precision)
                         : item.conversion == 'e' ? fmt::format("{:.{}e}", value, precision)
                                                  : fmt::format("{:.{}g}", value, precision);
      if (item.groups) text = grouped(text);
      if (item.plus && value >= 0) text.insert(0, "+");
      return item.padded(std::move(text));
    }
  }
}

/// java.util.Formatter with %s %d %x %o %c %b %f %e %g %n %%.
Status appendFormatted(std::string_view format, const std::vector<FormatArgument>& arguments,
                       int64_t row, std::string& out) {
  size_t next = 0;
  for (size_t at = 0; at < format.size(); ++at) {
    if (format[at] != '%') {
      out += format[at];
      continue;
    }
    FormatItem item;
    const auto number = [&](int& value) {
      value = 0;
      while (at < format.size() && format[at] >= '0' && format[at] <= '9' && value < 100'000)
        value = value * 10 + (format[at++] - '0');
    };
    ++at;
    size_t index = SIZE_MAX;
    const size_t digits = format.find_first_not_of("0123456789", at);
    if (digits != std::string_view::npos && digits > at && format[digits] == '$') {
      int given = 0;
      number(given);
      ++at;
      index = static_cast<size_t>(given) - 1;
    }
    for (bool isFlag = true; isFlag && at < format.size();) {
      switch (format[at]) {
        case '-': item.leftAligned = true; break;
        case '+': item.plus = true; break;
        case ' ': item.space = true; break;
        case '0': item.zeros = true; break;
        case ',': item.groups = true; break;
        case '#': item.alternate = true; break;
        default: isFlag = false;
      }
      if (isFlag) ++at;
    }
    number(item.width);
    if (at < format.size() && format[at] == '.') {
      ++at;
      number(item.precision);
    }
    if (at >= format.size()) return badFormat(format, "UnknownFormatConversionException: '%'");
    item.conversion = format[at];
    if (item.conversion == 'S' || item.conversion == 'X' || item.conversion == 'E') {
      item.upper = true;
      item.conversion = static_cast<char>(item.conversion + 32);
    }
    if (item.conversion == '%') {
      out += item.padded("%");
      continue;
    }
    if (item.conversion == 'n') {
      out += '\n';
      continue;
    }
    if (std::string_view("sdxocbfeg").find(item.conversion) == std::string_view::npos)
      return badFormat(format, fmt::format("UnknownFormatConversionException: '{}'", format[at]));
    if (index == SIZE_MAX) index = next++;
    if (index >= arguments.size())
      return badFormat(format, fmt::format("MissingFormatArgumentException: '%{}'", format[at]));
    SPATE_ASSIGN_OR_RETURN(const std::string text, formatted(item, arguments[index], row, format));
    out += text;
  }
  return Status::OK();
}

Result<BoundFunction> bindFormatString(std::string_view name, std::span<const Argument> arguments,
                                       const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 1, kAnyCount));
  BoundFunction bound;
  bound.type = DataType::stringType();
  bound.nullable = arguments[0].nullable;
  for (const Argument& argument : arguments) {
    const DataType& type = argument.type;
    const bool isPlain = type.isIntegral() || type.is(TypeKind::kFloat) ||
                         type.is(TypeKind::kDouble) || type.is(TypeKind::kBoolean);
    // Everything else is shown as its text.
    bound.argumentTypes.push_back(
        isPlain && bound.argumentTypes.size() > 0 ? type : DataType::stringType());
  }
  bound.kernel = [types = bound.argumentTypes](EvalContext&, Arguments values,
                                               int64_t rows) -> Result<arrow::Datum> {
    std::string text;
    return forEachRow<TextColumnBuilder, false>(
        values, rows, arrow::utf8(),
        [&](const ArgumentColumns& in, int64_t i, TextColumnBuilder& out) -> Status {
          if (in[0].isNull(i)) {
            out.appendNull();
            return Status::OK();
          }
          std::vector<FormatArgument> shown;
          for (size_t c = 1; c < in.size(); ++c) shown.push_back({in[c], types[c]});
          text.clear();
          SPATE_RETURN_IF_ERROR(appendFormatted(in[0].text(i), shown, i, text));
          out.append(text);
          return Status::OK();
        });
  };
  return bound;
}

constexpr ScalarFunction kFunctions[] = {
    {"concat_ws", bindConcatWs},         {"elt", bindElt},
    {"format_number", bindFormatNumber}, {"format_string", bindFormatString},
    {"printf", bindFormatString},
};

}  // namespace

std::span<const ScalarFunction> textFormatFunctions() { return kFunctions; }

}  // namespace spate
