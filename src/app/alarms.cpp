// Alarms: by what a telegram says, and by the silence of the meter, which needs a clock.

#include <algorithm>
#include <chrono>

#include "app/pipeline.hpp"
#include "io/host.hpp"

namespace vscp_p1::app {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::hours longest_wait{24};  // for the timer, which counts nanoseconds

}  // namespace

void Pipeline::note_alarms(const Mapper::Mapping& mapping, const Moment& now) {
  for (const auto& change : alarms_.telegram(mapping, now)) {
    tell_alarm(change, change.alarm->is_of_silence() ? io::now() : mapping.time);
  }
  await_silence_alarm();
}

// One timer at a time: when it has run out, it is known how long the meter has been silent.
void Pipeline::await_silence_alarm() {
  if (awaiting_silence_alarm_ || ended_ || source_ended_ || !uri_.is_line()) return;
  const auto next = alarms_.next_silence();
  if (!next) return;
  awaiting_silence_alarm_ = true;
  const auto silent = std::chrono::duration_cast<milliseconds>(silence());
  silence_alarm_.expires_after(std::clamp(*next - silent, milliseconds{1}, milliseconds{longest_wait}));
  silence_alarm_.async_wait([this](const boost::system::error_code& error) {
    awaiting_silence_alarm_ = false;
    if (stopped_ || ended_) return;
    if (error) return await_silence_alarm();  // with other settings
    for (const auto& change : alarms_.silence(std::chrono::duration_cast<milliseconds>(silence()))) {
      tell_alarm(change, io::now());
    }
    await_silence_alarm();
  });
}

Pipeline::Clock::duration Pipeline::silence() const {
  return Clock::now() - (telegrams_ == 0 ? started_ : last_telegram_);
}

void Pipeline::tell_alarm(const AlarmChange& change, UtcTime time) {
  const auto& alarm = *change.alarm;
  const auto what = change.value ? settings_.quantities[change.quantity].key + " is " +
                                       std::string(DecimalText(*change.value).view())
                                 : std::string(change.begins ? "the meter is silent" : "telegrams again");
  log_.say(change.begins ? spdlog::level::warn : spdlog::level::info, "alarm {} {}: {}", alarm.name,
           change.begins ? "begins" : "ends", what);
  publish_alarm(alarm, change.begins, time);
}

// no_vscp: the note is the topic.
void Pipeline::publish_alarm(const AlarmSettings& alarm, bool begins, UtcTime time) {
  if (!settings_.no_vscp) return publish_event(node_.alarm(alarm, begins, time));
  publish_plain(alarm.note, begins ? "on" : "off");
}

// Before the new settings are in effect: what is no longer watched, or by another node, ends as what it was.
void Pipeline::move_alarms(const std::vector<AlarmSettings>& next, bool is_other_node) {
  auto ended = alarms_.reconfigure(is_other_node ? std::vector<AlarmSettings>{} : next);
  for (const auto& alarm : ended) {
    log_.info("alarm {} ends: it is no longer set like this", alarm.name);
    publish_alarm(alarm, false, io::now());
  }
  if (is_other_node) alarms_.reconfigure(next);
}

}  // namespace vscp_p1::app
