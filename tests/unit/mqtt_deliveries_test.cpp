#include "io/mqtt_deliveries.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

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

TEST_F(Deliveries, begin_only_while_the_broker_is_there) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(listener, reinterpret_cast<const sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(listener, 1), 0);
  ASSERT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(::connect(socket, reinterpret_cast<const sockaddr*>(&address), size), 0);
  const int broker = ::accept(listener, nullptr, nullptr);
  deliveries_.find_output(ntohs(address.sin_port));
  auto& first = begin(1);
  ::close(broker);
  pollfd end{socket, POLLRDHUP, 0};
  ASSERT_EQ(::poll(&end, 1, 10'000), 1);
  begin(2);  // of the same telegram: Paho fails it
  MqttDeliveries::end(first, MqttDeliveries::not_sent);
  deliveries_.end_turn();
  EXPECT_EQ(deliveries_.begin(3, 1), nullptr);
  ::close(socket);
  ::close(listener);
}

}  // namespace
}  // namespace vscp_p1::io
