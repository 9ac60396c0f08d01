#pragma once

#include <memory>
#include <string>

#include "spate/sinks/files/FileWriter.h"
#include "spate/sinks/files/OutputFile.h"

namespace spate {

// The formats behind FileWriter.h; each is in a file of its own.

Status checkParquetOutput(const FileOutput& output);
std::string parquetExtension(const FileOutput& output);
Result<std::unique_ptr<FileWriter>> createParquetFile(const FileOutput& output,
                                                      const std::string& path);

Status checkOrcOutput(const FileOutput& output);
std::string orcExtension(const FileOutput& output);
Result<std::unique_ptr<FileWriter>> createOrcFile(const FileOutput& output,
                                                  const std::string& path);

/// Of csv, json, text and xml.
Status checkTextOutput(const FileOutput& output);
/// "", ".gz", ".bz2", ".zst", ".deflate".
std::string textCompressionExtension(const FileOutput& output);

Result<std::unique_ptr<FileWriter>> createCsvFile(const FileOutput& output,
                                                  std::unique_ptr<OutputFile> file);
Result<std::unique_ptr<FileWriter>> createJsonFile(const FileOutput& output,
                                                   std::unique_ptr<OutputFile> file);
Result<std::unique_ptr<FileWriter>> createTextFile(const FileOutput& output,
                                                   std::unique_ptr<OutputFile> file);

Status checkXmlOutput(const FileOutput& output);
Result<std::unique_ptr<FileWriter>> createXmlFile(const FileOutput& output,
                                                  std::unique_ptr<OutputFile> file);

}  // namespace spate
