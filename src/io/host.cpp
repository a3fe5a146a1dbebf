#include "io/host.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <tuple>

namespace vscp_p1::io {
namespace {

namespace fs = std::filesystem;
using Mac = std::array<std::uint8_t, 6>;

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

std::string first_word(const fs::path& path) {
  std::ifstream file(path);
  std::string word;
  file >> word;
  return word;
}

// "dc:a6:32:01:02:03"; nullopt for what is no Ethernet address and for 00:…:00, the loopback's.
std::optional<Mac> parse_mac(std::string_view text) {
  Mac mac{};
  if (text.size() != 17) return std::nullopt;
  for (std::size_t i = 0; i < mac.size(); ++i) {
    const char* digits = text.data() + 3 * i;
    const auto [end, error] = std::from_chars(digits, digits + 2, mac[i], 16);
    if (error != std::errc{} || end != digits + 2) return std::nullopt;
  }
  return mac == Mac{} ? std::nullopt : std::optional(mac);
}

std::optional<Mac> first_mac(const fs::path& interfaces) {
  std::optional<std::tuple<bool, unsigned long, Mac>> first;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(interfaces, error)) {
    const auto mac = parse_mac(first_word(entry.path() / "address"));
    if (!mac || entry.path().filename() == "lo") continue;
    const bool is_virtual = !fs::exists(entry.path() / "device", error);
    unsigned long index = 0;
    const auto text = first_word(entry.path() / "ifindex");
    std::from_chars(text.data(), text.data() + text.size(), index);
    const std::tuple candidate{is_virtual, index, *mac};
    if (!first || candidate < *first) first = candidate;
  }
  return first ? std::optional(std::get<Mac>(*first)) : std::nullopt;
}

// The last line of a tzdata file is the zone's POSIX rule (RFC 8536 §3.3).
std::optional<TimeZone> zone_in(const fs::path& path) {
  auto content = read_file(path);
  if (!content.starts_with("TZif") || content.back() != '\n') return std::nullopt;
  content.pop_back();
  const auto zone = TimeZone::parse(std::string_view(content).substr(content.rfind('\n') + 1));
  return zone ? std::optional(*zone) : std::nullopt;
}

std::optional<TimeZone> named_zone(std::string_view name, const HostPaths& paths) {
  if (const auto zone = TimeZone::parse(name)) return *zone;
  const bool escapes = name.front() == '/' || name.find("..") != std::string_view::npos;
  return escapes ? std::nullopt : zone_in(fs::path(paths.zones) / name);
}

// From Portugal to Finland and Israel. A host elsewhere, or in UTC as servers are, does not tell where the meter is.
bool may_have_meters(const TimeZone& zone) {
  constexpr int easternmost = 3 * 3600;
  return zone.standard_offset() >= 0 && zone.standard_offset() <= easternmost && zone != *TimeZone::parse("UTC0");
}

TimeZone host_zone(const HostPaths& paths) {
  const char* variable = std::getenv("TZ");
  std::string_view name = variable != nullptr ? variable : "";
  if (name.starts_with(':')) name.remove_prefix(1);
  const auto zone = name.starts_with('/') ? zone_in(name)
                    : !name.empty()       ? named_zone(name, paths)
                    : variable == nullptr ? zone_in(paths.localtime)
                                          : std::nullopt;
  return zone && may_have_meters(*zone) ? *zone : TimeZone{};
}

}  // namespace

Result<Guid, std::string> host_guid(const HostPaths& paths) {
  if (const auto mac = first_mac(paths.interfaces)) return Guid::from_mac(*mac);
  const auto machine_id = first_word(paths.machine_id);
  if (!machine_id.empty()) return Guid::from_machine_id(machine_id);
  return "no network interface with a MAC address and no " + paths.machine_id +
         " — set guid in section [VSCP], or run systemd-machine-id-setup";
}

Result<TimeZone, std::string> load_timezone(std::string_view name, const HostPaths& paths) {
  if (name.empty()) return host_zone(paths);
  if (const auto zone = named_zone(name, paths)) return *zone;
  return std::string(
             "is not a time zone known here: use a name such as Europe/Stockholm (package tzdata) or a rule ") +
         "such as CET-1CEST,M3.5.0,M10.5.0/3";
}

UtcTime now() noexcept {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since_epoch);
  const auto rest = std::chrono::duration_cast<std::chrono::microseconds>(since_epoch - seconds);
  return {seconds.count(), static_cast<std::uint32_t>(rest.count())};
}

std::int64_t LatestTime::seconds() noexcept {
  const auto elapsed = std::chrono::steady_clock::now() - at_;
  at_ += elapsed;
  latest_ = std::max(latest_ + elapsed, std::chrono::system_clock::now());
  return std::chrono::floor<std::chrono::seconds>(latest_.time_since_epoch()).count();
}

std::string state_file(std::string_view name) {
  const char* variable = std::getenv("STATE_DIRECTORY");
  const std::string_view directories = variable == nullptr ? "" : variable;
  std::string path(directories.substr(0, directories.find(':')));
  return path.empty() ? path : path.append("/").append(name);
}

}  // namespace vscp_p1::io
