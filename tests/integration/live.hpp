#pragma once

#include <gtest/gtest.h>

#include <csignal>
#include <memory>
#include <string>
#include <vector>

#include "harness.hpp"

namespace itest {

/// The daemon, a broker and its subscriber.
class LiveTest : public testing::Test {
 protected:
  void start(const Arguments& arguments = {"-v"}, const Arguments& environment = {}) {
    daemon_ = start_daemon(dir_, config_, arguments, Process::Input::null, environment);
  }
  void reload() { ASSERT_TRUE(take_over(dir_, config_, *daemon_)) << daemon_->err(); }
  void stop() {
    daemon_->signal(SIGTERM);
    ASSERT_EQ(daemon_->wait_exit(), 0) << daemon_->err();
  }

  /// What came at just this topic.
  std::vector<std::string> payloads(const std::string& topic) const {
    std::vector<std::string> found;
    for (const auto& message : subscriber_.messages(topic)) {
      if (message.topic == topic) found.push_back(message.payload);
    }
    return found;
  }
  std::size_t count(const std::string& topic) const { return payloads(topic).size(); }

  TempDir dir_;
  Broker broker_;
  Subscriber subscriber_{broker_};
  ConfigText config_ = config_for(&broker_);
  std::unique_ptr<Process> daemon_;
};

/// The same at a pseudo terminal.
class LiveMeterTest : public LiveTest {
 protected:
  /// With what `more` sets beside config_.
  void start(const ConfigText& more = {}, const Arguments& arguments = {"-v"}) {
    config_["SERIAL"]["serial_port"] = meter_.name();
    for (const auto& [section, keys] : more) {
      for (const auto& [key, text] : keys) config_[section][key] = text;
    }
    LiveTest::start(arguments);
    ASSERT_TRUE(daemon_->wait_for_err(": open")) << daemon_->err();
    ASSERT_TRUE(daemon_->wait_for_err("connected,")) << daemon_->err();
  }
  /// A numbered telegram goes all the way.
  void send(unsigned number, const std::vector<std::string>& more = {}) {
    ASSERT_TRUE(meter_.write(numbered(number, more)));
    ASSERT_TRUE(subscriber_.wait_for_part(value_of(number))) << daemon_->err();
  }

  Pty meter_{dir_.file("meter")};
};

}  // namespace itest
