// How a meter is doing: the counters at the broker.

#include <boost/asio/post.hpp>
#include <chrono>
#include <utility>

#include "app/exit_codes.hpp"
#include "app/pipeline.hpp"

namespace vscp_p1::app {
namespace {

using std::chrono::seconds;

constexpr seconds stats_interval{60};

}  // namespace

MeterState Pipeline::state() const noexcept {
  return !source_open_ && !source_fault_.empty() ? MeterState::no_port
         : silent_                               ? MeterState::silent
         : telegrams_ > 0                        ? MeterState::online
                                                 : MeterState::waiting;
}

Statistics Pipeline::statistics() const {
  const auto seconds_since = [](Clock::time_point time) {
    return static_cast<std::uint64_t>(std::chrono::duration_cast<seconds>(Clock::now() - time).count());
  };
  Statistics now;
  now.version = VSCP_P1_VERSION;
  now.uptime = seconds_since(started_);
  now.meter = state();
  now.meter_id = meter_;
  if (telegrams_ > 0) now.last_telegram = seconds_since(last_telegram_);
  now.telegrams = telegrams_;
  now.bytes = all_bytes_;
  now.dropped_telegrams = dropped_;
  now.skipped_lines = mapper_.skipped();
  now.unknown = mapper_.unknown();
  now.broker = delivery_.state();
  now.reconnects = delivery_.reconnects();
  now.events = messages_;
  now.waiting = publisher_.waiting();
  now.spooled = publisher_.spooled();
  now.dropped_events = delivery_.dropped();
  return now;
}

// The state of meter or broker may be another one. It is told when all that comes with the change is done.
void Pipeline::note_state() {
  if (std::exchange(state_noted_, true)) return;
  boost::asio::post(loop_, [this] {
    state_noted_ = false;
    tell_state();
  });
}

void Pipeline::tell_state() {
  const auto now = statistics();
  const std::pair state{now.meter, now.broker};
  if (stopped_ || std::exchange(told_state_, state) == state) return;
  handlers_.changed();
  publisher_.set_state(state_topics_.stats, stats_json(now));
}

void Pipeline::keep_stats() {
  stats_.cancel();
  if (state_topics_.stats.empty()) return;
  publisher_.set_state(state_topics_.stats, stats_json(statistics()));
  stats_.expires_after(stats_interval);
  stats_.async_wait([this](const boost::system::error_code& error) {
    if (!error && !stopped_) keep_stats();
  });
}

std::string Pipeline::unknown_codes() const {
  std::string text;
  for (const auto& [code, lines] : mapper_.unknown()) {
    text.append(text.empty() ? " (" : ", ").append(ObisText(code).view());
  }
  return text.empty() ? text : text + "; vscp-p1d --unknown shows the lines)";
}

std::string Pipeline::summary() const {
  const auto replayed = replays_ == 0 ? std::string{} : ", " + std::to_string(replays_) + " of them sent again";
  return "telegrams: " + std::to_string(telegrams_) + " good" + replayed + "; dropped: " + counted(dropped_) +
         "; lines without a reading: " + counted(mapper_.skipped()) + unknown_codes() +
         (watch_ ? std::string{}
                 : "; messages: " + std::to_string(messages_) + ", dropped: " + std::to_string(delivery_.dropped()));
}

std::unique_ptr<Watch> Pipeline::open_watch(Output output) {
  if (output != Output::view) return nullptr;
  Watch::Handlers handlers;
  handlers.statistics = [this] { return statistics(); };
  handlers.quit = [this] { end(true); };
  handlers.failed = [this](const std::string& reason) {
    log_.error("{}", reason);
    exit_code_ = exit_unavailable;
    boost::asio::post(loop_, [this] { end(true); });
  };
  return std::make_unique<Watch>(loop_, settings_, std::move(handlers));
}

}  // namespace vscp_p1::app
