#include "vscp_p1/outbox.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace vscp_p1 {
namespace {

using namespace std::chrono_literals;

// What may wait for the next commit, however small the limit is: a thousand messages a second, at the default
// interval.
constexpr std::size_t room_until_stored = 10'000;
// The backlog goes before live messages so long, and with so many seconds' worth of its rate at once.
constexpr Outbox::Time in_order_for = 2s;
constexpr std::int64_t burst_seconds = 2;
constexpr Outbox::Time shortest_pause = 50ms;  // a wake-up costs more than a message
constexpr std::int64_t one_message = 1000;     // of credit

}  // namespace

// ---- a lane

Outbox::Entry* Outbox::Lane::find(std::uintptr_t ticket) {
  const auto end = entries.begin() + static_cast<std::ptrdiff_t>(sent);
  const auto found = std::find_if(entries.begin(), end, [&](const Entry& entry) { return entry.ticket == ticket; });
  return found == end ? nullptr : &*found;
}

void Outbox::Lane::acknowledge(Entry& entry) {
  entry.ticket = 0;
  ++acknowledged;
  while (sent > 0 && entries.front().ticket == 0) {
    entries.pop_front();
    --sent;
    --acknowledged;
  }
}

void Outbox::Lane::forget_sent() {
  const auto end = entries.begin() + static_cast<std::ptrdiff_t>(sent);
  entries.erase(std::remove_if(entries.begin(), end, [](const Entry& entry) { return entry.ticket == 0; }), end);
  sent = acknowledged = 0;
}

// ---- messages come

Outbox::Outbox(Limits limits, MessageStore* store, std::function<void()> dropped)
    : limits_(limits),
      store_(store),
      dropped_(std::move(dropped)),
      last_number_(store == nullptr ? 0 : store->last_number()) {}

void Outbox::add(std::string_view topic, std::string_view payload, bool retained, Time now) {
  auto& lane = connected_ ? live_ : backlog_;
  lane.entries.push_back({{++last_number_, std::string(topic), std::string(payload), retained}, now});
  make_room(now);
}

// The oldest that are not under way give way.
void Outbox::make_room(Time now) {
  const bool will_be_stored = store_ != nullptr && now >= store_again_ && !store_->has_failed();
  const auto limit = std::max(limits_.memory, will_be_stored ? room_until_stored
                                              : connected_   ? room_for_a_telegram
                                                             : 0);
  if (backlog_.entries.size() + live_.entries.size() <= limit || store_unstored(now)) return;
  while (backlog_.entries.size() + live_.entries.size() > limit) {
    auto& lane = backlog_.has_unsent() ? backlog_ : live_;
    if (!lane.has_unsent()) return;
    lane.entries.erase(lane.entries.begin() + static_cast<std::ptrdiff_t>(lane.sent));
    dropped_();
  }
}

// ---- the broker comes and goes

void Outbox::connected(Time now) {
  connected_ = true;
  begin_in_order(now);
}

void Outbox::begin_in_order(Time now) {
  credit_ = burst_seconds * limits_.drain_rate * one_message;
  credit_time_ = now;
  ordered_until_ = now + in_order_for;
}

void Outbox::disconnected(Time now) {
  connected_ = false;
  stalled_ = false;
  candidate_ = nullptr;
  stored_ = {};  // it is loaded again
  last_loaded_ = 0;
  backlog_.forget_sent();
  live_.forget_sent();
  std::move(live_.entries.begin(), live_.entries.end(), std::back_inserter(backlog_.entries));
  live_ = {};
  remove_acknowledged();
  make_room(now);
}

// ---- messages go

const Message* Outbox::next(Time now) {
  earn_credit(now);
  candidate_ = next_lane(now);
  return candidate_ == nullptr ? nullptr : &candidate_->entries[candidate_->sent].message;
}

Outbox::Lane* Outbox::next_lane(Time now) {
  if (!connected_ || under_way() >= limits_.window) return nullptr;
  const bool may_send_backlog = has_backlog() && has_credit();
  if (may_send_backlog && now < ordered_until_) return backlog_lane();
  if (live_.has_unsent()) return &live_;
  return may_send_backlog ? backlog_lane() : nullptr;
}

// Null while a part of the backlog has to be acknowledged before the next one is loaded.
Outbox::Lane* Outbox::backlog_lane() {
  if (stored_.under_way() + backlog_.under_way() >= backlog_window()) return nullptr;
  if (!stored_.has_unsent() && unloaded() > 0) {
    if (!stored_.entries.empty()) return nullptr;
    load();
  }
  if (stored_.has_unsent()) return &stored_;
  return backlog_.has_unsent() ? &backlog_ : nullptr;
}

bool Outbox::has_backlog() const noexcept {
  return !leaves_stored_ && (stored_.has_unsent() || backlog_.has_unsent() || unloaded() > 0);
}

// Live messages always find a place.
std::size_t Outbox::backlog_window() const noexcept { return std::max<std::size_t>(limits_.window / 2, 1); }

void Outbox::load() {
  while (stored_.entries.empty() && unloaded() > 0) {
    auto messages = store_->load(last_loaded_, backlog_window());
    if (messages.empty()) return;
    last_loaded_ = messages.back().number;
    for (auto& message : messages) {
      const bool is_done = std::find(to_remove_.begin(), to_remove_.end(), message.number) != to_remove_.end();
      if (!is_done) stored_.entries.push_back({std::move(message), {}});
    }
  }
}

std::size_t Outbox::unloaded() const noexcept {
  const auto loaded = stored_.waiting() + to_remove_.size();
  return stored() > loaded ? stored() - loaded : 0;
}

void Outbox::sent(std::uintptr_t ticket) {
  auto& entry = candidate_->entries[candidate_->sent++];
  entry.ticket = ticket;
  if (candidate_ != &live_) credit_ -= one_message;
  candidate_ = nullptr;
}

bool Outbox::acknowledged(std::uintptr_t ticket, Time now) {
  for (auto* lane : {&live_, &stored_, &backlog_}) {
    auto* entry = lane->find(ticket);
    if (entry == nullptr) continue;
    if (lane == &stored_) to_remove_.push_back(entry->message.number);
    lane->acknowledge(*entry);
    if (stored_.entries.empty()) remove_acknowledged();
    if (std::exchange(stalled_, false)) begin_in_order(now);
    return true;
  }
  return false;
}

// ---- pace

void Outbox::earn_credit(Time now) {
  const std::int64_t rate = limits_.drain_rate;
  const auto elapsed = std::max(now - std::exchange(credit_time_, now), Time{0});
  constexpr Time enough = 1s * burst_seconds;
  credit_ = std::min(burst_seconds * rate * one_message, credit_ + std::min(elapsed, enough).count() * rate);
}

bool Outbox::has_credit() const noexcept { return limits_.drain_rate == 0 || credit_ >= one_message; }

Outbox::Time Outbox::pause(Time now) const {
  if (!connected_ || !has_backlog()) return Time{0};
  if (!has_credit()) return std::max(shortest_pause, Time{(one_message - credit_) / limits_.drain_rate + 1});
  return live_.has_unsent() && now < ordered_until_ ? ordered_until_ - now : Time{0};
}

// ---- the store

std::optional<Outbox::Time> Outbox::flush_due() const {
  if (store_ == nullptr) return std::nullopt;
  if (store_->has_failed()) return store_again_;  // it may hold messages of an earlier run
  std::optional<Time> oldest;
  for (const auto* lane : {&backlog_, &live_}) {
    if (lane->entries.empty()) continue;
    const auto added = lane->entries.front().added;
    oldest = oldest ? std::min(*oldest, added) : added;
  }
  if (!oldest) return std::nullopt;
  return std::max(*oldest + limits_.flush_interval, store_again_);
}

void Outbox::flush(Time now) {
  if (store_ == nullptr) return;
  store_again_ = {};
  store_->last_number();
  store_unstored(now);
  remove_acknowledged();
  if (store_->has_failed()) store_again_ = now + limits_.flush_interval;
}

bool Outbox::store_unstored(Time now) {
  if (store_ == nullptr || now < store_again_) return false;
  const auto messages = unstored();
  if (messages.empty()) return true;
  if (!store_->append(messages)) {
    store_again_ = now + limits_.flush_interval;
    return false;
  }
  keep_under_way(backlog_);
  keep_under_way(live_);
  stalled_ = connected_;
  candidate_ = nullptr;
  return true;
}

// What waits in memory, numbered behind all that is stored: that may have been unknown when the program began.
std::vector<const Message*> Outbox::unstored() {
  const auto& oldest = backlog_.entries.empty() ? live_.entries : backlog_.entries;
  if (oldest.empty()) return {};
  const auto shift = std::max<std::int64_t>(store_->last_number() + 1 - oldest.front().message.number, 0);
  last_number_ += shift;
  std::vector<const Message*> messages;
  for (auto* lane : {&backlog_, &live_}) {
    for (std::size_t i = 0; i < lane->entries.size(); ++i) {
      auto& entry = lane->entries[i];
      entry.message.number += shift;
      if (i >= lane->sent || entry.ticket != 0) messages.push_back(&entry.message);
    }
  }
  return messages;
}

// Of what was stored, memory keeps only the messages that an acknowledgement may still come for.
void Outbox::keep_under_way(Lane& lane) {
  for (std::size_t i = 0; i < lane.sent; ++i) {
    if (lane.entries[i].ticket == 0) continue;
    stored_.entries.insert(stored_.entries.begin() + static_cast<std::ptrdiff_t>(stored_.sent++),
                           std::move(lane.entries[i]));
  }
  lane = {};
}

void Outbox::remove_acknowledged() {
  if (store_ != nullptr && !to_remove_.empty() && store_->remove(to_remove_)) to_remove_.clear();
}

// ---- what there is

std::size_t Outbox::waiting() const noexcept {
  return unloaded() + stored_.waiting() + backlog_.waiting() + live_.waiting();
}

bool Outbox::is_idle() const noexcept { return under_way() == 0 && !live_.has_unsent() && !has_backlog(); }

}  // namespace vscp_p1
