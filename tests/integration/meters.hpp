#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "decode.hpp"
#include "live.hpp"

namespace itest {

/// The GUID of the meter with this number, 1 … 9; that of the process ends with 30.
inline std::string meter_guid(unsigned number) {
  auto guid = base_guid;
  return guid.replace(40, 1, std::to_string(number));
}

/// The daemon with several meters, a broker and its subscriber.
class MetersTest : public LiveTest {
 protected:
  /// A section with a GUID and a prefix made of the name.
  void add(const std::string& name, unsigned number, const std::string& port) {
    config_["METER " + name] = {{"serial_port", port}, {"guid", meter_guid(number)}, {"topic_prefix", name}};
  }

  void wait_for_open(const std::vector<std::string>& names) const {
    for (const auto& name : names) {
      const auto port = config_.at("METER " + name).at("serial_port");
      ASSERT_TRUE(daemon_->wait_for_err(name + ": " + port + ": open")) << daemon_->err();
    }
  }
  /// Whether these numbers come below the prefix of the meter, and no others.
  testing::AssertionResult has_numbers(const std::string& name, const std::vector<unsigned>& numbers) const {
    const auto found = [&] { return numbers_in(subscriber_.messages(name + "/vscp/")); };
    if (wait_until([&] { return found() == numbers; })) return testing::AssertionSuccess();
    return testing::AssertionFailure() << name << ": " << testing::PrintToString(found()) << "\n" << daemon_->err();
  }
};

}  // namespace itest
