#include "app/pipeline.hpp"

#include <spdlog/spdlog.h>
#include <sys/time.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <chrono>
#include <csignal>
#include <initializer_list>
#include <utility>

#include "app/exit_codes.hpp"
#include "io/host.hpp"
#include "vscp_p1/text.hpp"

namespace vscp_p1::app {
namespace {

using boost::system::error_code;
using std::chrono::seconds;

constexpr seconds heartbeat_interval{60};
constexpr std::int64_t oldest_date = 946'684'800;  // 2000-01-01: only a host's clock that is not set says less

void mask_signals(int how, std::initializer_list<int> signals) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : signals) sigaddset(&set, signal);
  pthread_sigmask(how, &set, nullptr);
}

// Libraries may hang in a stop: a name server or a broker that does not answer. Then this ends the process in time.
// A slow disk does not: what is being stored must get there, and half a second more is for the rest.
volatile sig_atomic_t last_resort_code = exit_ok;
volatile sig_atomic_t is_storing = 0;
volatile sig_atomic_t patience = 0;
void arm_last_resort(int exit_code) {
  last_resort_code = exit_code;
  std::signal(SIGALRM, [](int) {
    if (is_storing != 0) {
      patience = 5;
    } else if (patience > 0) {
      patience = patience - 1;
    } else {
      _exit(last_resort_code);
    }
  });
  const itimerval limit{{0, 100'000}, {1, 500'000}};
  setitimer(ITIMER_REAL, &limit, nullptr);
}

}  // namespace

Pipeline::Pipeline(Configuration configuration, Output output, ReadAgain read_again)
    : settings_(std::move(configuration.settings)),
      uri_(std::move(configuration.uri)),
      zone_(configuration.zone),
      output_(output),
      read_again_(std::move(read_again)),
      node_(*settings_.vscp.guid, settings_),
      topic_template_(compiled(settings_.mqtt.topic)),
      state_topics_(settings_, node_),
      envelope_({[this](std::string_view text) { on_text(text); },
                 [this](const CipheredFrame& frame) { return on_ciphered(frame); },
                 [this](Errc reason) { on_framed(reason); }}),
      decrypter_(settings_.encryption),
      framer_(settings_.serial.crc),
      mapper_(settings_, zone_),
      states_(settings_.quantities.size()),
      pacer_(settings_),
      alarms_(settings_.alarms),
      source_(open_source()),
      spool_(open_spool()),
      brokers_(*parse_brokers(settings_.mqtt.host, settings_.mqtt.port)),
      broker_(brokers_.front().text()),
      publisher_(open_publisher()),
      home_assistant_(loop_, settings_, discovery(), *publisher_,
                      {[this](const Reading& reading) { publish_reading(reading); },
                       [this](const StateChange& change) { publish_change(change, io::now()); }}),
      watch_(open_watch()) {}

void Pipeline::hold_reload() { mask_signals(SIG_BLOCK, {SIGHUP}); }
void Pipeline::hold_signals() { mask_signals(SIG_BLOCK, {SIGHUP, SIGINT, SIGTERM}); }

int Pipeline::run() {
  mask_signals(SIG_UNBLOCK, {SIGHUP, SIGINT, SIGTERM});
  start();
  loop_.run();
  return exit_code_;
}

void Pipeline::note_storing(bool begins) { is_storing = begins ? 1 : 0; }

// ---- source → envelope (→ decrypter) → framer → mapper → node → publisher ----

void Pipeline::on_bytes(std::string_view bytes) {
  if (!std::exchange(source_fault_, {}).empty()) spdlog::info("{}: back", uri_.text);
  bytes_ += bytes.size();
  all_bytes_ += bytes.size();
  bytes_came_ = true;
  if (capture_) capture_->bytes(bytes);
  finder_.on_bytes(bytes);
  const auto before = telegrams_;
  envelope_.feed(bytes);
  if (envelope_.is_inside_frame() || framer_.is_inside_telegram()) watch_pause();
  expect_rest(bytes.size(), telegrams_ - before);
  if (publisher_->waiting() > most_ahead && (connected_ || !uri_.is_line())) source_->pause();
}

// A meter's telegrams are about as long as each other.
void Pipeline::expect_rest(std::size_t size, std::uint64_t telegrams) {
  constexpr std::size_t blank_line = 4;  // behind the end mark
  since_telegram_ += size;
  if (telegrams > 0) since_telegram_ = std::min(size, since_telegram_ - std::min(since_telegram_, telegram_size_));
  if (since_telegram_ <= blank_line || since_telegram_ >= telegram_size_) return;
  source_->expect(telegram_size_ - since_telegram_);
}

void Pipeline::on_text(std::string_view bytes) {
  framer_.feed(bytes, [this](const Result<Telegram>& found) { on_framed(found); });
}

// The framer gets the plaintext as a stream of its own: neither what came before nor what follows belongs to it.
std::optional<Errc> Pipeline::on_ciphered(const CipheredFrame& frame) {
  const auto plaintext = decrypter_.decrypt(frame);
  if (!plaintext) return plaintext.error();
  const auto sink = [this](const Result<Telegram>& found) { on_framed(found); };
  framer_.finish(sink);
  framer_.feed(plaintext->text, sink);
  framer_.finish(sink);
  if (plaintext->is_replay && replays_++ == 0) {
    spdlog::warn("{}: the frame counter did not rise: an old telegram was sent again, or the meter got a new key",
                 uri_.text);
  }
  return std::nullopt;
}

void Pipeline::on_framed(const Result<Telegram>& found) {
  if (finishing_ || (draining_ && settings_.one_shot)) return;
  found ? on_telegram(*found) : on_drop(found.error());
}

void Pipeline::on_telegram(const Telegram& telegram) {
  const auto mapping = mapper_.map(telegram.body, io::now(), latest_time_.seconds());
  if (mapping.lines == 0) return on_drop(Errc::no_data_line);
  note_telegram(mapping);
  telegram_size_ = telegram.text.size();
  const auto moment = telegram_clock_.tick(
      mapping.time, std::chrono::duration_cast<std::chrono::milliseconds>(last_telegram_ - started_));
  publish_readings(mapping, moment);
  publish_states(mapping);
  publish_summary(mapping, moment);
  home_assistant_.take(mapping, {info_, meter_});
  note_alarms(mapping, uri_.is_line() ? Moment{{}, moment.host} : moment);  // a clock that is set makes no duration
  note_power_failures(mapping);
  raw_.give(telegram.text, meter_, *publisher_);
  if (watch_) watch_->update(mapping);
  note_state();
  settings_.one_shot ? finish_when_delivered() : watch_silence();
}

// The meter is well: what was wrong before is over.
void Pipeline::note_telegram(const Mapper::Mapping& mapping) {
  ++telegrams_;
  last_telegram_ = Clock::now();
  bytes_ = 0;
  if (const auto dropped = std::exchange(drops_in_a_row_, 0); dropped > 0 && std::exchange(telling_drops_, false)) {
    spdlog::info("good telegrams again, {} dropped in between", dropped);
  }
  obstacle_.reset();
  garbled_silences_ = 0;
  if (finder_.found()) tell_found(mapping.header);
  if (std::exchange(silent_, false)) spdlog::info("{}: telegrams again", uri_.text);
  if (telegrams_ == 1) {
    spdlog::info("first telegram: {} lines, {} readings; unknown codes: {}", mapping.lines, mapping.readings.size(),
                 mapper_.unknown().size());
    tell_missing_devices(mapping);
  }
  spdlog::debug("telegram {}: {} lines, {} readings", telegrams_, mapping.lines, mapping.readings.size());
  publisher_->set_state(state_topics_.meter, "online");
}

void Pipeline::publish_readings(const Mapper::Mapping& mapping, const Moment& now) {
  if (mapping.meter != meter_raw_) {
    meter_raw_ = mapping.meter;
    meter_ = decoded_text(mapping.meter);
  }
  for (const auto& held : mapping.held) tell_held(held);
  for (const auto& reading : mapping.measured) {
    if (const auto due = pacer_.pace(reading, now)) publish_reading(*due);
  }
}

void Pipeline::publish_reading(const Reading& reading) {
  settings_.no_vscp ? publish_plain(reading) : publish_event(node_.measurement(reading));
}

// no_vscp: the note is the topic, the number as the meter wrote it the payload.
void Pipeline::publish_plain(const Reading& reading) {
  ++messages_;
  const DecimalText number(reading.number);
  publisher_->publish(settings_.quantities[reading.quantity].note,
                      reading.digits.empty() ? number.view() : reading.digits);
}

void Pipeline::tell_held(const HeldReading& held) const {
  spdlog::warn("{}: {} after {} is held back until the next telegram confirms it",
               settings_.quantities[held.quantity].key, DecimalText(held.value).view(),
               DecimalText(held.last_good).view());
}

void Pipeline::publish_states(const Mapper::Mapping& mapping) {
  for (const auto& state : mapping.states) {
    const auto& row = quantities[state.quantity];
    if (is_device_id(row) && state.text.empty()) continue;  // not sent, but not gone
    const auto before = states_.change(state.quantity, state.text);
    if (!before) continue;
    const auto from = state_text(row.shape, *before);
    const auto to = state_text(row.shape, state.text);
    if (from == to) continue;
    if (is_device_id(row)) tell_device(row, from, to);
    if (settings_.is_wanted(state.quantity)) publish_change({state.quantity, from, to}, mapping.time);
  }
  if (!info_.update(mapping)) return;
  publisher_->set_state(state_topics_.info, info_.json());
  home_assistant_.renew();
}

// A device that was last seen on another channel has moved.
void Pipeline::tell_device(const Quantity& row, const std::string& from, const std::string& to) {
  constexpr std::size_t most_devices = 100;
  auto seen = std::find_if(devices_.begin(), devices_.end(), [&](const auto& device) { return device.id == to; });
  const bool has_moved = seen != devices_.end() && seen->code != row.id;
  if (seen != devices_.end()) {
    seen->code = row.id;
  } else if (devices_.size() < most_devices) {
    devices_.push_back({to, row.id});
  }
  if (from.empty() || to.empty()) return;
  const auto shown_from = escaped(from, longest_shown);
  const auto shown_to = escaped(to, longest_shown);
  if (has_moved) return spdlog::info("meter moved: {} was {}, is {}", row.key, shown_from, shown_to);
  spdlog::warn("meter changed: {} was {}, is {}", row.key, shown_from, shown_to);
  if (row.id.b == 0) power_failures_.reset();  // it counts its own
}

// A channel or id in mbus_… that no device has: nothing of that medium is read.
void Pipeline::tell_missing_devices(const Mapper::Mapping& mapping) const {
  for (std::size_t medium = 0; medium < settings_.mbus.size(); ++medium) {
    const auto& wanted = settings_.mbus[medium];
    if (wanted.empty()) continue;
    const bool is_read = std::any_of(mapping.readings.begin(), mapping.readings.end(), [&](const Reading& reading) {
      return is_mbus_reading(reading.code) &&
             reading.quantity == find_mbus_quantity(static_cast<Medium>(medium), reading.code.b);
    });
    const auto has_it = [&](const MbusDevice& device) { return has_id(device, wanted); };
    if (is_read || std::any_of(mapping.devices.begin(), mapping.devices.end(), has_it)) continue;
    spdlog::warn("mbus_{} = {}: no M-Bus device has this {}", detail::media[medium].key, wanted,
                 wanted.size() == 1 ? "channel" : "id");
  }
}

void Pipeline::publish_change(const StateChange& change, UtcTime time) {
  if (!settings_.no_vscp) return node_.state(change, time, [this](const Event& event) { publish_event(event); });
  ++messages_;
  publisher_->publish(settings_.quantities[change.quantity].note, plain_text(change.to));
}

// The meter counts the failures: it could tell of none while it lasted.
void Pipeline::note_power_failures(const Mapper::Mapping& mapping) {
  for (const auto& reading : mapping.readings) {
    if (reading.code != "0-0:96.7.21"_obis) continue;
    const auto before = std::exchange(power_failures_, reading.value);
    const auto more = before ? difference(reading.value, *before) : std::nullopt;
    if (!more || more->mantissa <= 0) continue;
    spdlog::info("power failures: {}", DecimalText(reading.value).view());
    if (settings_.no_vscp) continue;
    publish_event(node_.power(false, reading.time));
    publish_event(node_.power(true, reading.time));
  }
}

void Pipeline::publish_event(const Event& event) {
  if (event.time.seconds < oldest_date) return tell_unset_clock();
  topic_.clear();
  payload_.clear();
  topic_template_.expand(event, meter_, topic_);
  encode_event(event, settings_.vscp.payload, settings_.vscp.json_names, payload_);
  spdlog::trace("{}: {} byte", topic_, payload_.size());
  ++messages_;
  publisher_->publish(topic_, payload_);
}

void Pipeline::publish_summary(const Mapper::Mapping& mapping, const Moment& now) {
  if (mapping.time.seconds < oldest_date || !summary_.is_due(now)) return;
  topic_.clear();
  payload_.clear();
  summary_.append_topic(meter_, topic_);
  summary_.append(mapping, meter_, payload_);
  ++messages_;
  publisher_->publish(topic_, payload_);
}

void Pipeline::tell_unset_clock() {
  if (std::exchange(unset_clock_told_, true)) return;
  spdlog::warn("this host's clock is not set: what the meter does not date is not published until it is");
}

// ---- the life of the node ----

void Pipeline::start() {
  signals_.async_wait([this](const error_code& error, int) {
    if (error) return;
    is_interrupted_ = true;
    finish(exit_code_);
  });
  await_reload();
  if (watch_) watch_->start();
  boost::asio::post(loop_, [this] { service_.start(); });
  announce();
  home_assistant_.start();
  if (!watch_) raw_.configure(settings_.raw, node_.guid());
  if (uri_.kind != SourceUri::Kind::device) publisher_->start();
  source_->start();
  if (!watch_) progress_.start();
  watch_silence();
  await_silence_alarm();
  keep_stats();
}

void Pipeline::announce() {
  if (settings_.no_vscp) return;
  publish_event(node_.online(io::now()));
  keep_heartbeat();
}

void Pipeline::keep_heartbeat() {
  publish_event(node_.heartbeat(io::now()));
  heartbeat_.expires_after(heartbeat_interval);
  heartbeat_.async_wait([this](const error_code& error) {
    if (!error) keep_heartbeat();
  });
}

// Nothing more will be read: wait for the broker as long as it takes messages, then end.
void Pipeline::finish_when_delivered() {
  if (std::exchange(draining_, true)) return;
  source_->stop();
  silence_.cancel();
  check_delivered();
}

void Pipeline::check_delivered() {
  if (!draining_ || finishing_) return;
  if (publisher_->waiting() == 0) return finish(exit_code_);
  delivery_.expires_after(seconds{settings_.serial.timeout});
  delivery_.async_wait([this](const error_code& error) {
    if (error || finishing_) return;
    spdlog::error("{}: {} messages were not acknowledged in time", broker_name(), publisher_->waiting());
    finish(exit_unavailable);
  });
}

// Mirrors start(): the source first, the broker last, at most two seconds in all.
void Pipeline::finish(int exit_code) {
  if (std::exchange(finishing_, true)) return;
  exit_code_ = exit_code;
  arm_last_resort(exit_code);
  if (watch_) watch_->stop(draining_);
  service_.stopping();
  for (auto* timer : {&heartbeat_, &silence_, &silence_alarm_, &pause_, &delivery_, &stats_}) timer->cancel();
  source_->stop();
  progress_.stop();
  raw_.close();
  if (!settings_.no_vscp) publish_event(node_.terminating(io::now()));
  spdlog::info("{}", summary());
  home_assistant_.stop();
  publisher_->stop([this] {
    tell_undelivered();
    signals_.cancel();
    loop_.stop();
  });
}

void Pipeline::tell_undelivered() const {
  const auto spooled = publisher_->spooled();
  const auto waiting = publisher_->waiting();
  if (spooled > 0) spdlog::info("{} messages are spooled, to be delivered after the next start", spooled);
  if (waiting > spooled) spdlog::warn("{}: {} messages were not delivered", broker_name(), waiting - spooled);
}

}  // namespace vscp_p1::app
