#include "vscp_p1/config_edit.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <vector>

#include "io/config.hpp"
#include "support.hpp"

namespace vscp_p1 {
namespace {

struct EditCase {
  const char* name;
  std::string before;
  std::vector<ConfigEdit> edits;
  std::string after;
};
void PrintTo(const EditCase& tested, std::ostream* out) { *out << tested.name; }

class Edit : public testing::TestWithParam<EditCase> {};

TEST_P(Edit, ChangesItsLineOnly) { EXPECT_EQ(edited_config(GetParam().before, GetParam().edits), GetParam().after); }

INSTANTIATE_TEST_SUITE_P(
    All, Edit,
    testing::Values(
        EditCase{"empty_file", "", {{"MQTT", "host", "a"}, {"MQTT", "user", "u"}}, "[MQTT]\nhost = a\nuser = u\n"},
        EditCase{"replaced",
                 "# mine\n[MQTT]\nhost=b ; c\nport = 1\n",
                 {{"MQTT", "host", "a"}},
                 "# mine\n[MQTT]\nhost = a\nport = 1\n"},
        EditCase{"python_spelling", "[MQTT]\n Host: b\n", {{"MQTT", "host", "a"}}, "[MQTT]\nhost = a\n"},
        EditCase{"comment_is_no_setting",
                 "[MQTT]\n# host = b\n",
                 {{"MQTT", "host", "a"}},
                 "[MQTT]\nhost = a\n# host = b\n"},
        EditCase{"same_key_of_another_section",
                 "[X]\nhost = b\n[MQTT]\nport = 1\n",
                 {{"MQTT", "host", "a"}},
                 "[X]\nhost = b\n[MQTT]\nport = 1\nhost = a\n"},
        EditCase{"section_that_comes_twice",
                 "[VSCP]\nzone = 1\n[MQTT]\n[VSCP]\nguid =\n",
                 {{"VSCP", "guid", "g"}},
                 "[VSCP]\nzone = 1\n[MQTT]\n[VSCP]\nguid = g\n"},
        EditCase{
            "new_section", "[VSCP]\nzone = 1", {{"MQTT", "host", "a"}}, "[VSCP]\nzone = 1\n\n[MQTT]\nhost = a\n"},
        EditCase{"only_if_set",
                 "[MQTT]\nport = 1\n",
                 {{"MQTT", "host", "a", true}, {"MQTT", "port", "2", true}},
                 "[MQTT]\nport = 2\n"},
        EditCase{"emptied", "[MQTT]\npassword = s\n", {{"MQTT", "password", ""}}, "[MQTT]\npassword =\n"},
        EditCase{"line_ends_stay",
                 "[MQTT]\r\nhost = b\r\n",
                 {{"MQTT", "host", "a"}, {"MQTT", "user", "u"}},
                 "[MQTT]\r\nhost = a\r\nuser = u\r\n"}),
    [](const auto& tested) { return tested.param.name; });

TEST(Edit, TheSampleKeepsEveryLineButOne) {
  const auto sample = test::read_file(std::string(SOURCE_DIR) + "/config/config.ini");
  const std::vector<ConfigEdit> edits = {{"MQTT", "host", "broker.example"}};
  std::istringstream edited(edited_config(sample, edits));
  std::istringstream before(sample);
  std::size_t others = 0;
  for (std::string x, y; std::getline(before, x) && std::getline(edited, y);) others += x == y ? 0U : 1U;
  EXPECT_EQ(others, 1U);
  std::istringstream stream(edited_config(sample, edits));
  EXPECT_EQ(io::read_config(stream).settings.mqtt.host, "broker.example");
}

}  // namespace
}  // namespace vscp_p1
