#include "io/log.hpp"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/ansicolor_sink.h>
#include <spdlog/sinks/ringbuffer_sink.h>
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

std::unique_ptr<spdlog::formatter> formatter_of(const std::string& pattern) {
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  formatter->add_flag<EscapedMessage>('*').set_pattern(pattern);
  return formatter;
}

constexpr std::size_t most_kept = 100;  // messages

}  // namespace

void start_log(Verbosity verbosity) {
  const auto sink = std::make_shared<spdlog::sinks::ansicolor_stderr_sink_st>();
  const auto logger = std::make_shared<spdlog::logger>("vscp-p1d", sink);
  const std::string pattern = std::getenv("JOURNAL_STREAM") != nullptr ? "%l: %*" : "%Y-%m-%d %H:%M:%S %^%l%$: %*";
  // A message takes the place of a line that shows progress.
  constexpr const char* clear_line = "\x1b[K";
  logger->set_formatter(formatter_of((::isatty(STDERR_FILENO) == 1 ? clear_line : "") + pattern));
  logger->set_level(verbosity == Verbosity::debug     ? spdlog::level::trace
                    : verbosity == Verbosity::verbose ? spdlog::level::debug
                                                      : spdlog::level::info);
  spdlog::set_default_logger(logger);
}

struct KeptLog::Sinks {
  std::shared_ptr<spdlog::sinks::ringbuffer_sink_st> kept =
      std::make_shared<spdlog::sinks::ringbuffer_sink_st>(most_kept);
  std::vector<spdlog::sink_ptr> before = spdlog::default_logger()->sinks();
  bool are_hidden = ::isatty(STDERR_FILENO) == 1;
};

KeptLog::KeptLog() : sinks_(std::make_unique<Sinks>()) {
  sinks_->kept->set_formatter(formatter_of("%H:%M:%S %l: %*"));
  auto& sinks = spdlog::default_logger()->sinks();
  if (sinks_->are_hidden) sinks.clear();
  sinks.push_back(sinks_->kept);
}

KeptLog::~KeptLog() {
  spdlog::default_logger()->sinks() = sinks_->before;
  if (!sinks_->are_hidden) return;
  for (const auto& message : sinks_->kept->last_raw()) {
    if (message.level < spdlog::level::warn) continue;
    for (const auto& sink : sinks_->before) sink->log(message);
  }
}

std::vector<std::string> KeptLog::last(std::size_t most) const {
  auto messages = sinks_->kept->last_formatted(most);
  for (auto& message : messages) {
    if (message.ends_with('\n')) message.pop_back();
  }
  return messages;
}

}  // namespace vscp_p1::io
