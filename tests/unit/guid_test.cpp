#include "vscp_p1/guid.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace vscp_p1 {
namespace {

std::string shown(const Result<Guid, std::string_view>& guid) {
  return std::string(guid ? GuidText(*guid).view() : guid.error());
}

TEST(Guid, from_mac) {
  const auto guid = Guid::from_mac({0x5C, 0xCF, 0x7F, 0xC4, 0x1E, 0x7B});
  EXPECT_EQ(GuidText(guid).view(), "FF:FF:FF:FF:FF:FF:FF:FE:5C:CF:7F:C4:1E:7B:00:00");
  EXPECT_EQ(GuidText(guid.with_id(1)).view(), "FF:FF:FF:FF:FF:FF:FF:FE:5C:CF:7F:C4:1E:7B:00:01");
}

TEST(Guid, id_is_the_two_last_bytes) {
  const auto guid = Guid::from_mac({1, 2, 3, 4, 5, 6});
  for (const unsigned id : {0U, 1U, 255U, 256U, 4660U, 65535U}) {
    const auto with_id = guid.with_id(static_cast<std::uint16_t>(id));
    EXPECT_EQ(with_id.id(), id);
    EXPECT_EQ(with_id.bytes[14] * 256U + with_id.bytes[15], id);
    EXPECT_EQ(with_id.with_id(0), guid) << "only the id changes";
  }
}

TEST(Guid, from_machine_id_is_stable_and_private) {
  const std::string id = "0123456789abcdef0123456789abcdef";
  const auto guid = Guid::from_machine_id(id);
  EXPECT_EQ(guid, Guid::from_machine_id(id));
  EXPECT_NE(guid, Guid::from_machine_id("1123456789abcdef0123456789abcdef"));
  EXPECT_EQ(GuidText(guid).view().substr(0, 23), "FF:FF:FF:FF:FF:FF:FF:FC");
  EXPECT_EQ(guid.id(), 0);
  EXPECT_EQ(std::string(GuidText(guid).view()).find("01:23:45"), std::string::npos) << "the machine id must not show";
}

TEST(Guid, is_read_in_every_full_form) {
  const std::string expected = "6B:A7:B8:10:9D:AD:11:D1:80:B4:00:C0:4F:D4:30:C8";
  for (const std::string_view text :
       {"6B:A7:B8:10:9D:AD:11:D1:80:B4:00:C0:4F:D4:30:C8", "6b:a7:b8:10:9d:ad:11:d1:80:b4:00:c0:4f:d4:30:c8",
        "6B-A7-B8-10-9D-AD-11-D1-80-B4-00-C0-4F-D4-30-C8", "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
        "6BA7B8109DAD11D180B400C04FD430C8"}) {
    EXPECT_EQ(shown(parse_guid(text)), expected) << text;
  }
}

TEST(Guid, what_is_wrong_is_told) {
  struct Case {
    std::string_view text, expected;
  };
  const std::string_view form = "is not a GUID: 16 hex pairs joined by ':' are expected";
  const std::string_view longer = "is longer than 16 bytes";
  const std::string_view shorter = "is shorter than 16 bytes";
  const std::string_view all = "must not be all zero or all FF in front of the id";
  const Case cases[] = {
      {"", shorter},
      {"FF:FF", shorter},
      {"FF:FF:FF:FF:FF:FF:FF:FE:5C:CF:7F:C4:1E:7B:00", shorter},
      {"FF:FF:FF:FF:FF:FF:FF:FE:5C:CF:7F:C4:1E:7B:00:0", shorter},
      {"FF:FF:FF:FF:FF:FF:FF:FE:5C:CF:7F:C4:1E:7B:00:01:02", form},
      {"6BA7B8109DAD11D180B400C04FD430C8FF", longer},
      {"::FF", form},
      {"FF:FF::01", form},
      {"FF:FF:FF:FF:FF:FF:FF:FE::00:01", form},
      {":FF:FF:FF:FF:FF:FF:FF:FE:5C:CF:7F:C4:1E:7B:00:01", form},
      {"FF:FF:FF:FF:FF:FF:FF:FE:5C:CF:7F:C4:1E:7B:00:01:", form},
      {"F:FF:FF:FF:FF:FF:FF:FE:5C:CF:7F:C4:1E:7B:00:001", form},
      {"GG:FF:FF:FF:FF:FF:FF:FE:5C:CF:7F:C4:1E:7B:00:01", form},
      {"'FF:FF:FF:FF:FF:FF:FF:FE:5C:CF:7F:C4:1E:7B:00:01'", form},
      {"FF FF FF FF FF FF FF FE 5C CF 7F C4 1E 7B 00 01", form},
      {"00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00", all},
      {"FF:FF:FF:FF:FF:FF:FF:FF:FF:FF:FF:FF:FF:FF:FF:FF", all},
      {"FF:FF:FF:FF:FF:FF:FF:FF:FF:FF:FF:FF:FF:FF:00:01", all},
      {"00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:01", all},
  };
  for (const auto& c : cases) EXPECT_EQ(shown(parse_guid(c.text)), c.expected) << c.text;
}

TEST(Guid, of_meters_of_a_process) {
  const auto process = Guid::from_mac({1, 2, 3, 4, 5, 6});
  const auto text = std::string(GuidText(process.of_meter("flat_1")).view());
  EXPECT_EQ(text, "FF:FF:FF:FF:FF:FF:FF:FC:94:04:1A:AD:1B:04:00:00");
  EXPECT_EQ(process.with_id(7).of_meter("flat_1"), process.of_meter("flat_1"));
  EXPECT_NE(process.of_meter("flat_2"), process.of_meter("flat_1"));
  EXPECT_NE(Guid::from_mac({1, 2, 3, 4, 5, 7}).of_meter("flat_1"), process.of_meter("flat_1"));
  std::set<std::string> all;
  for (int i = 0; i < 10'000; ++i) all.emplace(GuidText(process.of_meter("m" + std::to_string(i))).view());
  EXPECT_EQ(all.size(), 10'000U);
}

}  // namespace
}  // namespace vscp_p1
