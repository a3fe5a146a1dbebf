// The rule of a time zone, by itself and in a tzdata file, and time stamps by that rule.
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "fuzz/check.hpp"
#include "io/host.hpp"
#include "vscp_p1/time.hpp"

namespace {

using namespace vscp_p1;

void check_offsets(const TimeZone& zone) {
  constexpr int one_day = 86'400;
  constexpr int a_summer_hour_more = one_day + 3600;
  for (const std::int64_t moment : {0LL, 951'782'400LL, 1'774'746'000LL, 1'780'315'200LL, 4'102'444'799LL}) {
    for (const int offset : {zone.offset_at_utc(moment), zone.offset_at_local(moment)}) {
      fuzz::check(std::abs(offset) <= a_summer_hour_more, "an offset is at most a day");
    }
  }
}

void check_stamp(std::string_view text, const TimeZone& zone) {
  const auto time = parse_timestamp(text, zone);
  if (!time) return;
  constexpr std::int64_t end_of_2000 = 978'307'200;
  constexpr std::int64_t begin_of_2100 = 4'102'444'800;
  constexpr std::int64_t two_days = 172'800;
  fuzz::check(time->seconds > end_of_2000 - two_days && time->seconds < begin_of_2100 + two_days, "year of a stamp");
  fuzz::check(looks_like_timestamp(text), "a stamp looks like one");
  fuzz::check_shown(IsoTime(*time).view());
}

// The file that stands for a zone, and for the host's own.
const std::filesystem::path& zone_file() {
  static const auto path = [] {
    const auto folder = std::filesystem::temp_directory_path() / ("vscp-p1d-fuzz-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder / "zones");
    return folder / "zones/Zone";
  }();
  return path;
}

}  // namespace

FUZZ_TARGET {
  const auto end = std::min(input.find('\n'), input.size());
  const auto rule = input.substr(0, end);
  const auto stamp = input.substr(std::min(end + 1, input.size()));
  check_stamp(stamp, TimeZone{});
  is_never_read(stamp);
  if (const auto zone = TimeZone::parse(rule)) {
    check_offsets(*zone);
    check_stamp(stamp, *zone);
  }
  const auto& path = zone_file();
  std::ofstream(path, std::ios::binary | std::ios::trunc) << "TZif" << input;
  io::HostPaths paths;
  paths.zones = path.parent_path();
  paths.localtime = path;
  ::unsetenv("TZ");
  for (const std::string_view name : {std::string_view("Zone"), std::string_view{}, rule}) {
    const auto zone = io::load_timezone(name, paths);
    if (zone) check_offsets(*zone);
  }
}
