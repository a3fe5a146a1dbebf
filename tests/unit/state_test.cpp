#include "vscp_p1/state.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/meter.hpp"

namespace vscp_p1 {
namespace {

using test::Meter;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(State, texts) {
  struct Case {
    std::string_view name, sent, expected;
  };
  const std::string octets_ff(1024, '\xFF');
  const std::string text_and_ff = "Hello" + std::string(100, '\xFF');
  const Case cases[] = {
      {"hex", "4530303434303033", "E0044003"},
      {"hex in lower case", "48656c6c6f", "Hello"},
      {"plain", "K06725", "K06725"},
      {"digits that are no printable hex", "96815390", "96815390"},
      {"odd number of digits", "453", "453"},
      {"hex with one that is not printable", "4501", "4501"},
      {"not all hex", "4530G0", "4530G0"},
      {"empty", "", ""},
      {"blanks", "   ", ""},
      {"blanks around", "  AB12x ", "AB12x"},
      {"filled with dashes", "2D2D2D2D2D2D2D2D2D2D2D2D2D2D2D2D2D2D", ""},
      {"plain dashes", "------", ""},
      {"filled with blanks", "202020202020", ""},
      {"blanks behind", "3231313130202020", "21110"},
      {"a dash in a text", "41422D3132", "AB-12"},
      {"raw FF", octets_ff, ""},
      {"text, then FF", text_and_ff, "Hello"},
      {"hex broken over lines", "48656C\r\n6C6F", "Hello"},
      {"broken inside an octet", "48656C6\r\nC6F", "Hello"},
      {"plain, broken over lines", "Power cut\r\non Monday", "Power cuton Monday"},
      {"UTF-8", "Gr\xC3\xBC\xC3\x9F", "Gr\xC3\xBC\xC3\x9F"},
  };
  for (const auto& c : cases) EXPECT_EQ(state_text(Shape::text, c.sent), c.expected) << c.name;
}

// Versions and signatures look like hex and are none.
TEST(State, a_text_is_cut) {
  const std::string endless(100'000, 'x');
  EXPECT_EQ(state_text(Shape::text, endless), std::string(longest_text, 'x'));
  EXPECT_EQ(state_text(Shape::code, endless), std::string(longest_text, 'x'));
  std::string hex;
  for (int i = 0; i < 1024; ++i) hex += "41";
  EXPECT_EQ(state_text(Shape::text, hex), std::string(1024, 'A')) << "the longest that a meter may send";
}

TEST(State, codes_are_not_decoded) {
  for (const std::string_view sent : {"50", "42", "EDEBDA49", "01.19", "(ER11)", "4142"}) {
    EXPECT_EQ(state_text(Shape::code, sent), sent);
  }
  EXPECT_EQ(state_text(Shape::code, "  "), "");
}

TEST(State, tariff_numbers) {
  struct Case {
    std::string_view sent;
    std::optional<unsigned> expected;
  };
  for (const auto& c :
       {Case{"0001", 1}, Case{"0002", 2}, Case{"0000", 0}, Case{"03", 3}, Case{"4", 4}, Case{"T1", 1},
        Case{"TARIFF 2", 2}, Case{"Tariff12", 12}, Case{"", std::nullopt}, Case{"night", std::nullopt},
        Case{"1x", std::nullopt}, Case{"99999999999999999999", std::nullopt}}) {
    EXPECT_EQ(state_number(Shape::tariff, c.sent), c.expected) << c.sent;
  }
}

TEST(State, positions) {
  struct Case {
    std::string_view sent;
    std::optional<unsigned> expected;
  };
  for (const auto shape : {Shape::breaker, Shape::valve}) {
    for (const auto& c : {Case{"0", 0}, Case{"1", 1}, Case{"2", 2}, Case{"ON", 1}, Case{"OFF", 0}, Case{"on", 1},
                          Case{"off", 0}, Case{"3", std::nullopt}, Case{"", std::nullopt}, Case{"00", std::nullopt},
                          Case{"-1", std::nullopt}, Case{"closed", std::nullopt}, Case{"ONE", std::nullopt}}) {
      EXPECT_EQ(state_number(shape, c.sent), c.expected) << c.sent;
    }
  }
}

TEST(State, what_is_not_set) {
  for (const std::string_view text : {"", "-", "----", "  ", "2D2D2D", "2d2D", "2020", "\xFF\xFF"})
    EXPECT_TRUE(is_unset(text)) << text;
  for (const std::string_view text : {"4B38", "0", "00", "2D2D41", "2", "-1", "A"})
    EXPECT_FALSE(is_unset(text)) << text;
}

TEST(StateWatch, tells_changes_only) {
  StateWatch watch;
  EXPECT_EQ(watch.change(1, ""), std::nullopt) << "empty at the start is no change";
  EXPECT_EQ(watch.change(1, "0001"), "") << "the first";
  EXPECT_EQ(watch.change(1, "0001"), std::nullopt);
  EXPECT_EQ(watch.change(1, "0002"), "0001");
  EXPECT_EQ(watch.change(2, "0001"), "") << "another quantity";
  EXPECT_EQ(watch.change(1, ""), "0002") << "cleared";
  EXPECT_EQ(watch.change(1, ""), std::nullopt);
  EXPECT_EQ(watch.change(1, "0002"), "") << "back";
}

// ---- through the mapper

TEST(State, lines_that_are_states) {
  struct Case {
    std::string_view line, expected;  // "" for none
  };
  const Case cases[] = {
      {"0-0:96.14.0(0002)", "tariff 0002"},
      {"0-0:96.14.1(03)", "tariff_israel 03"},
      {"0-0:96.3.10(1)", "breaker 1"},
      {"0-0:24.4.0(1)", "breaker 1"},      // DSMR 2.2
      {"0-0:96.50.68(ON)", "breaker ON"},  // Sanxing
      {"0-1:24.4.0(0)", "valve_1 0"},
      {"0-4:96.3.10(0)", "relay_4 0"},
      {"0-0:96.13.0(4869)", "text_message 4869"},
      {"0-0:96.13.0()", "text_message "},
      {"0-0:96.13.1(3031203631203831)", "text_code 3031203631203831"},
      {"0-0:97.97.0(00000000)", "error_register 00000000"},
      {"0-0:96.1.1(4530)", "equipment_id 4530"},
      {"0-2:96.1.0(4730)", "mbus_id_2 4730"},
      {"0-2:96.1.1(4730)", "mbus_id_2 4730"},  // Belgium
      {"0-1:96.1.2(35343134)", "mbus_ean_1 35343134"},
      {"1-3:0.2.8(50)", "p1_version 50"},
      {"1-0:0.2.0((ER11))", "firmware_core (ER11)"},
      {"0-0:96.1.255*255(1ESY1313002565)", "serial_number 1ESY1313002565"},
      {"0-0:96.14.0(night)", ""},
      {"0-0:96.3.10(7)", ""},
      {"0-1:24.4.0(x)", ""},
      {"0-10:24.4.0(1)", ""},
  };
  for (const auto& c : cases) {
    const auto rows = Meter().states(c.line);
    EXPECT_EQ(rows.empty() ? "" : rows[0], c.expected) << c.line;
    EXPECT_LE(rows.size(), 1U) << c.line;
  }
}

TEST(State, the_last_of_repeated_lines) {
  EXPECT_THAT(Meter().states("0-0:96.13.0(41)\r\n0-0:96.14.0(0001)\r\n0-0:96.13.0(42)\r\n"),
              ElementsAre("text_message 42", "tariff 0001"));
}

}  // namespace
}  // namespace vscp_p1
