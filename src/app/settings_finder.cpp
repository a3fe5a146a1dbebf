#include "app/settings_finder.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace vscp_p1::app {

using Time = SettingsSearch::Time;

SettingsFinder::SettingsFinder(boost::asio::io_context& loop, Handlers handlers)
    : handlers_(std::move(handlers)), timer_(loop), search_(candidates_, pace_, now()) {}

void SettingsFinder::begin(std::vector<LineFormat> candidates, SettingsSearch::Pace pace) {
  candidates_ = std::move(candidates);
  pace_ = pace;
  search_ = SettingsSearch(candidates_, pace_, now());
  searching_ = candidates_.size() > 1;
  timer_.cancel();
  if (searching_) watch();
}

void SettingsFinder::begin_again() {
  auto candidates = candidates_;
  const auto present = std::find(candidates.begin(), candidates.end(), format());
  std::rotate(candidates.begin(), present, candidates.end());
  begin(std::move(candidates), pace_);
}

void SettingsFinder::on_bytes(std::string_view bytes) {
  if (!searching_) return;
  search_.on_bytes(bytes, now());
  watch();
}

bool SettingsFinder::found() {
  timer_.cancel();
  return std::exchange(searching_, false);
}

Time SettingsFinder::now() {
  return std::chrono::duration_cast<Time>(std::chrono::steady_clock::now().time_since_epoch());
}

void SettingsFinder::watch() {
  timer_.expires_after(search_.due() - now());
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error && searching_) advance();
  });
}

void SettingsFinder::advance() {
  if (search_.advance(now())) {
    for (auto left = candidates_.size(); left > 0 && !handlers_.apply(format()); --left) search_.skip(now());
    handlers_.moved();
  }
  if (searching_) watch();
}

}  // namespace vscp_p1::app
