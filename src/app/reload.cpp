// SIGHUP: the configuration is read again and taken over in place, between two telegrams and without losing one.

#include <algorithm>
#include <utility>

#include "app/pipeline.hpp"
#include "io/host.hpp"

namespace vscp_p1::app {
namespace {

using Kind = SourceUri::Kind;

// Whether a telegram gives the same events. Else its states are told anew, as at the start.
bool give_same_events(const Settings& old, const Settings& next) {
  auto compared = next;
  compared.one_shot = old.one_shot;
  compared.mqtt = old.mqtt;
  compared.spool = old.spool;
  compared.state = old.state;
  compared.home = old.home;
  compared.summary = old.summary;
  compared.publish = old.publish;
  compared.alarms = old.alarms;
  compared.raw = old.raw;
  compared.serial = old.serial;
  compared.encryption = old.encryption;
  compared.emulator = old.emulator;
  return compared == old && next.mqtt.topic == old.mqtt.topic && next.mqtt.topic_prefix == old.mqtt.topic_prefix &&
         next.mqtt.retain == old.mqtt.retain;
}

}  // namespace

void Pipeline::take_over(MeterConfiguration next) {
  const bool is_other_node =
      next.settings.vscp.guid != settings_.vscp.guid || next.settings.no_vscp != settings_.no_vscp;
  move_alarms(next.settings.alarms, is_other_node);
  if (is_other_node && !settings_.no_vscp) publish_event(node_.terminating(io::now()));
  const MeterConfiguration old{name_, std::exchange(settings_, std::move(next.settings)),
                               std::exchange(uri_, std::move(next.uri)), std::exchange(zone_, next.zone)};
  node_ = Node(*settings_.vscp.guid, settings_);
  topic_template_ = compiled(settings_.mqtt.prefixed(settings_.mqtt.topic));
  note_prefix_ = node_topic(settings_.mqtt.prefixed({}), node_);
  if (!give_same_events(old.settings, settings_) || zone_ != old.zone) {
    mapper_.reconfigure(zone_);
    states_ = StateWatch();
    pacer_ = Pacer(settings_);
    if (watch_) watch_->forget();
  } else if (settings_.publish != old.settings.publish) {
    pacer_ = Pacer(settings_);
  }
  if (settings_.encryption != old.settings.encryption) {
    decrypter_ = io::Decrypter(settings_.encryption);
    told_.fill(false);
    obstacle_.reset();
  }
  framer_.set_crc_check(settings_.serial.crc);
  move_states();
  home_assistant_.reconfigure(discovery());
  const bool is_other_place =
      settings_.vscp.guid != old.settings.vscp.guid || settings_.mqtt.topic_prefix != old.settings.mqtt.topic_prefix;
  if (settings_.summary != old.settings.summary || is_other_place) summary_ = Summary(settings_, node_.guid());
  if (!watch_) raw_.configure(settings_.raw, settings_.mqtt, node_.guid());
  announces_ = is_other_node;
  fit_source(old);  // may read a last telegram
}

void Pipeline::settle() {
  tell_states();
  if (std::exchange(announces_, false)) {
    heartbeat_.cancel();
    announce();
  }
  silence_alarm_.cancel();
  await_silence_alarm();
  keep_stats();
}

// The broker forgets what stood under topics of before. They may be those of another meter now, so that all have left
// theirs before one tells its own.
void Pipeline::move_states() {
  const auto old = std::exchange(state_topics_, StateTopics(settings_, node_));
  if (old.meter != state_topics_.meter) publisher_.set_state(old.meter, "");
  if (old.info != state_topics_.info) publisher_.set_state(old.info, "");
  if (old.stats != state_topics_.stats) publisher_.set_state(old.stats, "");
}

void Pipeline::tell_states() {
  if (silent_ || telegrams_ > 0) publisher_.set_state(state_topics_.meter, silent_ ? "silent" : "online");
  if (telegrams_ > 0) publisher_.set_state(state_topics_.info, info_.json());
}

// What was found stays when it may be found again; what was set is what is tried first.
void Pipeline::fit_search(const SerialSettings& old) {
  auto candidates = line_candidates(settings_.serial);
  if (candidates == line_candidates(old)) return;
  const auto present = std::find(candidates.begin(), candidates.end(), finder_.format());
  if (present != candidates.end()) std::rotate(candidates.begin(), present, candidates.end());
  finder_.begin(std::move(candidates));
}

// An open port stays open, with the telegram that has begun, unless it is another one.
void Pipeline::fit_source(const MeterConfiguration& old) {
  if (uri_.kind == Kind::device && old.uri.kind == Kind::device) fit_search(old.settings.serial);
  const bool is_same =
      uri_ == old.uri && uri_.kind != Kind::device &&
      (uri_.kind != Kind::emulator || (settings_.emulator == old.settings.emulator && zone_ == old.zone));
  const bool stays = is_same || (uri_.kind == Kind::device && source_->reconfigure(uri_, serial_settings()));
  if (!stays) {
    source_->read_rest();
    if (ended_) return;  // that was the telegram of --oneshot
    source_->stop();
    end_stream();
    if (uri_ != old.uri) source_fault_.clear();
    source_open_ = false;
    bytes_ = 0;
    source_ = open_source();
    if (uri_.kind != Kind::device) delivery_.start();
    source_->start();
  }
  if (stays && settings_.serial.timeout == old.settings.serial.timeout) return;
  silence_.cancel();
  watch_silence();
}

}  // namespace vscp_p1::app
