#include "io/log.hpp"

#include <spdlog/sinks/ansicolor_sink.h>
#include <spdlog/spdlog.h>

#include <cstdlib>
#include <memory>

namespace vscp_p1::io {

void start_log(Verbosity verbosity) {
  const auto sink = std::make_shared<spdlog::sinks::ansicolor_stderr_sink_st>();
  const auto logger = std::make_shared<spdlog::logger>("vscp-p1d", sink);
  logger->set_pattern(std::getenv("JOURNAL_STREAM") != nullptr ? "%l: %v" : "%Y-%m-%d %H:%M:%S %^%l%$: %v");
  logger->set_level(verbosity == Verbosity::debug     ? spdlog::level::trace
                    : verbosity == Verbosity::verbose ? spdlog::level::debug
                                                      : spdlog::level::info);
  spdlog::set_default_logger(logger);
}

}  // namespace vscp_p1::io
