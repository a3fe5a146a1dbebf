#include "io/mqtt_deliveries.hpp"

#include <gtest/gtest.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <thread>
#include <utility>
#include <vector>

namespace vscp_p1::io {
namespace {

class Deliveries : public testing::Test {
 protected:
  MqttDeliveries::Delivery& begin(std::uintptr_t ticket, int qos = 1) {
    auto* const delivery = deliveries_.begin(ticket, qos);
    EXPECT_NE(delivery, nullptr) << ticket;
    return *delivery;
  }
  std::vector<std::uintptr_t> finished() {
    std::vector<std::uintptr_t> tickets;
    for (const auto* delivery : deliveries_.finished()) tickets.push_back(delivery->ticket);
    return tickets;
  }

  unsigned due_ = 0, gathers_ = 0;
  MqttDeliveries deliveries_{{[this] { ++due_; }, [this] { ++gathers_; }}};
};

using Tickets = std::vector<std::uintptr_t>;

TEST_F(Deliveries, are_due_when_the_last_has_ended) {
  auto& first = begin(1);
  auto& second = begin(2);
  MqttDeliveries::end(first, 0);
  EXPECT_EQ(due_, 0U);
  MqttDeliveries::end(second, 0);
  EXPECT_EQ(due_, 1U);
  EXPECT_EQ(deliveries_.uncollected(), 2U);
  EXPECT_EQ(finished(), (Tickets{1, 2}));
  EXPECT_EQ(deliveries_.uncollected(), 0U);
  EXPECT_EQ(&begin(3), &second) << "used again";
}

TEST_F(Deliveries, are_due_when_there_are_many) {
  begin(0);
  for (std::uintptr_t ticket = 1; ticket <= 64; ++ticket) {
    EXPECT_EQ(due_, 0U) << ticket;
    MqttDeliveries::end(begin(ticket), 0);
  }
  EXPECT_EQ(due_, 1U);
}

TEST_F(Deliveries, that_nothing_waits_for_are_left) {
  deliveries_.wake_when_delivered(false);
  MqttDeliveries::end(begin(1), 0);
  EXPECT_EQ(due_, 0U);
  EXPECT_TRUE(deliveries_.has_left());
  EXPECT_FALSE(deliveries_.has_left()) << "it was told";
  deliveries_.wake_when_delivered(true);
  EXPECT_EQ(due_, 1U) << "something waits now";
  EXPECT_EQ(finished(), Tickets{1});
  EXPECT_FALSE(deliveries_.has_left());
}

TEST_F(Deliveries, that_went_wrong_are_due_at_once) {
  deliveries_.wake_when_delivered(false);
  auto& refused = begin(1);
  auto& unsent = begin(2);
  begin(3);
  MqttDeliveries::end(refused, 0x87);
  EXPECT_EQ(due_, 1U);
  MqttDeliveries::end(unsent, MqttDeliveries::not_sent);
  EXPECT_EQ(deliveries_.uncollected(), 1U) << "the broker has one of them";
  EXPECT_EQ(finished(), (Tickets{1, 2}));
}

TEST_F(Deliveries, are_due_when_the_last_was_not_taken) {
  auto& first = begin(1);
  auto& second = begin(2);
  MqttDeliveries::end(first, 0);
  deliveries_.withdraw(second);
  EXPECT_EQ(due_, 1U);
}

TEST_F(Deliveries, of_a_telegram_are_gathered_once) {
  begin(1);
  begin(2);
  EXPECT_EQ(gathers_, 1U);
  deliveries_.end_turn();
  begin(3);
  EXPECT_EQ(gathers_, 2U);
}

// With a socket that leads to a broker.
class ConnectedDeliveries : public Deliveries {
 protected:
  void SetUp() override {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ASSERT_EQ(::bind(listener, reinterpret_cast<const sockaddr*>(&address), size), 0);
    ASSERT_EQ(::listen(listener, 1), 0);
    ASSERT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ASSERT_EQ(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), size), 0);
    broker_ = ::accept(listener, nullptr, nullptr);
    ::close(listener);
    deliveries_.find_output(ntohs(address.sin_port));
  }
  void TearDown() override {
    ::close(socket_);
    if (broker_ >= 0) ::close(broker_);
  }

  void pass_a_byte(int from, int to) {
    char byte = 0;
    ASSERT_EQ(::write(from, &byte, 1), 1);
    ASSERT_EQ(::read(to, &byte, 1), 1);
  }
  // Whether what the broker sent last has not been acknowledged, which a host does late when it answers as a rule.
  bool broker_waits() const {
    int bytes = 0;
    EXPECT_EQ(::ioctl(broker_, SIOCOUTQ, &bytes), 0);
    return bytes > 0;
  }

  bool is_prompt() const {
    int value = 0;
    socklen_t size = sizeof value;
    EXPECT_EQ(::getsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &value, &size), 0);
    return value != 0;
  }

  int socket_ = -1, broker_ = -1;
};

TEST_F(ConnectedDeliveries, begin_only_while_the_broker_is_there) {
  auto& first = begin(1);
  ::close(std::exchange(broker_, -1));
  pollfd end{socket_, POLLRDHUP, 0};
  ASSERT_EQ(::poll(&end, 1, 10'000), 1);
  begin(2);  // of the same telegram: Paho fails it
  MqttDeliveries::end(first, MqttDeliveries::not_sent);
  deliveries_.end_turn();
  EXPECT_EQ(deliveries_.begin(3, 1), nullptr);
}

TEST_F(ConnectedDeliveries, wait_for_the_first_at_qos_1_when_nothing_else_is_under_way) {
  EXPECT_TRUE(is_prompt());
  auto& first = begin(1, 1);
  EXPECT_FALSE(is_prompt());
  auto& second = begin(2, 1);
  EXPECT_FALSE(is_prompt()) << "of the same telegram";
  deliveries_.end_turn();
  auto& third = begin(3, 1);
  EXPECT_TRUE(is_prompt()) << "the broker may have answered for 1, and wait with the rest";
  deliveries_.end_turn();
  for (auto* const delivery : {&first, &second, &third}) MqttDeliveries::end(*delivery, 0);
  MqttDeliveries::end(begin(4, 1), 0);
  EXPECT_FALSE(is_prompt());
  deliveries_.end_turn();
  begin(5, 2);
  EXPECT_TRUE(is_prompt()) << "QoS 2: each side answers to the other's answers";
  deliveries_.end_turn();
}

TEST_F(ConnectedDeliveries, wait_for_nothing_at_qos_0) {
  MqttDeliveries::end(begin(1, 1), 0);
  deliveries_.end_turn();
  EXPECT_FALSE(is_prompt());
  MqttDeliveries::end(begin(2, 0), 0);
  EXPECT_TRUE(is_prompt());
  MqttDeliveries::end(begin(3, 1), 0);
  EXPECT_TRUE(is_prompt()) << "2 may not have been acknowledged";
}

TEST_F(ConnectedDeliveries, of_another_qos_behind_a_state_do_not_wait) {
  begin(1, 1);
  EXPECT_FALSE(is_prompt());
  begin(2, 2);
  EXPECT_TRUE(is_prompt());
}

TEST_F(ConnectedDeliveries, that_are_awaited_do_not_wait_for_the_host) {
  auto& first = begin(1);
  begin(2);
  deliveries_.end_turn();
  bool waits = false;
  for (int i = 0; i < 1000 && !waits; ++i) {
    pass_a_byte(socket_, broker_);
    pass_a_byte(broker_, socket_);
    waits = broker_waits();
  }
  if (!waits) GTEST_SKIP() << "this host acknowledges at once anyway";
  MqttDeliveries::end(first, 0);
  const auto soon = std::chrono::steady_clock::now() + std::chrono::milliseconds{20};  // the host's own time is 40
  while (broker_waits() && std::chrono::steady_clock::now() < soon) std::this_thread::yield();
  EXPECT_FALSE(broker_waits());
}

}  // namespace
}  // namespace vscp_p1::io
