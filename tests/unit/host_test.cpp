#include "io/host.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

namespace vscp_p1::io {
namespace {

namespace fs = std::filesystem;

// Sets TZ for the duration of a test.
class Environment {
 public:
  Environment() {
    if (const char* before = std::getenv("TZ")) before_ = before;
  }
  ~Environment() { set(before_); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  static void set(const std::optional<std::string>& value) {
    value ? ::setenv("TZ", value->c_str(), 1) : ::unsetenv("TZ");
  }

 private:
  std::optional<std::string> before_;
};

constexpr std::string_view cet = "CET-1CEST,M3.5.0,M10.5.0/3";
constexpr std::string_view helsinki = "EET-2EEST,M3.5.0/3,M10.5.0/4";
constexpr std::string_view new_york = "EST5EDT,M3.2.0,M11.1.0";

// A host with some zones; its own is that of the file localtime, if there is one.
class HostZone : public testing::Test {
 protected:
  HostZone() {
    std::string name = (fs::temp_directory_path() / "vscp-p1d-host-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    paths_.zones = (folder_ / "zoneinfo").string();
    paths_.localtime = (folder_ / "localtime").string();
    write(folder_ / "zoneinfo/Europe/Helsinki", helsinki);
    write(folder_ / "zoneinfo/Europe/Stockholm", cet);
    write(folder_ / "zoneinfo/Europe/Lisbon", "WET0WEST,M3.5.0/1,M10.5.0");
    write(folder_ / "zoneinfo/Asia/Jerusalem", "IST-2IDT,M3.4.4/26,M10.5.0");
    write(folder_ / "zoneinfo/America/New_York", new_york);
    write(folder_ / "zoneinfo/Australia/Sydney", "AEST-10AEDT,M10.1.0,M4.1.0/3");
    write(folder_ / "zoneinfo/UTC", "UTC0");
    write(folder_ / "zoneinfo/Etc/UTC", "UTC0");
  }
  ~HostZone() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  // As far as this program reads them: the magic in front, the rule in the last line.
  static void write(const fs::path& path, std::string_view rule) {
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << "TZif2" << std::string(39, '\0') << "\n" << rule << "\n";
  }
  std::string path_of(std::string_view file) const { return (folder_ / file).string(); }
  std::string with_colon(std::string_view file) const { return std::string(":").append(path_of(file)); }
  TimeZone host_zone() const {
    const auto zone = load_timezone("", paths_);
    EXPECT_TRUE(zone) << "an empty name is no fault";
    return zone ? *zone : TimeZone{};
  }

  Environment environment_;
  fs::path folder_;
  HostPaths paths_;
};

TEST_F(HostZone, variable_tz) {
  const auto jerusalem = "IST-2IDT,M3.4.4/26,M10.5.0", lisbon = "WET0WEST,M3.5.0/1,M10.5.0";
  const std::vector<std::pair<std::string, std::string_view>> cases = {
      {"Europe/Helsinki", helsinki},
      {":Europe/Helsinki", helsinki},
      {"Europe/Stockholm", cet},
      {"Asia/Jerusalem", jerusalem},
      {"Europe/Lisbon", lisbon},
      {std::string(helsinki), helsinki},
      {"UTC", cet},
      {":UTC", cet},
      {"UTC0", cet},
      {"Etc/UTC", cet},
      {"America/New_York", cet},
      {"Australia/Sydney", cet},
      {"EST5EDT,M3.2.0,M11.1.0", cet},
      {"", cet},
      {":", cet},
      {"Europe/Atlantis", cet},
      {"../../etc/passwd", cet},
      {with_colon("zoneinfo/Europe/Helsinki"), helsinki},
      {path_of("zoneinfo/Europe/Helsinki"), helsinki},
      {with_colon("zoneinfo/America/New_York"), cet},
      {with_colon("nothing"), cet},
  };
  for (const auto& [value, expected] : cases) {
    Environment::set(value);
    EXPECT_EQ(host_zone(), *TimeZone::parse(expected)) << "TZ=" << value;
  }
}

TEST_F(HostZone, file_localtime) {
  Environment::set(std::nullopt);
  EXPECT_EQ(host_zone(), TimeZone()) << "no file";
  for (const auto& [rule, expected] : {std::pair(helsinki, helsinki), std::pair(new_york, cet),
                                       std::pair(std::string_view("UTC0"), cet), std::pair(cet, cet)}) {
    write(paths_.localtime, rule);
    EXPECT_EQ(host_zone(), *TimeZone::parse(expected)) << "localtime: " << rule;
  }
  std::ofstream(paths_.localtime) << "not a zone\n";
  EXPECT_EQ(host_zone(), TimeZone()) << "not a zone";
  fs::remove(paths_.localtime);
  fs::create_directory(paths_.localtime);
  EXPECT_EQ(host_zone(), TimeZone()) << "a folder";
}

TEST_F(HostZone, the_variable_is_stronger_than_the_file) {
  write(paths_.localtime, helsinki);
  Environment::set("Europe/Stockholm");
  EXPECT_EQ(host_zone(), TimeZone());
  Environment::set("UTC");
  EXPECT_EQ(host_zone(), TimeZone()) << "and does not fall back on it";
}

TEST_F(HostZone, a_name_that_is_given_is_taken_wherever_it_is) {
  Environment::set("Europe/Helsinki");
  for (const auto& [name, rule] : {std::pair("America/New_York", new_york),
                                   std::pair("UTC", std::string_view("UTC0")), std::pair("Europe/Stockholm", cet)}) {
    const auto zone = load_timezone(name, paths_);
    ASSERT_TRUE(zone) << name;
    EXPECT_EQ(*zone, *TimeZone::parse(rule)) << name;
  }
  for (const char* name : {"Europe/Atlantis", "../localtime", "/etc/localtime", "Europe", "x"}) {
    EXPECT_FALSE(load_timezone(name, paths_)) << name;
  }
}

}  // namespace
}  // namespace vscp_p1::io
