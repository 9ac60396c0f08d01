#include "spate/sources/files/PartitionColumns.h"

#include <algorithm>
#include <charconv>

#include "spate/base/AsciiCase.h"
#include "spate/sources/files/MomentText.h"
#include "spate/sources/files/TextValue.h"

namespace spate {
namespace {

constexpr std::string_view kNull = "__HIVE_DEFAULT_PARTITION__";

/// Hive's escapes of characters that a directory cannot have: "%2F".
std::string unescaped(std::string_view text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    unsigned char byte = 0;
    if (text[i] == '%' && i + 2 < text.size()) {
      const auto [end, error] = std::from_chars(text.data() + i + 1, text.data() + i + 3, byte, 16);
      if (error == std::errc() && end == text.data() + i + 3) {
        result += static_cast<char>(byte);
        i += 2;
        continue;
      }
    }
    result += text[i];
  }
  return result;
}

DataType inferType(const std::string& text, const FileReadSettings& settings) {
  const auto fits = [&](const DataType& type) {
    return parseTextValue(text, type, *settings.zone).has_value();
  };
  if (!settings.partitionColumnTypeInference) return DataType::stringType();
  if (fits(DataType::integerType())) return DataType::integerType();
  if (fits(DataType::longType())) return DataType::longType();
  if (const auto digits = wholeDigits(text); digits && *digits <= DataType::kMaxDecimalPrecision)
    return DataType::decimalType(*digits, 0);
  if (fits(DataType::doubleType())) return DataType::doubleType();
  // Only whole dates and times: "2020" is a number, "2020-01-02x" a string.
  if (text.size() >= 8 && text.find('-', 1) != text.npos) {
    if (text.find_first_of(" T:") == text.npos && parseDateText(text)) return DataType::dateType();
    if (text.find(':') != text.npos && parseMomentText(text)) return DataType::timestampType();
  }
  return DataType::stringType();
}

/// The one type that both are: Spark's rules for partition columns.
DataType widerOf(const DataType& a, const DataType& b) {
  if (a == b || b.is(TypeKind::kNull)) return a;
  if (a.is(TypeKind::kNull)) return b;
  const auto either = [&](TypeKind x, TypeKind y) {
    return (a.is(x) && b.is(y)) || (a.is(y) && b.is(x));
  };
  if (either(TypeKind::kInteger, TypeKind::kLong)) return DataType::longType();
  if (either(TypeKind::kDate, TypeKind::kTimestamp)) return DataType::timestampType();
  if (a.isNumeric() && b.isNumeric()) {
    if (a.is(TypeKind::kDouble) || b.is(TypeKind::kDouble)) return DataType::doubleType();
    const auto precision = [](const DataType& type) {
      if (type.is(TypeKind::kDecimal)) return type.precision();
      return type.is(TypeKind::kLong) ? 20 : 10;
    };
    return DataType::decimalType(std::max(precision(a), precision(b)), 0);
  }
  return DataType::stringType();
}

std::string namesOf(const PartitionTexts& texts) {
  std::string names;
  for (const auto& [name, value] : texts) names += (names.empty() ? "" : ", ") + name;
  return names;
}

Status conflictingNames(const std::vector<FileEntry>& files,
                        const std::vector<PartitionTexts>& texts) {
  std::string lists;
  std::vector<std::string> seen;
  std::string directories;
  for (size_t i = 0; i < files.size(); ++i) {
    const std::string names = namesOf(texts[i]);
    if (std::find(seen.begin(), seen.end(), names) != seen.end()) continue;
    seen.push_back(names);
    lists += "\n\tPartition column name list #" + std::to_string(seen.size() - 1) + ": " + names;
    directories += "\n\t" + parentPath(files[i].path);
  }
  return Status::invalidArgument(
             "Conflicting partition column names detected:\n" + lists +
             "\nFor partitioned table directories, data files should only live in leaf "
             "directories.\nAnd directories at the same level should have the same partition "
             "column name.\nPlease check the following directories for unexpected files or "
             "inconsistent partition column names:\n" +
             directories)
      .withErrorClass("CONFLICTING_PARTITION_COLUMN_NAMES", "KD009",
                      {{"distinctPartColLists", lists}, {"suspiciousPaths", directories}});
}

}  // namespace

PartitionTexts partitionTextsOf(std::string_view relativeDirectory) {
  PartitionTexts texts;
  std::string_view rest = relativeDirectory;
  while (!rest.empty()) {
    const size_t slash = rest.rfind('/');
    const std::string_view name = slash == rest.npos ? rest : rest.substr(slash + 1);
    rest = slash == rest.npos ? std::string_view() : rest.substr(0, slash);
    if (name.empty()) continue;
    const size_t equals = name.find('=');
    // Directories above a "k=v" may have any name; below one they end the run.
    if (equals == name.npos) break;
    if (equals == 0 || equals + 1 == name.size()) return {};
    const std::string_view value = name.substr(equals + 1);
    texts.emplace_back(unescaped(name.substr(0, equals)),
                       value == kNull ? std::nullopt : std::optional(unescaped(value)));
  }
  std::reverse(texts.begin(), texts.end());
  return texts;
}

Result<DataType> resolvePartitions(std::vector<FileEntry>& files,
                                   const std::vector<PartitionTexts>& texts,
                                   const std::optional<DataType>& userSchema,
                                   const FileReadSettings& settings) {
  std::vector<StructField> columns;
  if (files.empty() || texts.front().empty()) {
    const bool isPlain = std::all_of(texts.begin(), texts.end(),
                                     [](const PartitionTexts& each) { return each.empty(); });
    if (!isPlain) return failure(conflictingNames(files, texts));
    return DataType::structOf({});
  }
  for (const auto& [name, value] : texts.front()) {
    StructField column{name, DataType::nullType()};
    if (userSchema) {
      for (const StructField& field : userSchema->fields()) {
        if (!isSameName(field.name, name, settings.caseSensitive)) continue;
        column.name = field.name;
        column.type = field.type;
      }
    }
    columns.push_back(std::move(column));
  }
  const size_t count = columns.size();
  std::vector<DataType> inferred(count, DataType::nullType());
  for (const PartitionTexts& each : texts) {
    bool isSame = each.size() == count;
    for (size_t i = 0; isSame && i < count; ++i)
      isSame = isSameName(each[i].first, columns[i].name, settings.caseSensitive);
    if (!isSame) return failure(conflictingNames(files, texts));
    for (size_t i = 0; i < count; ++i)
      if (each[i].second) inferred[i] = widerOf(inferred[i], inferType(*each[i].second, settings));
  }
  for (size_t i = 0; i < count; ++i) {
    if (!columns[i].type.is(TypeKind::kNull)) continue;
    columns[i].type = inferred[i].is(TypeKind::kNull) ? DataType::stringType() : inferred[i];
  }
  for (size_t f = 0; f < files.size(); ++f) {
    files[f].partitionValues.clear();
    for (size_t i = 0; i < count; ++i) {
      const auto& text = texts[f][i].second;
      if (!text) {
        files[f].partitionValues.emplace_back();
        continue;
      }
      std::optional<Datum> value = parseTextValue(*text, columns[i].type, *settings.zone);
      if (!value)
        return failure(Status::invalidArgument("Failed to cast value `" + *text + "` to `" +
                                               columns[i].type.sql() + "` for partition column `" +
                                               columns[i].name + "`.")
                           .withErrorClass("INVALID_PARTITION_VALUE", "42846",
                                           {{"value", "'" + *text + "'"},
                                            {"dataType", "\"" + columns[i].type.sql() + "\""},
                                            {"columnName", "`" + columns[i].name + "`"}}));
      files[f].partitionValues.push_back(std::move(*value));
    }
  }
  return DataType::structOf(std::move(columns));
}

}  // namespace spate
