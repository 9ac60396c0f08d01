#include "spate/base/AsciiCase.h"
#include "spate/sources/FileSource.h"
#include "spate/types/FilePathUri.h"

namespace spate {
namespace {

Status invalidValue(const std::string& value, const std::string& option, const std::string& must) {
  return Status::invalidArgument("Invalid value '" + value + "' for option '" + option +
                                 "', must be " + must);
}

Result<std::optional<int64_t>> positive(const OptionMap& options, const std::string& name) {
  const auto text = options.find(name);
  if (!text) return std::nullopt;
  const auto value =
      name == "maxBytesPerTrigger" ? parseByteString(*text) : options.getInt(name, 0).value_or(0);
  if (!value || *value <= 0) return failure(invalidValue(*text, name, "a positive integer"));
  return value;
}

}  // namespace

Result<FileStreamOptions> FileStreamOptions::parse(const OptionMap& options) {
  FileStreamOptions result;
  for (const char* name : {"modifiedbefore", "modifiedafter"})
    if (options.has(name))
      return failure(Status::invalidArgument("option '" + std::string(name) +
                                             "' is not allowed in file stream sources"));
  SPATE_ASSIGN_OR_FAIL(result.maxFilesPerTrigger, positive(options, "maxFilesPerTrigger"));
  SPATE_ASSIGN_OR_FAIL(result.maxBytesPerTrigger, positive(options, "maxBytesPerTrigger"));
  if (result.maxFilesPerTrigger && result.maxBytesPerTrigger)
    return failure(Status::invalidArgument(
        "Options 'maxFilesPerTrigger' and 'maxBytesPerTrigger' can't be both set at the same "
        "time"));
  if (const auto text = options.find("maxFileAge")) {
    const auto age = parseTimeString(*text);
    if (!age) return failure(Status::invalidArgument("Failed to parse time string: " + *text));
    result.maxFileAge = *age;
  }
  SPATE_ASSIGN_OR_FAIL(result.latestFirst, options.getBool("latestFirst", false));
  SPATE_ASSIGN_OR_FAIL(result.fileNameOnly, options.getBool("fileNameOnly", false));
  const auto cached = options.getInt("maxCachedFiles", result.maxCachedFiles);
  if (!cached || *cached < 0)
    return failure(invalidValue(options.get("maxCachedFiles", ""), "maxCachedFiles",
                                "an integer greater than or equal to 0"));
  result.maxCachedFiles = *cached;
  const auto ratio = options.getDouble("discardCachedInputRatio", result.discardCachedInputRatio);
  if (!ratio || *ratio < 0 || *ratio > 1)
    return failure(invalidValue(options.get("discardCachedInputRatio", ""),
                                "discardCachedInputRatio", "a positive double between 0 and 1"));
  result.discardCachedInputRatio = *ratio;
  // Old files are to be processed, too, so none may be too old.
  if (result.latestFirst && (result.maxFilesPerTrigger || result.maxBytesPerTrigger))
    result.maxFileAge = Millis::max();

  const std::string mode = asciiLower(options.get("cleanSource", "off"));
  if (mode == "delete") {
    result.cleanSource = Clean::kDelete;
  } else if (mode == "archive") {
    result.cleanSource = Clean::kArchive;
    const auto directory = options.find("sourceArchiveDir");
    if (!directory)
      return failure(
          Status::invalidArgument("Archive mode must be used with 'sourceArchiveDir' option."));
    SPATE_ASSIGN_OR_FAIL(result.archiveDirectory, filePathOfUser(*directory));
  } else if (mode != "off") {
    return failure(Status::invalidArgument("Invalid mode for clean source option " +
                                           options.get("cleanSource", "") +
                                           ". Must be one of archive,delete,off"));
  }
  return result;
}

}  // namespace spate
