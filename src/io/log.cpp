#include "io/log.hpp"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/ansicolor_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "vscp_p1/text.hpp"

namespace vscp_p1::io {
namespace {

// Whatever a message was made of, a meter's id or the name of a file, it is one line and does nothing to a terminal.
class EscapedMessage final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm& /*time*/, spdlog::memory_buf_t& out) override {
    constexpr std::size_t longest = 4096;  // the summary at the end has half of it
    const auto text = escaped({message.payload.data(), message.payload.size()}, longest);
    out.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<EscapedMessage>(); }
};

}  // namespace

void start_log(Verbosity verbosity) {
  const auto sink = std::make_shared<spdlog::sinks::ansicolor_stderr_sink_st>();
  const auto logger = std::make_shared<spdlog::logger>("vscp-p1d", sink);
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  const std::string pattern = std::getenv("JOURNAL_STREAM") != nullptr ? "%l: %*" : "%Y-%m-%d %H:%M:%S %^%l%$: %*";
  // A message takes the place of a line that shows progress.
  constexpr const char* clear_line = "\x1b[K";
  formatter->add_flag<EscapedMessage>('*').set_pattern((::isatty(STDERR_FILENO) == 1 ? clear_line : "") + pattern);
  logger->set_formatter(std::move(formatter));
  logger->set_level(verbosity == Verbosity::debug     ? spdlog::level::trace
                    : verbosity == Verbosity::verbose ? spdlog::level::debug
                                                      : spdlog::level::info);
  spdlog::set_default_logger(logger);
}

}  // namespace vscp_p1::io
