#include "spate/sources/files/CsvInference.h"

#include <algorithm>
#include <limits>
#include <map>
#include <random>

#include "spate/base/AsciiCase.h"
#include "spate/sources/files/CsvRecords.h"

namespace spate {
namespace {

/// Names from the first record: empty ones get a number, those that come twice get theirs behind.
std::vector<std::string> columnNames(const std::vector<CsvToken>& first, const CsvOptions& options,
                                     bool caseSensitive) {
  std::vector<std::string> names;
  std::map<std::string, int> counts;
  const auto key = [&](std::string_view name) {
    return caseSensitive ? std::string(name) : asciiLower(name);
  };
  for (const CsvToken& token : first) ++counts[key(token.text)];
  for (size_t i = 0; i < first.size(); ++i) {
    const std::string_view name = first[i].text;
    if (!options.header || first[i].isNull || name.empty() || name == options.nullValue) {
      names.push_back("_c" + std::to_string(i));
    } else if (counts[key(name)] > 1) {
      names.push_back(std::string(name) + std::to_string(i));
    } else {
      names.emplace_back(name);
    }
  }
  return names;
}

/// The order in which types give way to wider ones.
class TypeInference {
 public:
  TypeInference(const CsvOptions& options, const FileReadSettings& settings)
      : options_(options), settings_(settings) {}

  DataType next(const DataType& soFar, const CsvToken& token) const {
    if (token.isNull || token.text.empty() || token.text == options_.nullValue) return soFar;
    const DataType found = typeOf(soFar, token.text);
    return merge(soFar, found);
  }

  static DataType merge(const DataType& a, const DataType& b) {
    if (a == b || b.is(TypeKind::kNull)) return a;
    if (a.is(TypeKind::kNull)) return b;
    if (a.isNumeric() && b.isNumeric()) {
      if (a.is(TypeKind::kDouble) || b.is(TypeKind::kDouble)) return DataType::doubleType();
      if (!a.is(TypeKind::kDecimal) && !b.is(TypeKind::kDecimal)) return DataType::longType();
      const auto precision = [](const DataType& type) {
        if (type.is(TypeKind::kDecimal)) return type.precision();
        return type.is(TypeKind::kLong) ? 20 : 10;
      };
      return DataType::decimalType(std::max(precision(a), precision(b)), 0);
    }
    const auto isTime = [](const DataType& type) {
      return type.is(TypeKind::kDate) || type.is(TypeKind::kTimestamp) ||
             type.is(TypeKind::kTimestampNtz);
    };
    if (isTime(a) && isTime(b)) return DataType::timestampType();
    return DataType::stringType();
  }

 private:
  /// Never narrower than what the column is already.
  DataType typeOf(const DataType& soFar, std::string_view text) const {
    const TextValueParser& values = *options_.values;
    switch (soFar.kind()) {
      case TypeKind::kNull:
      case TypeKind::kInteger: {
        const auto number = parseWholeNumber(text);
        if (number && *number >= std::numeric_limits<int32_t>::min() &&
            *number <= std::numeric_limits<int32_t>::max())
          return DataType::integerType();
        [[fallthrough]];
      }
      case TypeKind::kLong:
        if (parseWholeNumber(text)) return DataType::longType();
        [[fallthrough]];
      case TypeKind::kDecimal: {
        const auto digits = wholeDigits(text);
        if (digits && *digits <= DataType::kMaxDecimalPrecision &&
            text.find_first_of(".eE") == text.npos)
          return DataType::decimalType(*digits, 0);
        [[fallthrough]];
      }
      case TypeKind::kDouble:
        if (parseDoubleText(text) || text == values.options().nanValue ||
            text == values.options().negativeInfinity || text == values.options().positiveInfinity)
          return DataType::doubleType();
        [[fallthrough]];
      case TypeKind::kDate:
        if (options_.prefersDate && isWholeDate(text)) return DataType::dateType();
        [[fallthrough]];
      case TypeKind::kTimestampNtz:
        if (settings_.prefersTimestampNtz && isWholeMoment(text) && values.timestampNtz(text))
          return DataType::timestampNtzType();
        [[fallthrough]];
      case TypeKind::kTimestamp:
        if (isWholeMoment(text) && values.timestamp(text)) return DataType::timestampType();
        [[fallthrough]];
      case TypeKind::kBoolean: {
        const std::string lower = asciiLower(text);
        if (lower == "true" || lower == "false") return DataType::booleanType();
        [[fallthrough]];
      }
      default: return DataType::stringType();
    }
  }

  /// Inference is stricter than reading: the default is the pattern yyyy-MM-dd.
  bool isWholeDate(std::string_view text) const {
    if (options_.values->options().datePattern == nullptr &&
        (text.size() != 10 || text[4] != '-' || text[7] != '-'))
      return false;
    return options_.values->date(text).has_value();
  }
  bool isWholeMoment(std::string_view text) const {
    return options_.values->options().timestampPattern != nullptr ||
           (text.size() >= 8 && text.find('-', 1) != text.npos);
  }

  const CsvOptions& options_;
  const FileReadSettings& settings_;
};

}  // namespace

Result<std::optional<DataType>> inferCsvSchema(const std::vector<FileEntry>& files,
                                               const CsvOptions& options,
                                               const FileReadSettings& settings) {
  const TypeInference inference(options, settings);
  std::optional<std::vector<std::string>> names;
  std::vector<DataType> types;
  // A sample that is the same in every run.
  std::minstd_rand random(1);
  std::uniform_real_distribution<double> chance(0, 1);
  for (const FileEntry& file : files) {
    SPATE_ASSIGN_OR_FAIL(const auto records, CsvRecords::open({file, 0, file.size}, options));
    bool isFirst = true;
    if (!names && records->header()) {
      names = columnNames(*records->header(), options, settings.caseSensitive);
      types.assign(names->size(), DataType::nullType());
    }
    while (true) {
      if (names && !options.inferSchema) break;
      SPATE_ASSIGN_OR_FAIL(const bool hasRecord, records->next());
      if (!hasRecord) break;
      if (!names) {
        names = columnNames(records->tokens(), options, settings.caseSensitive);
        types.assign(names->size(), DataType::nullType());
      }
      if (!options.inferSchema) break;
      const bool isSampled = options.samplingRatio >= 1 || chance(random) < options.samplingRatio;
      if (!isSampled && !isFirst) continue;
      isFirst = false;
      const auto& tokens = records->tokens();
      for (size_t i = 0; i < std::min(types.size(), tokens.size()); ++i)
        if (!types[i].is(TypeKind::kString)) types[i] = inference.next(types[i], tokens[i]);
    }
  }
  if (!names) return std::nullopt;
  std::vector<StructField> fields;
  for (size_t i = 0; i < names->size(); ++i) {
    const bool isKnown = options.inferSchema && !types[i].is(TypeKind::kNull);
    fields.push_back({(*names)[i], isKnown ? types[i] : DataType::stringType()});
  }
  return DataType::structOf(std::move(fields));
}

}  // namespace spate
