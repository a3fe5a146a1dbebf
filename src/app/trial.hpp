#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "app/configuration.hpp"
#include "vscp_p1/detection.hpp"

namespace vscp_p1::app {

/// Tries a configuration: listens for the meter, knocks at the broker, sends one telegram through. Shows what it
/// does.
class Trial {
 public:
  struct Outcome {
    bool is_good = false;
    bool needs_key = false;            // the meter encrypts
    std::optional<LineFormat> format;  // that the meter sends with, if it was found out
    std::string text;                  // what came out, or what to do
  };

  explicit Trial(std::chrono::milliseconds patience) : patience_(patience) {}

  Outcome run(const Configuration& configuration) const;

 private:
  std::chrono::milliseconds patience_;
};

}  // namespace vscp_p1::app
