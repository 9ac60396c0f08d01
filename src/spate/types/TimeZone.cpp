#include "spate/types/TimeZone.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <system_error>
#include <utility>

namespace spate {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kSecondsPerDay = 86'400;
/// The calendar, weekdays included, repeats after this.
constexpr int64_t kSecondsPer400Years = 146'097 * kSecondsPerDay;
constexpr int32_t kMaxOffset = 18 * 3600;

int64_t floorSeconds(int64_t micros) {
  const int64_t seconds = micros / kMicrosPerSecond;
  return micros % kMicrosPerSecond < 0 ? seconds - 1 : seconds;
}

/// java.time.ZoneId.SHORT_IDS, sorted.
constexpr std::array<std::pair<std::string_view, std::string_view>, 28> kShortIds = {{
    {"ACT", "Australia/Darwin"},
    {"AET", "Australia/Sydney"},
    {"AGT", "America/Argentina/Buenos_Aires"},
    {"ART", "Africa/Cairo"},
    {"AST", "America/Anchorage"},
    {"BET", "America/Sao_Paulo"},
    {"BST", "Asia/Dhaka"},
    {"CAT", "Africa/Harare"},
    {"CNT", "America/St_Johns"},
    {"CST", "America/Chicago"},
    {"CTT", "Asia/Shanghai"},
    {"EAT", "Africa/Addis_Ababa"},
    {"ECT", "Europe/Paris"},
    {"EST", "-05:00"},
    {"HST", "-10:00"},
    {"IET", "America/Indiana/Indianapolis"},
    {"IST", "Asia/Kolkata"},
    {"JST", "Asia/Tokyo"},
    {"MIT", "Pacific/Apia"},
    {"MST", "-07:00"},
    {"NET", "Asia/Yerevan"},
    {"NST", "Pacific/Auckland"},
    {"PLT", "Asia/Karachi"},
    {"PNT", "America/Phoenix"},
    {"PRT", "America/Puerto_Rico"},
    {"PST", "America/Los_Angeles"},
    {"SST", "Pacific/Guadalcanal"},
    {"VST", "Asia/Ho_Chi_Minh"},
}};
static_assert(std::is_sorted(kShortIds.begin(), kShortIds.end()));

bool isDigit(char c) { return c >= '0' && c <= '9'; }

Status invalidTimeZone(std::string_view id) {
  return Status::invalidArgument(
             fmt::format("The timezone: {} is invalid. The timezone must be "
                         "either a region-based zone ID or a zone offset. Region IDs must have the "
                         "form 'area/city', such as 'America/Los_Angeles'. Zone offsets must be in "
                         "the format '(+|-)HH', '(+|-)HH:mm' or '(+|-)HH:mm:ss', e.g '-08' , "
                         "'+01:00' or '-13:33:33', and must be in the range from -18:00 to +18:00. "
                         "'Z' and 'UTC' are accepted as synonyms for '+00:00'.",
                         id))
      .withErrorClass("INVALID_TIMEZONE", "22009", {{"timeZone", std::string(id)}});
}

/// Spark also takes "+8:00" and "+08:0": a digit is put in front.
std::string withTwoDigits(std::string_view id) {
  std::string text(id);
  for (size_t i = 0; i + 2 < text.size(); ++i) {
    if ((text[i] == '+' || text[i] == '-') && isDigit(text[i + 1]) && text[i + 2] == ':') {
      text.insert(i + 1, "0");
      break;
    }
  }
  const size_t n = text.size();
  if (n >= 5 && isDigit(text[n - 1]) && text[n - 2] == ':' && isDigit(text[n - 3]) &&
      isDigit(text[n - 4]) && (text[n - 5] == '+' || text[n - 5] == '-')) {
    text.insert(n - 1, "0");
  }
  return text;
}

bool isRegionName(std::string_view id) {
  if (id.empty() || id.front() == '/' || id.starts_with("posix/") || id.starts_with("right/"))
    return false;
  return std::all_of(id.begin(), id.end(), [](char c) {
    return isDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '/' ||
           c == '+' || c == '-';
  });
}

int64_t daysOf(int year, unsigned month, unsigned day) {
  using namespace std::chrono;
  return sys_days(std::chrono::year(year) / month / day).time_since_epoch().count();
}

/// Reads numbers of the big-endian zone file.
class ZoneBytes {
 public:
  explicit ZoneBytes(std::string_view bytes) : bytes_(bytes) {}
  bool skip(size_t count) {
    if (count > bytes_.size()) return false;
    bytes_.remove_prefix(count);
    return true;
  }
  template <class T>
  bool read(T& value) {
    if (bytes_.size() < sizeof(T)) return false;
    uint64_t bits = 0;
    for (size_t i = 0; i < sizeof(T); ++i) bits = bits << 8 | static_cast<uint8_t>(bytes_[i]);
    value = static_cast<T>(bits);
    return skip(sizeof(T));
  }
  std::string_view rest() const { return bytes_; }

 private:
  std::string_view bytes_;
};

struct ZoneHeader {
  uint32_t utIndicators = 0;
  uint32_t standardIndicators = 0;
  uint32_t leapSeconds = 0;
  uint32_t transitions = 0;
  uint32_t types = 0;
  uint32_t characters = 0;

  bool read(ZoneBytes& in) {
    return in.rest().starts_with("TZif") && in.skip(20) && in.read(utIndicators) &&
           in.read(standardIndicators) && in.read(leapSeconds) && in.read(transitions) &&
           in.read(types) && in.read(characters);
  }
};

/// One "M3.2.0/2" of a POSIX rule, or a "J60" or "59".
struct RuleDate {
  char form = 'M';
  int month = 0;
  int week = 0;
  int day = 0;
  int32_t seconds = 7200;

  /// Seconds of the local clock at which it falls in a year.
  int64_t in(int year) const {
    if (form == 'J') {
      const bool afterFebruary = std::chrono::year(year).is_leap() && day >= 60;
      return (daysOf(year, 1, 1) + day - 1 + (afterFebruary ? 1 : 0)) * kSecondsPerDay + seconds;
    }
    if (form == '0') return (daysOf(year, 1, 1) + day) * kSecondsPerDay + seconds;
    using namespace std::chrono;
    const weekday wanted(static_cast<unsigned>(day));
    const auto monthOf = std::chrono::year(year) / std::chrono::month(static_cast<unsigned>(month));
    const sys_days date = week == 5 ? sys_days(monthOf / wanted[std::chrono::last])
                                    : sys_days(monthOf / wanted[static_cast<unsigned>(week)]);
    return date.time_since_epoch().count() * kSecondsPerDay + seconds;
  }
};

/// Reads "EST5EDT,M3.2.0,M11.1.0" from front to back.
class RuleText {
 public:
  explicit RuleText(std::string_view text) : text_(text) {}
  bool done() const { return text_.empty(); }
  bool take(char c) {
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  bool name(std::string& out) {
    if (take('<')) {
      const size_t end = text_.find('>');
      if (end == std::string_view::npos) return false;
      out = text_.substr(0, end);
      text_.remove_prefix(end + 1);
      return true;
    }
    size_t end = 0;
    while (end < text_.size() && !isDigit(text_[end]) && text_[end] != '+' && text_[end] != '-' &&
           text_[end] != ',')
      ++end;
    out = text_.substr(0, end);
    text_.remove_prefix(end);
    return end > 0;
  }
  bool number(int& out) {
    size_t end = 0;
    out = 0;
    while (end < text_.size() && end < 4 && isDigit(text_[end]))
      out = out * 10 + text_[end++] - '0';
    text_.remove_prefix(end);
    return end > 0;
  }
  bool seconds(int32_t& out) {
    const bool negative = take('-');
    if (!negative) take('+');
    int hours = 0;
    int minutes = 0;
    int rest = 0;
    if (!number(hours)) return false;
    if (take(':') && (!number(minutes) || (take(':') && !number(rest)))) return false;
    out = (hours * 3600 + minutes * 60 + rest) * (negative ? -1 : 1);
    return true;
  }
  bool date(RuleDate& out) {
    if (take('M')) {
      if (!number(out.month) || !take('.') || !number(out.week) || !take('.') || !number(out.day))
        return false;
      if (out.month < 1 || out.month > 12 || out.week < 1 || out.week > 5 || out.day > 6)
        return false;
    } else {
      out.form = take('J') ? 'J' : '0';
      if (!number(out.day) || out.day > 366) return false;
    }
    return !take('/') || seconds(out.seconds);
  }

 private:
  std::string_view text_;
};

}  // namespace

std::optional<int32_t> parseZoneOffset(std::string_view text) {
  if (text == "Z") return 0;
  if (text.size() < 2 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const int32_t sign = text[0] == '-' ? -1 : 1;
  text.remove_prefix(1);
  std::array<int32_t, 3> parts = {0, 0, 0};
  if (text.size() == 1) {
    if (!isDigit(text[0])) return std::nullopt;
    parts[0] = text[0] - '0';
  } else {
    const bool hasColons = text.size() > 2 && text[2] == ':';
    size_t part = 0;
    for (size_t i = 0; i < text.size(); ++part) {
      if (part == 3 || i + 1 >= text.size() || !isDigit(text[i]) || !isDigit(text[i + 1]))
        return std::nullopt;
      parts[part] = (text[i] - '0') * 10 + text[i + 1] - '0';
      i += 2;
      if (hasColons && i < text.size() && (text[i++] != ':' || i == text.size()))
        return std::nullopt;
    }
  }
  if (parts[1] > 59 || parts[2] > 59) return std::nullopt;
  const int32_t seconds = parts[0] * 3600 + parts[1] * 60 + parts[2];
  if (seconds > kMaxOffset) return std::nullopt;
  return sign * seconds;
}

std::string zoneOffsetId(int32_t seconds) {
  if (seconds == 0) return "Z";
  const int32_t total = std::abs(seconds);
  std::string text =
      fmt::format("{}{:02}:{:02}", seconds < 0 ? '-' : '+', total / 3600, total / 60 % 60);
  if (total % 60 != 0) text += fmt::format(":{:02}", total % 60);
  return text;
}

Result<std::shared_ptr<const TimeZone>> TimeZone::makeFixed(std::string id, int32_t offset,
                                                            std::string abbreviation) {
  std::shared_ptr<TimeZone> zone(new TimeZone(std::move(id)));
  zone->periods_.push_back({offset, std::move(abbreviation)});
  return zone;
}

const std::shared_ptr<const TimeZone>& TimeZone::utc() {
  static const std::shared_ptr<const TimeZone> zone = *makeFixed("UTC", 0, "UTC");
  return zone;
}

Result<std::shared_ptr<const TimeZone>> TimeZone::make(std::string_view id) {
  if (id == "UTC") return utc();
  std::string name = withTwoDigits(id);
  const auto* shortId = std::lower_bound(kShortIds.begin(), kShortIds.end(), name,
                                         [](const auto& a, const auto& b) { return a.first < b; });
  if (shortId != kShortIds.end() && shortId->first == name) name = shortId->second;

  if (const auto offset = parseZoneOffset(name)) {
    return makeFixed(zoneOffsetId(*offset), *offset, zoneOffsetId(*offset));
  }
  for (const std::string_view prefix : {"UTC", "GMT", "UT"}) {
    if (!name.starts_with(prefix)) continue;
    if (name == prefix) return makeFixed(name, 0, name);
    if (name[prefix.size()] != '+' && name[prefix.size()] != '-') continue;
    const auto offset = parseZoneOffset(std::string_view(name).substr(prefix.size()));
    if (!offset) return failure(invalidTimeZone(id));
    std::string shown(prefix);
    if (*offset != 0) shown += zoneOffsetId(*offset);
    return makeFixed(shown, *offset, shown);
  }

  static std::mutex mutex;
  static std::map<std::string, std::shared_ptr<const TimeZone>> zones;
  const std::scoped_lock lock(mutex);
  auto found = zones.find(name);
  if (found == zones.end()) {
    auto zone = isRegionName(name) ? readZoneFile(name) : nullptr;
    if (zone == nullptr) return failure(invalidTimeZone(id));
    found = zones.emplace(name, std::move(zone)).first;
  }
  return found->second;
}

std::shared_ptr<TimeZone> TimeZone::readZoneFile(const std::string& id) {
  const std::string path = "/usr/share/zoneinfo/" + id;
  std::error_code failed;
  if (!std::filesystem::is_regular_file(path, failed)) return nullptr;
  std::ifstream file(path, std::ios::binary);
  if (!file) return nullptr;
  const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  std::shared_ptr<TimeZone> zone(new TimeZone(id));
  if (!zone->parse(bytes)) return nullptr;
  return zone;
}

void TimeZone::appendPeriod(int64_t instant, Period period) {
  const int32_t before = periods_.back().offset;
  instants_.push_back(instant);
  locals_.push_back(instant + std::max(before, period.offset));
  periods_.push_back(std::move(period));
}

// RFC 8536. The first block has 32-bit times and is skipped; the second has 64-bit ones.
bool TimeZone::parse(std::string_view bytes) {
  ZoneBytes in(bytes);
  ZoneHeader header;
  if (!header.read(in)) return false;
  if (!in.skip(size_t{header.transitions} * 5 + size_t{header.types} * 6 + header.characters +
               size_t{header.leapSeconds} * 8 + header.standardIndicators + header.utIndicators))
    return false;
  if (!header.read(in) || header.types == 0) return false;

  if (in.rest().size() < size_t{header.transitions} * 9 + size_t{header.types} * 6) return false;
  std::vector<int64_t> instants(header.transitions);
  std::vector<uint8_t> indexes(header.transitions);
  for (int64_t& instant : instants) in.read(instant);
  for (uint8_t& index : indexes) in.read(index);
  struct Type {
    int32_t offset = 0;
    uint8_t isDaylight = 0;
    uint8_t name = 0;
  };
  std::vector<Type> types(header.types);
  for (Type& type : types) {
    in.read(type.offset);
    in.read(type.isDaylight);
    in.read(type.name);
  }
  const std::string_view names = in.rest().substr(0, header.characters);
  if (!in.skip(header.characters + size_t{header.leapSeconds} * 12 + header.standardIndicators +
               header.utIndicators))
    return false;

  const auto periodOf = [&](const Type& type) {
    const std::string_view name = names.substr(std::min<size_t>(type.name, names.size()));
    return Period{type.offset, std::string(name.substr(0, name.find('\0')))};
  };
  periods_.push_back(periodOf(types[0]));
  for (size_t i = 0; i < instants.size(); ++i) {
    if (indexes[i] >= types.size()) return false;
    if (!instants_.empty() && instants[i] <= instants_.back()) return false;
    appendPeriod(instants[i], periodOf(types[indexes[i]]));
  }
  std::string_view rule = in.rest();
  if (rule.empty() || rule.front() != '\n') return true;
  rule = rule.substr(1);
  return appendRule(rule.substr(0, rule.find('\n')));
}

bool TimeZone::appendRule(std::string_view text) {
  if (text.empty()) return true;
  RuleText rule(text);
  Period standard;
  if (!rule.name(standard.abbreviation) || !rule.seconds(standard.offset)) return false;
  standard.offset = -standard.offset;  // POSIX counts to the west
  if (rule.done()) return true;        // the last transition went there

  Period daylight;
  daylight.offset = standard.offset + 3600;
  if (!rule.name(daylight.abbreviation)) return false;
  if (!rule.take(',')) {
    if (!rule.seconds(daylight.offset) || !rule.take(',')) return false;
    daylight.offset = -daylight.offset;
  }
  RuleDate start;
  RuleDate end;
  if (!rule.date(start) || !rule.take(',') || !rule.date(end)) return false;

  const int64_t last = instants_.empty() ? INT64_MIN : instants_.back();
  const int firstYear = last == INT64_MIN
                            ? 1970
                            : int(std::chrono::year_month_day(
                                      std::chrono::floor<std::chrono::days>(
                                          std::chrono::sys_seconds(std::chrono::seconds(last))))
                                      .year());
  for (int year = firstYear; year <= firstYear + 401; ++year) {
    const int64_t toDaylight = start.in(year)-standard.offset;
    const int64_t toStandard = end.in(year)-daylight.offset;
    const bool daylightFirst = toDaylight < toStandard;
    for (const bool isDaylight : {daylightFirst, !daylightFirst}) {
      const int64_t instant = isDaylight ? toDaylight : toStandard;
      if (instant > last) appendPeriod(instant, isDaylight ? daylight : standard);
    }
  }
  repeatsFrom_ = daysOf(firstYear + 401, 1, 1) * kSecondsPerDay;
  return true;
}

const TimeZone::Period& TimeZone::periodAt(int64_t utcSeconds) const {
  if (instants_.empty()) return periods_[0];
  if (utcSeconds >= repeatsFrom_) {
    utcSeconds -= ((utcSeconds - repeatsFrom_) / kSecondsPer400Years + 1) * kSecondsPer400Years;
  }
  const auto next = std::upper_bound(instants_.begin(), instants_.end(), utcSeconds);
  return periods_[static_cast<size_t>(next - instants_.begin())];
}

int32_t TimeZone::offsetAt(int64_t utcSeconds) const { return periodAt(utcSeconds).offset; }

int32_t TimeZone::offsetAtLocal(int64_t localSeconds) const {
  if (instants_.empty()) return periods_[0].offset;
  if (localSeconds >= repeatsFrom_) {
    localSeconds -= ((localSeconds - repeatsFrom_) / kSecondsPer400Years + 1) * kSecondsPer400Years;
  }
  const auto next = std::upper_bound(locals_.begin(), locals_.end(), localSeconds);
  return periods_[static_cast<size_t>(next - locals_.begin())].offset;
}

int64_t TimeZone::toLocal(int64_t utcMicros) const {
  return utcMicros + int64_t{offsetAt(floorSeconds(utcMicros))} * kMicrosPerSecond;
}

int64_t TimeZone::toUtc(int64_t localMicros) const {
  return localMicros - int64_t{offsetAtLocal(floorSeconds(localMicros))} * kMicrosPerSecond;
}

std::string TimeZone::abbreviationAt(int64_t utcSeconds) const {
  const Period& period = periodAt(utcSeconds);
  // Zones without a name of their own have their offset ("+03") there; Java shows it as an offset.
  if (!period.abbreviation.empty() && isDigit(period.abbreviation.back()))
    return zoneOffsetId(period.offset);
  return period.abbreviation;
}

}  // namespace spate
