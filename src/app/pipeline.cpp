#include "app/pipeline.hpp"

#include <spdlog/spdlog.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>
#include <csignal>
#include <utility>

#include "app/exit_codes.hpp"
#include "io/host.hpp"
#include "io/mqtt_publisher.hpp"
#include "io/stdout_publisher.hpp"

namespace vscp_p1::app {
namespace {

using boost::system::error_code;
using std::chrono::seconds;

constexpr seconds heartbeat_interval{60};
constexpr seconds longest_gap{2};             // inside a telegram: at 9600 baud more than one second (DSMR 2.2)
constexpr std::size_t most_ahead = 2000;      // messages that a file or standard input may be ahead of the broker
constexpr std::size_t rounds_to_deliver = 3;  // of the brokers, before --oneshot and a read file give up

TopicTemplate compiled(std::string_view topic) { return *TopicTemplate::compile(topic); }

std::string expanded(const std::string& topic, const Node& node) {
  std::string result;
  if (!topic.empty()) compiled(topic).expand(node.online({}), {}, result);
  return result;
}

std::string counted(const Counts& counts) {
  std::string text;
  for (std::size_t reason = 0; reason < counts.size(); ++reason) {
    if (counts[reason] == 0) continue;
    text += (text.empty() ? "" : ", ") + std::string(message(static_cast<Errc>(reason))) + " " +
            std::to_string(counts[reason]);
  }
  return text.empty() ? "none" : text;
}

bool is_encryption_fault(Errc reason) { return reason >= Errc::key_missing && reason <= Errc::frame_damaged; }
bool is_foreign(Errc reason) { return reason >= Errc::hdlc_frame && reason <= Errc::untitled_frame; }

// What to do about a frame that gave no telegram.
std::string_view advice(Errc reason) {
  switch (reason) {
    case Errc::key_missing: return "ask the grid operator for this meter's key and set decryption_key in [SERIAL]";
    case Errc::key_wrong: return "compare it with what the grid operator sent: it belongs to one meter only";
    case Errc::tag_wrong: return "correct it, or set authentication = if_possible to rely on the CRC";
    case Errc::hdlc_frame:
    case Errc::mbus_frame:
      return "this port does not send ASCII P1 telegrams: ask the grid company to activate the P1 (ASCII) profile";
    case Errc::untitled_frame: return "this form cannot be read: ask the grid company for telegrams in plain text";
    default: return "harmless now and then; if it is lasting, check the cable and the serial settings";
  }
}

sigset_t ending_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM}) sigaddset(&set, signal);
  return set;
}

// Libraries may hang in a stop: a name server or a broker that does not answer. Then this ends the process in time.
volatile sig_atomic_t last_resort_code = exit_ok;
void arm_last_resort(int exit_code) {
  last_resort_code = exit_code;
  std::signal(SIGALRM, [](int) { _exit(last_resort_code); });
  const itimerval limit{{0, 0}, {1, 500'000}};
  setitimer(ITIMER_REAL, &limit, nullptr);
}

}  // namespace

Pipeline::Pipeline(const Settings& settings, SourceUri uri, const TimeZone& zone, bool dry_run)
    : settings_(settings),
      uri_(std::move(uri)),
      zone_(zone),
      dry_run_(dry_run),
      node_(*settings.vscp.guid, settings),
      topic_template_(compiled(settings.mqtt.topic)),
      meter_topic_(expanded(settings.mqtt.meter_topic, node_)),
      info_topic_(expanded(settings.state.retained ? settings.state.info_topic : "", node_)),
      envelope_({[this](std::string_view text) { on_text(text); },
                 [this](const CipheredFrame& frame) { return on_ciphered(frame); },
                 [this](Errc reason) { on_framed(reason); }}),
      decrypter_(settings.encryption),
      framer_(settings.serial.crc),
      mapper_(settings, zone),
      states_(settings.quantities.size()),
      source_(open_source()),
      brokers_(*parse_brokers(settings.mqtt.host, settings.mqtt.port)),
      broker_(brokers_.front().text()),
      publisher_(open_publisher()) {}

void Pipeline::hold_signals() {
  const auto ending = ending_signals();
  pthread_sigmask(SIG_BLOCK, &ending, nullptr);
}

int Pipeline::run() {
  const auto ending = ending_signals();
  pthread_sigmask(SIG_UNBLOCK, &ending, nullptr);
  start();
  loop_.run();
  return exit_code_;
}

// ---- source → envelope (→ decrypter) → framer → mapper → node → publisher ----

void Pipeline::on_bytes(std::string_view bytes) {
  if (!std::exchange(source_fault_, {}).empty()) spdlog::info("{}: back", uri_.text);
  bytes_ += bytes.size();
  bytes_came_ = true;
  envelope_.feed(bytes);
  if (envelope_.is_inside_frame() || framer_.is_inside_telegram()) watch_pause();
  if (publisher_->waiting() > most_ahead) source_->pause();
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
  const auto mapping = mapper_.map(telegram.body, io::now());
  if (mapping.lines == 0) return on_drop(Errc::no_data_line);
  ++telegrams_;
  bytes_ = 0;
  if (const auto dropped = std::exchange(drops_in_a_row_, 0); dropped > 0) {
    spdlog::info("good telegrams again, {} dropped in between", dropped);
  }
  forget_frame_faults();
  if (std::exchange(silent_, false)) spdlog::info("{}: telegrams again", uri_.text);
  if (telegrams_ == 1) {
    spdlog::info("first telegram: {} lines, {} readings; unknown codes: {}", mapping.lines, mapping.readings.size(),
                 mapper_.unknown().size());
    tell_missing_devices(mapping);
  }
  spdlog::debug("telegram {}: {} lines, {} readings", telegrams_, mapping.lines, mapping.readings.size());
  publisher_->set_state(meter_topic_, "online");
  publish_readings(mapping);
  publish_states(mapping);
  note_power_failures(mapping);
  settings_.one_shot ? finish_when_delivered() : watch_silence();
}

void Pipeline::publish_readings(const Mapper::Mapping& mapping) {
  if (mapping.meter != meter_raw_) {
    meter_raw_ = mapping.meter;
    meter_ = decoded_text(mapping.meter);
  }
  for (const auto& held : mapping.held) tell_held(held);
  for (const auto& reading : mapping.readings) {
    settings_.no_vscp ? publish_plain(reading) : publish_event(node_.measurement(reading));
  }
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
  if (info_.update(mapping)) publisher_->set_state(info_topic_, info_.json());
}

// Devices that were seen before have moved to another channel.
void Pipeline::tell_device(const Quantity& row, const std::string& from, const std::string& to) {
  constexpr std::size_t most_devices = 100;
  const bool is_new = std::find(devices_.begin(), devices_.end(), to) == devices_.end();
  if (is_new && devices_.size() < most_devices) devices_.push_back(to);
  if (from.empty() || to.empty()) return;
  if (is_new) {
    spdlog::warn("meter changed: {} was {}, is {}", row.key, from, to);
    if (row.id.b == 0) power_failures_.reset();  // it counts its own
  } else {
    spdlog::info("meter moved: {} was {}, is {}", row.key, from, to);
  }
}

// An id in mbus_… that no device has: nothing of that medium is read.
void Pipeline::tell_missing_devices(const Mapper::Mapping& mapping) const {
  for (std::size_t medium = 0; medium < settings_.mbus.size(); ++medium) {
    const auto& wanted = settings_.mbus[medium];
    if (wanted.size() <= 1) continue;  // none, or a channel
    const auto has_it = [&](const MbusDevice& device) { return has_id(device, wanted); };
    if (std::none_of(mapping.devices.begin(), mapping.devices.end(), has_it)) {
      spdlog::warn("mbus_{} = {}: no M-Bus device has this id", detail::media[medium].key, wanted);
    }
  }
}

void Pipeline::publish_change(const StateChange& change, UtcTime time) {
  if (!settings_.no_vscp) return node_.state(change, time, [this](const Event& event) { publish_event(event); });
  ++messages_;
  publisher_->publish(settings_.quantities[change.quantity].note, change.to);
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
  topic_.clear();
  payload_.clear();
  topic_template_.expand(event, meter_, topic_);
  encode_event(event, settings_.vscp.payload, settings_.vscp.json_names, payload_);
  spdlog::trace("{}: {} byte", topic_, payload_.size());
  ++messages_;
  publisher_->publish(topic_, payload_);
}

// ---- the life of the node ----

void Pipeline::start() {
  signals_.async_wait([this](const error_code& error, int) {
    if (!error) finish(exit_code_);
  });
  announce();
  source_->start();
  watch_silence();
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
  for (auto* timer : {&heartbeat_, &silence_, &pause_, &delivery_}) timer->cancel();
  source_->stop();
  if (!settings_.no_vscp) publish_event(node_.terminating(io::now()));
  spdlog::info("{}", summary());
  publisher_->stop([this] {
    if (publisher_->waiting() > 0)
      spdlog::warn("{}: {} messages were not delivered", broker_name(), publisher_->waiting());
    signals_.cancel();
    loop_.stop();
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
         "; messages: " + std::to_string(messages_) + ", dropped: " + std::to_string(messages_dropped_);
}

// ---- the source comes and goes ----

std::unique_ptr<io::Source> Pipeline::open_source() {
  io::SourceHandlers handlers;
  handlers.bytes = [this](std::string_view bytes) { on_bytes(bytes); };
  handlers.opened = [this] {
    source_open_ = true;
    spdlog::debug("{}: open", uri_.text);
  };
  handlers.fault = [this](const std::string& reason) { on_source_fault(reason); };
  handlers.remark = [](const std::string& text) { spdlog::debug("{}", text); };
  handlers.end = [this] { on_source_end(); };
  return io::make_source(loop_, uri_, settings_.serial, settings_.emulator, zone_, std::move(handlers));
}

void Pipeline::on_source_fault(const std::string& reason) {
  source_open_ = false;
  end_stream();
  if (std::exchange(source_fault_, reason) != reason) spdlog::warn("{}", reason);
  if (!uri_.is_line()) exit_code_ = exit_unavailable;
}

void Pipeline::on_source_end() {
  source_ended_ = true;
  end_stream();
  if (settings_.one_shot && telegrams_ == 0 && exit_code_ == exit_ok) {
    spdlog::error("{}: no good telegram", uri_.text);
    exit_code_ = exit_unavailable;
  }
  finish_when_delivered();
}

// What is unfinished stays so.
void Pipeline::end_stream() {
  envelope_.finish();
  framer_.finish([this](const Result<Telegram>& found) { on_framed(found); });
}

// A meter without an end mark is known by its pause only, and so is a frame that was cut.
void Pipeline::watch_pause() {
  if (std::exchange(watching_pause_, true)) return;
  bytes_came_ = false;
  pause_.expires_after(longest_gap);
  pause_.async_wait([this](const error_code& error) {
    watching_pause_ = false;
    if (error || finishing_ || !(envelope_.is_inside_frame() || framer_.is_inside_telegram())) return;
    if (bytes_came_) return watch_pause();
    envelope_.finish();
    framer_.pause([this](const Result<Telegram>& found) { on_framed(found); });
  });
}

void Pipeline::watch_silence() {
  if (draining_ || source_ended_ || !(uri_.is_line() || settings_.one_shot)) return;
  silence_.expires_after(seconds{settings_.serial.timeout});
  silence_.async_wait([this](const error_code& error) {
    if (!error && !finishing_) on_silence();
  });
}

void Pipeline::on_silence() {
  if (!std::exchange(silent_, true)) {
    if (source_fault_.empty()) spdlog::warn("{}", silence_advice());
    publisher_->set_state(meter_topic_, "silent");
  }
  if (settings_.one_shot) return finish(exit_unavailable);
  bytes_ = 0;
  if (source_open_) {
    end_stream();
    source_->reopen();
  }
  watch_silence();
}

std::string Pipeline::silence_advice() const {
  const auto fact = uri_.text + ": no good telegram for " + std::to_string(settings_.serial.timeout) + " s: ";
  if (bytes_ == 0) {
    return fact + "nothing was received — check the cable, and that the grid company has opened the port";
  }
  const auto came = fact + std::to_string(bytes_) + " bytes gave none (" + counted(dropped_) + ") — ";
  if (obstacle_) return came + std::string(advice(*obstacle_));
  const bool is_tcp = uri_.kind == SourceUri::Kind::tcp;
  return came +
         (is_tcp ? "check the serial settings of ser2net" : "check serial_baudrate, serial_parity and the cable");
}

void Pipeline::on_drop(Errc reason) {
  ++dropped_[static_cast<std::size_t>(reason)];
  if (reason == Errc::noise) return;
  if (is_encryption_fault(reason) || is_foreign(reason)) return on_frame_fault(reason);
  if (drops_in_a_row_++ == 0) spdlog::warn("telegram dropped: {}", message(reason));
}

// Each fault of a frame has its own remedy, so each is said.
void Pipeline::on_frame_fault(Errc reason) {
  if (is_encryption_fault(reason)) ++drops_in_a_row_;
  if (reason == Errc::untitled_frame) framer_.reset();  // its ident line is not the begin of a telegram
  if (reason != Errc::frame_damaged) obstacle_ = reason;
  if (std::exchange(told_[static_cast<std::size_t>(reason)], true)) return;
  spdlog::warn("{}: {} — {}", uri_.text, message(reason), advice(reason));
}

// A good telegram ends the faults of the encryption; a port that also sends frames of another kind goes on doing so.
void Pipeline::forget_frame_faults() {
  obstacle_.reset();
  for (const auto reason : {Errc::key_missing, Errc::key_wrong, Errc::tag_wrong, Errc::frame_damaged}) {
    told_[static_cast<std::size_t>(reason)] = false;
  }
}

// ---- the broker comes and goes ----

std::unique_ptr<Publisher> Pipeline::open_publisher() {
  if (dry_run_) {
    return std::make_unique<io::StdoutPublisher>([this](const std::string& reason) {
      spdlog::error("{}", reason);
      boost::asio::post(loop_, [this] { finish(exit_unavailable); });
    });
  }
  io::MqttPublisher::Handlers handlers;
  handlers.connected = [this](const std::string& broker) { on_connected(broker); };
  handlers.unavailable = [this](const std::string& broker, const std::string& reason) {
    on_unavailable(broker, reason);
  };
  handlers.delivered = [this] { on_delivered(); };
  handlers.refused = [this](const std::string& reason) { on_refused(reason); };
  handlers.dropped = [this] { on_message_dropped(); };
  auto mqtt = settings_.mqtt;
  if (!uri_.is_line()) mqtt.queue_size = std::max(mqtt.queue_size, 2 * most_ahead);  // what can wait loses nothing
  auto publisher = std::make_unique<io::MqttPublisher>(loop_, mqtt, mqtt.client_id,
                                                       expanded(mqtt.status_topic, node_), std::move(handlers));
  publisher->start();
  return publisher;
}

void Pipeline::on_connected(const std::string& broker) {
  broker_ = broker;
  broker_faults_.clear();
  refusal_.clear();
  failed_attempts_ = 0;
  spdlog::info("{}: connected, {} messages were waiting", broker_name(), publisher_->waiting());
}

void Pipeline::on_unavailable(const std::string& broker, const std::string& reason) {
  broker_ = broker;
  if (std::exchange(broker_faults_[broker], reason) != reason) {
    spdlog::warn("{}: {}; trying again", broker_name(), reason);
  }
  if (!draining_ || ++failed_attempts_ < rounds_to_deliver * brokers_.size()) return;
  spdlog::error("{}: could not be reached, {} messages were not delivered", broker_name(), publisher_->waiting());
  finish(exit_unavailable);
}

void Pipeline::on_refused(const std::string& reason) {
  if (std::exchange(refusal_, reason) != reason) spdlog::warn("{}: refuses messages: {}", broker_name(), reason);
}

void Pipeline::on_delivered() {
  if (publisher_->waiting() < most_ahead / 2) source_->resume();
  if (publisher_->waiting() < settings_.mqtt.queue_size && std::exchange(queue_full_, false)) {
    spdlog::info("the queue has room again, {} messages were dropped so far", messages_dropped_);
  }
  check_delivered();
}

void Pipeline::on_message_dropped() {
  ++messages_dropped_;
  if (!std::exchange(queue_full_, true)) {
    spdlog::warn("the queue is full ({} messages): the oldest are dropped", settings_.mqtt.queue_size);
  }
}

}  // namespace vscp_p1::app
