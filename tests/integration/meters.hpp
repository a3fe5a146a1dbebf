#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "decode.hpp"
#include "harness.hpp"

namespace itest {

/// The GUID of the meter with this number, 1 … 9; that of the process ends with 30.
inline std::string meter_guid(unsigned number) {
  auto guid = base_guid;
  return guid.replace(40, 1, std::to_string(number));
}

inline std::string value(unsigned number) { return "\"value\":" + std::to_string(number) + ".000"; }

/// The numbers of numbered telegrams, as they came.
inline std::vector<unsigned> numbers_in(std::vector<Message> messages) {
  std::erase_if(messages, [](const Message& m) { return !contains(m.payload, "vscpClass"); });
  std::vector<unsigned> numbers;
  for (const auto& event : readings_in(messages)) {
    if (event.type == 13) numbers.push_back(static_cast<unsigned>(decode_value(event).number));
  }
  return numbers;
}

inline std::vector<unsigned> up_to(unsigned last) {
  std::vector<unsigned> numbers(last);
  std::iota(numbers.begin(), numbers.end(), 1U);
  return numbers;
}

/// The daemon with several meters, a broker and its subscriber.
class MetersTest : public testing::Test {
 protected:
  static constexpr const char* in_effect = "the new configuration is in effect";

  /// A section with a GUID and a prefix made of the name.
  void add(const std::string& name, unsigned number, const std::string& port) {
    config_["METER " + name] = {{"serial_port", port}, {"guid", meter_guid(number)}, {"topic_prefix", name}};
  }

  void start(const Arguments& arguments = {"-v"}, const Arguments& environment = {}) {
    daemon_ = start_daemon(dir_, config_, arguments, Process::Input::null, environment);
  }
  void wait_for_open(const std::vector<std::string>& names) const {
    for (const auto& name : names) {
      const auto port = config_.at("METER " + name).at("serial_port");
      ASSERT_TRUE(daemon_->wait_for_err(name + ": " + port + ": open")) << daemon_->err();
    }
  }
  void reload() {
    const auto before = count_of(daemon_->err(), in_effect);
    dir_.write("config.ini", to_text(config_));
    daemon_->signal(SIGHUP);
    ASSERT_TRUE(daemon_->wait_for_err(in_effect, before + 1)) << daemon_->err();
  }
  void stop() {
    daemon_->signal(SIGTERM);
    ASSERT_EQ(daemon_->wait_exit(), 0) << daemon_->err();
  }

  /// Whether these numbers come below the prefix of the meter, and no others.
  testing::AssertionResult has_numbers(const std::string& name, const std::vector<unsigned>& numbers) const {
    const auto found = [&] { return numbers_in(subscriber_.messages(name + "/vscp/")); };
    if (wait_until([&] { return found() == numbers; })) return testing::AssertionSuccess();
    return testing::AssertionFailure() << name << ": " << testing::PrintToString(found()) << "\n" << daemon_->err();
  }
  std::size_t count(const std::string& topic) const {
    const auto all = subscriber_.messages(topic);
    return static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [&](const Message& m) { return m.topic == topic; }));
  }

  TempDir dir_;
  Broker broker_;
  Subscriber subscriber_{broker_};
  ConfigText config_ = config_for(&broker_);
  std::unique_ptr<Process> daemon_;
};

}  // namespace itest
