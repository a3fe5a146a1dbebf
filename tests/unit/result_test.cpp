#include "vscp_p1/result.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>

namespace vscp_p1 {
namespace {

TEST(Result, holds_a_value_or_a_reason) {
  const Result<int> good = 7;
  const Result<int> bad = Errc::bad_number;
  EXPECT_TRUE(good);
  EXPECT_EQ(*good, 7);
  EXPECT_FALSE(bad);
  EXPECT_EQ(bad.error(), Errc::bad_number);
}

TEST(Result, error_may_be_a_text) {
  const Result<int, std::string> bad(std::string("why"));
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error(), "why");
}

TEST(Result, moves_what_cannot_be_copied) {
  Result<std::unique_ptr<int>> owner = std::make_unique<int>(5);
  ASSERT_TRUE(owner);
  const auto taken = std::move(*owner);
  EXPECT_EQ(*taken, 5);
}

TEST(Result, arrow_reaches_the_value) {
  const Result<std::string> text = std::string("four");
  EXPECT_EQ(text->size(), 4U);
}

TEST(Errc, every_reason_has_its_own_message) {
  std::set<std::string_view> messages;
  for (int i = 0; i < static_cast<int>(Errc::count_); ++i) {
    const auto text = message(static_cast<Errc>(i));
    EXPECT_FALSE(text.empty()) << "reason " << i;
    EXPECT_TRUE(messages.insert(text).second) << "reason " << i << " repeats \"" << text << '"';
  }
}

TEST(Errc, every_reason_has_its_own_identifier) {
  std::set<std::string_view> identifiers;
  for (int i = 0; i < static_cast<int>(Errc::count_); ++i) {
    const auto name = identifier(static_cast<Errc>(i));
    EXPECT_FALSE(name.empty()) << "reason " << i;
    EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"), std::string_view::npos) << name;
    EXPECT_TRUE(identifiers.insert(name).second) << "reason " << i << " repeats " << name;
  }
  EXPECT_EQ(identifier(Errc::noise), "noise");
  EXPECT_EQ(identifier(Errc::no_data_line), "no_data_line");
  EXPECT_EQ(identifier(Errc::untitled_frame), "untitled_frame");
  EXPECT_EQ(identifier(Errc::unknown_obis), "unknown_obis");
}

TEST(Errc, messages_stand_at_their_reasons) {
  EXPECT_EQ(message(Errc::noise), "noise between telegrams");
  EXPECT_EQ(message(Errc::crc_mismatch), "CRC mismatch");
  EXPECT_EQ(message(Errc::bad_obis), "bad OBIS code");
  EXPECT_EQ(message(Errc::unknown_obis), "unknown OBIS code");
}

}  // namespace
}  // namespace vscp_p1
