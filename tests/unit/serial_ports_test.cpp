#include "io/serial_ports.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "io/config_file.hpp"
#include "support.hpp"

namespace vscp_p1::io {
namespace {

namespace fs = std::filesystem;

class Folder : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "vscp-p1d-ports-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    path_ = name;
  }
  void TearDown() override { fs::remove_all(path_); }
  void write(const fs::path& name, const std::string& text = {}) const {
    fs::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name) << text;
  }
  fs::path path_;
};

using SerialPorts = Folder;

TEST_F(SerialPorts, AreListedInOrderWithTheirNames) {
  for (const char* name :
       {"ttyS0", "ttyS4", "ttyAMA0", "ttyUSB10", "ttyUSB2", "ttyACM0", "tty1", "ttyUSBx", "null"}) {
    write(fs::path("dev") / name);
  }
  write("sys/ttyS0/type", "4\n");
  write("sys/ttyS4/type", "0\n");
  fs::create_directories(path_ / "dev/serial/by-id");
  fs::create_symlink("../../ttyUSB2", path_ / "dev/serial/by-id/usb-FTDI_cable-port0");
  fs::create_symlink("../../ttyACM0", path_ / "dev/serial/by-id/usb-other");
  fs::create_symlink("ttyACM0", path_ / "dev/p1");
  std::vector<std::string> found;
  for (const auto& port : serial_ports({(path_ / "dev").string(), (path_ / "sys").string()})) {
    found.push_back(fs::path(port.device).filename().string() + " " + fs::path(port.name).filename().string());
  }
  EXPECT_EQ(found, (std::vector<std::string>{"ttyUSB2 usb-FTDI_cable-port0", "ttyUSB10 ", "ttyACM0 p1", "ttyAMA0 ",
                                             "ttyS0 "}));
}

TEST_F(SerialPorts, DevicesAreToldApart) {
  fs::create_directories(path_ / "dev/serial/by-id");
  fs::create_symlink("/dev/null", path_ / "dev/ttyUSB0");
  fs::create_symlink("/dev/zero", path_ / "dev/ttyUSB1");
  fs::create_symlink("../../ttyUSB1", path_ / "dev/serial/by-id/usb-cable");
  const auto ports = serial_ports({(path_ / "dev").string(), (path_ / "sys").string()});
  ASSERT_EQ(ports.size(), 2U);
  EXPECT_EQ(ports[0].name, "");
  EXPECT_EQ(fs::path(ports[1].name).filename(), "usb-cable");
}

TEST_F(SerialPorts, AHostMayHaveNone) {
  EXPECT_TRUE(serial_ports({(path_ / "dev").string(), (path_ / "sys").string()}).empty());
}

using ConfigFile = Folder;

TEST_F(ConfigFile, NoCopyIsWrittenOverAndNoneIsMadeTwice) {
  const auto file = (path_ / "config.ini").string();
  EXPECT_EQ(back_up(file), "");
  EXPECT_TRUE(fs::is_empty(path_));
  write("config.ini", "first");
  ASSERT_EQ(::chmod(file.c_str(), 0600), 0);
  EXPECT_EQ(back_up(file), file + ".bak");
  EXPECT_EQ(back_up(file), file + ".bak");
  write("config.ini", "second");
  EXPECT_EQ(back_up(file), file + ".bak2");
  EXPECT_EQ(back_up(file), file + ".bak2");
  EXPECT_EQ(test::read_file(file + ".bak"), "first");
  EXPECT_EQ(test::read_file(file + ".bak2"), "second");
  struct stat status {};
  ASSERT_EQ(::stat((file + ".bak").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_EQ(status.st_nlink, 1U) << "a file system may know no links";
  EXPECT_EQ(std::distance(fs::directory_iterator(path_), {}), 3) << "something was left behind";
}

TEST_F(ConfigFile, ReplacesTheOldOne) {
  const auto file = (path_ / "config.ini").string();
  write("config.ini", "old");
  ASSERT_EQ(::chmod(file.c_str(), 0600), 0);
  NewConfigFile next(file, "new");
  EXPECT_EQ(test::read_file(file), "old");
  EXPECT_EQ(test::read_file(next.path()), "new");
  next.replace();
  EXPECT_EQ(test::read_file(file), "new");
  struct stat status {};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U) << "its mode stays";
}

TEST_F(ConfigFile, LeavesNothingBehindThatWasNotWanted) {
  const auto file = (path_ / "deep/config.ini").string();
  { const NewConfigFile next(file, "new"); }
  EXPECT_TRUE(fs::is_empty(path_ / "deep"));
  NewConfigFile next(file, "new");
  next.replace();
  struct stat status {};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0640U);
}

TEST_F(ConfigFile, ALinkStaysOne) {
  write("real.ini", "old");
  fs::create_symlink("real.ini", path_ / "link.ini");
  NewConfigFile next((path_ / "link.ini").string(), "new");
  next.replace();
  EXPECT_TRUE(fs::is_symlink(path_ / "link.ini"));
  EXPECT_EQ(test::read_file(path_ / "real.ini"), "new");
}

}  // namespace
}  // namespace vscp_p1::io
