#pragma once

#include <spdlog/spdlog.h>

#include <string>
#include <utility>

namespace vscp_p1::app {

/// Says things of one meter: with its name in front when there are several.
class MeterLog {
 public:
  explicit MeterLog(const std::string& name) : prefix_(name.empty() ? "" : name + ": ") {}

  template <class... Args>
  void say(spdlog::level::level_enum level, fmt::format_string<Args...> text, Args&&... args) const {
    if (spdlog::should_log(level))
      spdlog::log(level, "{}{}", prefix_, fmt::format(text, std::forward<Args>(args)...));
  }
  template <class... Args>
  void trace(fmt::format_string<Args...> text, Args&&... args) const {
    say(spdlog::level::trace, text, std::forward<Args>(args)...);
  }
  template <class... Args>
  void debug(fmt::format_string<Args...> text, Args&&... args) const {
    say(spdlog::level::debug, text, std::forward<Args>(args)...);
  }
  template <class... Args>
  void info(fmt::format_string<Args...> text, Args&&... args) const {
    say(spdlog::level::info, text, std::forward<Args>(args)...);
  }
  template <class... Args>
  void warn(fmt::format_string<Args...> text, Args&&... args) const {
    say(spdlog::level::warn, text, std::forward<Args>(args)...);
  }
  template <class... Args>
  void error(fmt::format_string<Args...> text, Args&&... args) const {
    say(spdlog::level::err, text, std::forward<Args>(args)...);
  }

 private:
  std::string prefix_;
};

}  // namespace vscp_p1::app
