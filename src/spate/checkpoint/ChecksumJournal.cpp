#include "spate/checkpoint/ChecksumJournal.h"

#include <fmt/format.h>

#include <charconv>

#include "spate/base/Logging.h"
#include "spate/checkpoint/HadoopChecksum.h"

namespace spate {
namespace {

// "<name> <length> <crc32> <crc32 of the line up to here>"
std::string lineOf(const std::string& name, const ChecksumJournal::Checksum& checksum) {
  std::string line = fmt::format("{} {} {:08x} ", name, checksum.length, checksum.crc);
  line += fmt::format("{:08x}\n", crc32Of(line));
  return line;
}

bool parse(std::string_view line, std::string& name, ChecksumJournal::Checksum& checksum) {
  const size_t first = line.find(' ');
  const size_t second = line.find(' ', first + 1);
  const size_t third = line.find(' ', second + 1);
  if (first == line.npos || second == line.npos || third == line.npos) return false;
  const auto number = [](std::string_view text, int base, auto& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    return error == std::errc() && end == text.data() + text.size();
  };
  uint32_t check = 0;
  name = line.substr(0, first);
  return number(line.substr(first + 1, second - first - 1), 10, checksum.length) &&
         number(line.substr(second + 1, third - second - 1), 16, checksum.crc) &&
         number(line.substr(third + 1), 16, check) && check == crc32Of(line.substr(0, third + 1));
}

}  // namespace

ChecksumJournal::Checksum ChecksumJournal::of(std::string_view bytes) {
  return {bytes.size(), crc32Of(bytes)};
}

Status ChecksumJournal::load() {
  known_.clear();
  file_.reset();
  lines_ = 0;
  const Result<std::string> content = files_->readFile(path_);
  if (!content)
    return content.error().code() == StatusCode::kNotFound ? Status::OK() : content.error();
  std::string_view rest = *content;
  while (!rest.empty()) {
    const size_t end = rest.find('\n');
    std::string name;
    Checksum checksum;
    if (end == rest.npos || !parse(rest.substr(0, end), name, checksum)) {
      endIsTorn_ = true;  // the next line must not be glued to this one
    } else {
      known_[name] = checksum;
    }
    ++lines_;
    if (end == rest.npos) break;
    rest.remove_prefix(end + 1);
  }
  return Status::OK();
}

std::optional<ChecksumJournal::Checksum> ChecksumJournal::find(const std::string& name) const {
  const auto found = known_.find(name);
  if (found == known_.end()) return std::nullopt;
  return found->second;
}

void ChecksumJournal::recorded(const std::string& name, std::string_view bytes) {
  const Checksum checksum = of(bytes);
  known_[name] = checksum;
  Status status;
  if (endIsTorn_ || lines_ > 2 * known_.size() + 1000) {
    status = rewrite();
  } else {
    if (!file_) {
      Result<std::unique_ptr<AppendFile>> opened = files_->openAppend(path_);
      if (opened) {
        file_ = std::move(*opened);
      } else {
        status = std::move(opened).error();
      }
    }
    if (file_) status = file_->append(lineOf(name, checksum));
    ++lines_;
  }
  if (status.ok()) return;
  endIsTorn_ = true;
  known_.erase(name);
  logWarn("ChecksumJournal", "no checksum is kept of " + name + ": " + status.message());
}

Status ChecksumJournal::forget(const std::vector<std::string>& names) {
  bool any = false;
  for (const std::string& name : names) any |= known_.erase(name) > 0;
  return any ? rewrite() : Status::OK();
}

void ChecksumJournal::dropped(const std::string& name) { known_.erase(name); }

Status ChecksumJournal::rewrite() {
  std::string content;
  for (const auto& [name, checksum] : known_) content += lineOf(name, checksum);
  file_.reset();
  SPATE_RETURN_IF_ERROR(files_->writeAtomically(path_, content));
  lines_ = known_.size();
  endIsTorn_ = false;
  return Status::OK();
}

}  // namespace spate
