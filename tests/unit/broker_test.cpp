#include "vscp_p1/broker.hpp"

#include <gtest/gtest.h>

#include "vscp_p1/text.hpp"

namespace vscp_p1 {
namespace {

constexpr std::uint16_t usual = 1883;

TEST(BrokerList, names_and_addresses_with_and_without_ports) {
  struct Case {
    const char* text;
    std::vector<BrokerAddress> brokers;
  };
  const Case cases[] = {
      {"localhost", {{"localhost", usual}}},
      {"a.example:8883", {{"a.example", 8883}}},
      {"a:8883, b:8883", {{"a", 8883}, {"b", 8883}}},
      {"a,b:1,c", {{"a", usual}, {"b", 1}, {"c", usual}}},
      {"192.0.2.1:65535", {{"192.0.2.1", 65535}}},
      {"::1", {{"::1", usual}}},
      {"[::1]", {{"::1", usual}}},
      {"[::1]:8883 , 2001:db8::7", {{"::1", 8883}, {"2001:db8::7", usual}}},
      {"[fe80::1%eth0]:1", {{"fe80::1%eth0", 1}}},
      {"2001:db8:0:0:0:0:0:7", {{"2001:db8:0:0:0:0:0:7", usual}}},
      {"0:0:0:0:0:ffff:192.0.2.1", {{"0:0:0:0:0:ffff:192.0.2.1", usual}}},
      {"::ffff:192.0.2.1", {{"::ffff:192.0.2.1", usual}}},
      {"::1:8883", {{"::1:8883", usual}}},  // an address, whatever was meant
      {"my_broker-2", {{"my_broker-2", usual}}},
      {"mät.example", {{"mät.example", usual}}},
  };
  for (const auto& c : cases) {
    const auto brokers = parse_brokers(c.text, usual);
    ASSERT_TRUE(brokers) << c.text << ": " << brokers.error();
    EXPECT_EQ(*brokers, c.brokers) << c.text;
  }
}

TEST(BrokerList, faults) {
  for (const char* text : {"",
                           ",",
                           "a,",
                           ",a",
                           "a,,b",
                           "a:",
                           ":1",
                           "a:0",
                           "a:65536",
                           "a:-1",
                           "a:+1",
                           "a:1x",
                           "a:1:2",
                           "a b",
                           "[",
                           "]",
                           "[]",
                           "[]:1",
                           "[::1",
                           "::1]",
                           "[::1]1883",
                           "[::1]:",
                           "[a]:1",
                           "x[::1]",
                           "tcp://a",
                           "mqtts://a:8883",
                           "a/b",
                           "u@a",
                           "::1:18901",
                           "1::2::3",
                           ":::",
                           "[::g]",
                           "1:2:3:4:5:6:7",
                           "1:2:3:4:5:6:7:8:1883",
                           "1:2:3:4:5:6:192.0.2.256",
                           "::1%",
                           "::1%u:p@a",
                           "[::1%a b]:1",
                           "fe80::1%eth0:1883"}) {
    const auto brokers = parse_brokers(text, usual);
    ASSERT_FALSE(brokers) << text;
    EXPECT_TRUE(brokers.error().starts_with("must ")) << brokers.error();
  }
}

TEST(BrokerList, a_login_has_keys_of_its_own) {
  for (const char* text : {"u@a", "u:p@a", "mqtt://u:p@a:1883", "a, u:p,q@b", "::1%u:p@a"}) {
    const auto brokers = parse_brokers(text, usual);
    ASSERT_FALSE(brokers) << text;
    EXPECT_NE(brokers.error().find("user and password have keys of their own"), std::string::npos) << brokers.error();
  }
}

TEST(BrokerList, text_is_what_is_read) {
  EXPECT_EQ((BrokerAddress{"a.example", 1883}.text()), "a.example:1883");
  const BrokerAddress ipv6{"2001:db8::7", 8883};
  EXPECT_EQ(ipv6.text(), "[2001:db8::7]:8883");
  EXPECT_EQ(parse_brokers(ipv6.text(), usual)->front(), ipv6);
}

TEST(BrokerList, items_of_a_list) {
  using Items = std::vector<std::string_view>;
  EXPECT_EQ(list_items(""), Items{""});
  EXPECT_EQ(list_items(" a "), Items{"a"});
  EXPECT_EQ(list_items("a, b c ,"), (Items{"a", "b c", ""}));
}

}  // namespace
}  // namespace vscp_p1
