#include "spate/sources/files/FileScan.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "spate/base/AsciiCase.h"
#include "spate/sources/files/FileFormat.h"
#include "spate/sources/files/FormatErrors.h"
#include "spate/sources/files/TextValue.h"

namespace spate {
namespace {

using Json = nlohmann::ordered_json;

/// What comes out of files may be missing from any of them.
DataType nullableFields(const std::vector<StructField>& fields, const DataType& without,
                        const FileReadSettings& settings) {
  std::vector<StructField> kept;
  for (StructField field : fields) {
    const auto& others = without.fields();
    if (std::any_of(others.begin(), others.end(), [&](const StructField& other) {
          return isSameName(other.name, field.name, settings.caseSensitive);
        }))
      continue;
    field.nullable = true;
    kept.push_back(std::move(field));
  }
  return DataType::structOf(std::move(kept));
}

/// As JSON: texts for what JSON's numbers cannot hold.
Json jsonOf(const Datum& value) {
  return std::visit(
      [](const auto& v) -> Json {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, bool> || std::is_integral_v<T> ||
                      std::is_same_v<T, std::string>) {
          return v;
        } else if constexpr (std::is_floating_point_v<T>) {
          return static_cast<double>(v);
        } else if constexpr (std::is_same_v<T, Decimal>) {
          Int128 rest = v.unscaled < 0 ? -v.unscaled : v.unscaled;
          std::string digits;
          do digits += static_cast<char>('0' + static_cast<int>(rest % 10));
          while ((rest /= 10) != 0);
          if (v.unscaled < 0) digits += '-';
          std::reverse(digits.begin(), digits.end());
          return digits;
        } else {
          return nullptr;
        }
      },
      value.value);
}

std::optional<Datum> datumOf(const Json& json, const DataType& type) {
  if (json.is_null()) return Datum();
  switch (type.kind()) {
    case TypeKind::kBoolean: return Datum(json.get<bool>());
    case TypeKind::kByte: return Datum(json.get<int8_t>());
    case TypeKind::kShort: return Datum(json.get<int16_t>());
    case TypeKind::kInteger:
    case TypeKind::kDate: return Datum(json.get<int32_t>());
    case TypeKind::kLong:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNtz: return Datum(json.get<int64_t>());
    case TypeKind::kFloat: return Datum(json.get<float>());
    case TypeKind::kDouble: return Datum(json.get<double>());
    case TypeKind::kDecimal: {
      const auto value =
          parseDecimalText(json.get<std::string>(), DataType::kMaxDecimalPrecision, 0);
      if (!value) return std::nullopt;
      return Datum(Decimal{*value});
    }
    default: return Datum(json.get<std::string>());
  }
}

}  // namespace

DataType FileScan::schema() const {
  std::vector<StructField> fields = dataSchema.fields();
  for (const StructField& field : partitionSchema.fields()) fields.push_back(field);
  return DataType::structOf(std::move(fields));
}

StructField fileMetadataColumn() {
  const auto field = [](const char* name, DataType type) {
    return StructField{name, std::move(type), false};
  };
  return field("_metadata",
               DataType::structOf({field("file_path", DataType::stringType()),
                                   field("file_name", DataType::stringType()),
                                   field("file_size", DataType::longType()),
                                   field("file_block_start", DataType::longType()),
                                   field("file_block_length", DataType::longType()),
                                   field("file_modification_time", DataType::timestampType())}));
}

Result<FileScan> scanFiles(FileSystem& fileSystem, const std::string& format,
                           const std::vector<std::string>& paths, const OptionMap& options,
                           const std::optional<DataType>& userSchema,
                           const FileReadSettings& settings) {
  const FileFormat* const fileFormat = findFileFormat(format);
  if (fileFormat == nullptr) return failure(dataSourceNotFound(format));
  FileScan scan;
  scan.format = fileFormat->name();
  scan.options = options;
  scan.settings = settings;
  SPATE_ASSIGN_OR_FAIL(FileListing listing,
                       listFiles(fileSystem, paths, options, userSchema, settings));
  scan.files = std::move(listing.files);
  scan.partitionSchema = std::move(listing.partitionSchema);
  std::optional<DataType> schema = userSchema;
  if (!schema) {
    SPATE_ASSIGN_OR_FAIL(schema, fileFormat->inferSchema(scan.files, options, settings));
    if (!schema) return failure(unableToInferSchema(*fileFormat));
  }
  scan.dataSchema = nullableFields(schema->fields(), scan.partitionSchema, settings);
  for (const StructField& field : scan.dataSchema.fields())
    if (!fileFormat->supports(field.type)) return failure(unsupportedColumn(*fileFormat, field));
  SPATE_FAIL_IF_ERROR(fileFormat->check(options, settings, scan.dataSchema));
  return scan;
}

Result<std::vector<std::vector<FilePart>>> planFileTasks(const FileScan& scan) {
  const FileFormat* const format = findFileFormat(scan.format);
  if (format == nullptr) return failure(dataSourceNotFound(scan.format));
  const FileReadSettings& settings = scan.settings;
  int64_t total = 0;
  for (const FileEntry& file : scan.files) total += file.size + settings.openCostInBytes;
  const int64_t perSlot = total / std::max(settings.parallelism, 1);
  const int64_t most = std::max<int64_t>(
      1, std::min(settings.maxPartitionBytes, std::max(settings.openCostInBytes, perSlot)));
  std::vector<FilePart> parts;
  for (const FileEntry& file : scan.files) {
    const bool isSplittable = format->isSplittable(file.path, scan.options);
    // Nothing is in it, not even a footer.
    if (isSplittable && file.size == 0) continue;
    if (!isSplittable || file.size <= most) {
      parts.push_back({file, 0, file.size});
      continue;
    }
    for (int64_t start = 0; start < file.size; start += most)
      parts.push_back({file, start, std::min(most, file.size - start)});
  }
  // Big parts first, so that the small ones fill what is left.
  std::stable_sort(parts.begin(), parts.end(),
                   [](const FilePart& a, const FilePart& b) { return a.length > b.length; });
  std::vector<std::vector<FilePart>> tasks;
  int64_t inTask = 0;
  for (FilePart& part : parts) {
    if (tasks.empty() || (inTask + part.length > most && !tasks.back().empty())) {
      tasks.emplace_back();
      inTask = 0;
    }
    inTask += part.length + settings.openCostInBytes;
    tasks.back().push_back(std::move(part));
  }
  return tasks;
}

std::string toJson(const std::vector<FilePart>& parts, const DataType& partitionSchema) {
  Json json = Json::array();
  for (const FilePart& part : parts) {
    Json entry = {{"path", part.file.path},
                  {"size", part.file.size},
                  {"modified", part.file.modificationTime.time_since_epoch().count()},
                  {"start", part.start},
                  {"length", part.length}};
    for (size_t i = 0; i < partitionSchema.fields().size(); ++i)
      entry["partition"].push_back(jsonOf(part.file.partitionValues[i]));
    json.push_back(std::move(entry));
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<std::vector<FilePart>> filePartsFromJson(const std::string& text,
                                                const DataType& partitionSchema) {
  std::vector<FilePart> parts;
  const auto malformed = [&] {
    return failure(Status::corrupt("not the files of a task: " + text.substr(0, 200)));
  };
  try {
    for (const Json& entry : Json::parse(text)) {
      FilePart part;
      part.file.path = entry.at("path").get<std::string>();
      part.file.size = entry.at("size").get<int64_t>();
      part.file.modificationTime = Timestamp(Micros(entry.at("modified").get<int64_t>()));
      part.start = entry.at("start").get<int64_t>();
      part.length = entry.at("length").get<int64_t>();
      for (size_t i = 0; i < partitionSchema.fields().size(); ++i) {
        auto value = datumOf(entry.at("partition").at(i), partitionSchema.fields()[i].type);
        if (!value) return malformed();
        part.file.partitionValues.push_back(std::move(*value));
      }
      parts.push_back(std::move(part));
    }
  } catch (const Json::exception&) {
    return malformed();
  }
  return parts;
}

}  // namespace spate
