#include "app/pipeline.hpp"

#include <chrono>
#include <utility>

#include "io/host.hpp"
#include "vscp_p1/text.hpp"

namespace vscp_p1::app {
namespace {

using boost::system::error_code;
using std::chrono::seconds;

constexpr seconds heartbeat_interval{60};
constexpr std::int64_t oldest_date = 946'684'800;  // 2000-01-01: only a host's clock that is not set says less

}  // namespace

Pipeline::Pipeline(boost::asio::io_context& loop, MeterConfiguration meter, Delivery& delivery, Output output,
                   Handlers handlers)
    : name_(std::move(meter.name)),
      settings_(std::move(meter.settings)),
      uri_(std::move(meter.uri)),
      zone_(meter.zone),
      delivery_(delivery),
      publisher_(delivery.publisher()),
      handlers_(std::move(handlers)),
      node_(*settings_.vscp.guid, settings_),
      topic_template_(compiled(settings_.mqtt.prefixed(settings_.mqtt.topic))),
      state_topics_(settings_, node_),
      note_prefix_(node_topic(settings_.mqtt.prefixed({}), node_)),
      envelope_({[this](std::string_view text) { on_text(text); },
                 [this](const CipheredFrame& frame) { return on_ciphered(frame); },
                 [this](Errc reason) { on_framed(reason); }}),
      decrypter_(settings_.encryption),
      framer_(settings_.serial.crc),
      mapper_(settings_, zone_),
      pacer_(settings_),
      alarms_(settings_.alarms),
      loop_(loop),
      source_(open_source()),
      home_assistant_(loop_, settings_, discovery(), publisher_, for_home_assistant()),
      watch_(open_watch(output)) {
  delivery_.join();
}

// ---- source → envelope (→ decrypter) → framer → mapper → node → publisher ----

void Pipeline::on_bytes(std::string_view bytes) {
  if (!std::exchange(source_fault_, {}).empty()) log_.info("{}: back", uri_.text);
  bytes_ += bytes.size();
  all_bytes_ += bytes.size();
  bytes_came_ = true;
  if (capture_) capture_->bytes(bytes);
  finder_.on_bytes(bytes);
  const auto before = telegrams_;
  envelope_.feed(bytes);
  if (envelope_.is_inside_frame() || framer_.is_inside_telegram()) watch_pause();
  expect_rest(bytes.size(), telegrams_ - before);
  if (hold()) delivery_.hold();
}

bool Pipeline::hold() {
  if (!delivery_.is_behind(uri_.is_line()) || !source_->pause()) return false;
  delivery_.when_there_is_room(uri_.is_line(), [source = source_] { source->resume(); });
  return true;
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
    log_.warn("{}: the frame counter did not rise: an old telegram was sent again, or the meter got a new key",
              uri_.text);
  }
  return std::nullopt;
}

void Pipeline::on_framed(const Result<Telegram>& found) {
  if (stopped_ || (ended_ && settings_.one_shot)) return;
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
  raw_.give(telegram.text, meter_, publisher_);
  if (watch_) watch_->update(mapping);
  note_state();
  settings_.one_shot ? end(false) : watch_silence();
}

// The meter is well: what was wrong before is over.
void Pipeline::note_telegram(const Mapper::Mapping& mapping) {
  ++telegrams_;
  last_telegram_ = Clock::now();
  bytes_ = 0;
  if (const auto dropped = std::exchange(drops_in_a_row_, 0); dropped > 0 && std::exchange(telling_drops_, false)) {
    log_.info("good telegrams again, {} dropped in between", dropped);
  }
  obstacle_.reset();
  garbled_silences_ = 0;
  if (finder_.found()) tell_found(mapping.header);
  if (std::exchange(silent_, false)) log_.info("{}: telegrams again", uri_.text);
  if (telegrams_ == 1) {
    log_.info("first telegram: {} lines, {} readings; unknown codes: {}", mapping.lines, mapping.readings.size(),
              mapper_.unknown().size());
    tell_missing_devices(mapping);
  }
  log_.debug("telegram {}: {} lines, {} readings", telegrams_, mapping.lines, mapping.readings.size());
  publisher_.set_state(state_topics_.meter, "online");
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

// no_vscp: the number as the meter wrote it.
void Pipeline::publish_reading(const Reading& reading) {
  if (!settings_.no_vscp) return publish_event(node_.measurement(reading));
  const DecimalText number(reading.number);
  publish_plain(settings_.quantities[reading.quantity].note, reading.digits.empty() ? number.view() : reading.digits);
}

void Pipeline::tell_held(const HeldReading& held) const {
  log_.warn("{}: {} after {} is held back until the next telegram confirms it",
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
  publisher_.set_state(state_topics_.info, info_.json());
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
  if (has_moved) return log_.info("meter moved: {} was {}, is {}", row.key, shown_from, shown_to);
  log_.warn("meter changed: {} was {}, is {}", row.key, shown_from, shown_to);
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
    log_.warn("mbus_{} = {}: no M-Bus device has this {}", detail::media[medium].key, wanted,
              wanted.size() == 1 ? "channel" : "id");
  }
}

void Pipeline::publish_change(const StateChange& change, UtcTime time) {
  if (!settings_.no_vscp) return node_.state(change, time, [this](const Event& event) { publish_event(event); });
  publish_plain(settings_.quantities[change.quantity].note, plain_text(change.to));
}

// The meter counts the failures: it could tell of none while it lasted.
void Pipeline::note_power_failures(const Mapper::Mapping& mapping) {
  for (const auto& reading : mapping.readings) {
    if (reading.code != "0-0:96.7.21"_obis) continue;
    const auto before = std::exchange(power_failures_, reading.value);
    const auto more = before ? difference(reading.value, *before) : std::nullopt;
    if (!more || more->mantissa <= 0) continue;
    log_.info("power failures: {}", DecimalText(reading.value).view());
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
  log_.trace("{}: {} byte", topic_, payload_.size());
  ++messages_;
  publisher_.publish(topic_, payload_, settings_.mqtt.retain);
}

// no_vscp: the note is the topic.
void Pipeline::publish_plain(std::string_view note, std::string_view text) {
  topic_.assign(note_prefix_).append(note);
  ++messages_;
  publisher_.publish(topic_, text, settings_.mqtt.retain);
}

void Pipeline::publish_summary(const Mapper::Mapping& mapping, const Moment& now) {
  if (mapping.time.seconds < oldest_date || !summary_.is_due(now)) return;
  topic_.clear();
  payload_.clear();
  summary_.append_topic(meter_, topic_);
  summary_.append(mapping, meter_, payload_);
  ++messages_;
  publisher_.publish(topic_, payload_, settings_.mqtt.retain);
}

void Pipeline::tell_unset_clock() {
  if (std::exchange(unset_clock_told_, true)) return;
  log_.warn("this host's clock is not set: what the meter does not date is not published until it is");
}

// ---- what others make of it ----

HomeAssistant::Handlers Pipeline::for_home_assistant() {
  HomeAssistant::Handlers handlers;
  handlers.publish_reading = [this](const Reading& reading) { publish_reading(reading); };
  handlers.publish_state = [this](const StateChange& change) { publish_change(change, io::now()); };
  handlers.listen = [this](std::vector<std::string> filters) {
    delivery_.listen(this, std::move(filters), [this](const std::string& topic, const std::string& payload) {
      home_assistant_.on_message(topic, payload);
    });
  };
  return handlers;
}

Discovery Pipeline::discovery() const {
  return Discovery(
      {&settings_, &node_, &topic_template_, delivery_.status_topic(), state_topics_.meter, VSCP_P1_VERSION});
}

void Pipeline::capture_to(std::unique_ptr<io::CaptureFile> file) { capture_ = std::move(file); }

// ---- the life of the node ----

void Pipeline::start() {
  if (watch_) watch_->start();
  announce();
  home_assistant_.start();
  if (!watch_) raw_.configure(settings_.raw, settings_.mqtt, node_.guid());
  if (uri_.kind != SourceUri::Kind::device) delivery_.start();
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
    if (!error && !stopped_) keep_heartbeat();
  });
}

void Pipeline::end(bool at_once) {
  if (std::exchange(ended_, true)) return;
  is_complete_ = !at_once;
  source_->stop();
  silence_.cancel();
  handlers_.ended(at_once);
}

void Pipeline::stop() {
  if (std::exchange(stopped_, true)) return;
  delivery_.leave();
  if (watch_) watch_->stop(is_complete_);
  for (auto* timer : {&heartbeat_, &silence_, &silence_alarm_, &pause_, &stats_}) timer->cancel();
  source_->stop();
  finder_.stop();
  progress_.stop();
  raw_.close();
  if (!settings_.no_vscp) publish_event(node_.terminating(io::now()));
  log_.info("{}", summary());
  home_assistant_.stop();
}

void Pipeline::leave() {
  stop();
  home_assistant_.forget();
  for (const auto* topic : {&state_topics_.meter, &state_topics_.info, &state_topics_.stats}) {
    publisher_.set_state(*topic, "");
  }
}

}  // namespace vscp_p1::app
