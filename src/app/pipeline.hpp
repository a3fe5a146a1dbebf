#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/configuration.hpp"
#include "app/delivery.hpp"
#include "app/home_assistant.hpp"
#include "app/meter_log.hpp"
#include "app/progress.hpp"
#include "app/raw.hpp"
#include "app/settings_finder.hpp"
#include "app/topics.hpp"
#include "app/watch.hpp"
#include "io/capture_file.hpp"
#include "io/decrypter.hpp"
#include "io/host.hpp"
#include "io/source.hpp"
#include "vscp_p1/alarm.hpp"
#include "vscp_p1/envelope.hpp"
#include "vscp_p1/framer.hpp"
#include "vscp_p1/info.hpp"
#include "vscp_p1/mapper.hpp"
#include "vscp_p1/moment.hpp"
#include "vscp_p1/node.hpp"
#include "vscp_p1/pacer.hpp"
#include "vscp_p1/publisher.hpp"
#include "vscp_p1/settings.hpp"
#include "vscp_p1/source_uri.hpp"
#include "vscp_p1/state.hpp"
#include "vscp_p1/statistics.hpp"
#include "vscp_p1/summary.hpp"
#include "vscp_p1/topic.hpp"

namespace vscp_p1::app {

/// The way of one meter's data: source → envelope → framer → mapper → node → publisher. It lives on the loop of the
/// daemon and shares its way to the broker with other meters.
class Pipeline {
 public:
  using Clock = std::chrono::steady_clock;  // the host's may be set at any time

  struct Handlers {
    std::function<void()> changed;            // state()
    std::function<void(bool at_once)> ended;  // nothing more will be read; at once: do not wait for the broker either
  };

  Pipeline(boost::asio::io_context& loop, MeterConfiguration meter, Delivery& delivery, Output output,
           Handlers handlers);
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  /// Has what the source sends written to a file too.
  void capture_to(std::unique_ptr<io::CaptureFile> file);

  void start();
  /// Mirrors start(): says goodbye. Nothing is called any more once the loop has done what is under way.
  void stop();
  /// The same for good: the broker forgets the meter's states.
  void leave();
  /// Takes other settings over in place, between two telegrams (reload.cpp).
  void take_over(MeterConfiguration next);
  /// The way to the broker is as the new settings want it.
  void settle();
  /// The source waits for the broker if that is behind. False: it is not, or the source does so already or cannot.
  bool hold();

  const std::string& name() const noexcept { return name_; }
  const SourceUri& uri() const noexcept { return uri_; }
  const Delivery& delivery() const noexcept { return delivery_; }
  MeterState state() const noexcept;
  bool has_ended() const noexcept { return ended_; }
  int exit_code() const noexcept { return exit_code_; }

  /// How it is doing (report.cpp).
  Statistics statistics() const;
  /// The broker or the meter may be in another state: it is told.
  void note_state();

 private:
  // the way of the data
  void on_bytes(std::string_view bytes);
  void expect_rest(std::size_t size, std::uint64_t telegrams);
  void on_text(std::string_view bytes);
  std::optional<Errc> on_ciphered(const CipheredFrame& frame);
  void on_framed(const Result<Telegram>& found);
  void on_telegram(const Telegram& telegram);
  void note_telegram(const Mapper::Mapping& mapping);
  void publish_readings(const Mapper::Mapping& mapping, const Moment& now);
  void publish_reading(const Reading& reading);
  void publish_states(const Mapper::Mapping& mapping);
  void tell_device(const Quantity& row, const std::string& from, const std::string& to);
  void tell_missing_devices(const Mapper::Mapping& mapping) const;
  void publish_change(const StateChange& change, UtcTime time);
  void note_power_failures(const Mapper::Mapping& mapping);
  void tell_held(const HeldReading& held) const;
  void publish_event(const Event& event);
  void publish_plain(std::string_view note, std::string_view text);
  void publish_summary(const Mapper::Mapping& mapping, const Moment& now);
  void tell_unset_clock();

  // alarms (alarms.cpp)
  void note_alarms(const Mapper::Mapping& mapping, const Moment& now);
  void await_silence_alarm();
  Clock::duration silence() const;
  void tell_alarm(const AlarmChange& change, UtcTime time);
  void publish_alarm(const AlarmSettings& alarm, bool begins, UtcTime time);
  void move_alarms(const std::vector<AlarmSettings>& next, bool is_other_node);

  // the life of the node
  void announce();
  void keep_heartbeat();
  void end(bool at_once);

  // other settings (reload.cpp)
  void move_states();
  void tell_states();
  void fit_source(const MeterConfiguration& old);
  void fit_search(const SerialSettings& old);

  // how it is doing (report.cpp)
  void tell_state();
  void keep_stats();
  std::string summary() const;
  std::string unknown_codes() const;
  std::unique_ptr<Watch> open_watch(Output output);

  // the source comes and goes (intake.cpp)
  std::shared_ptr<io::Source> open_source();
  SerialSettings serial_settings() const;
  bool try_format(const LineFormat& format);
  void tell_found(std::string_view header);
  void on_source_fault(const std::string& reason);
  void on_source_end();
  void end_stream();
  void watch_pause();
  void watch_silence();
  void await_silence(std::chrono::seconds time);
  void on_silence();
  std::string silence_advice() const;
  void note_in_capture(const std::string& text);
  void on_drop(Errc reason);
  void on_frame_fault(Errc reason);

  // what others make of it
  HomeAssistant::Handlers for_home_assistant();
  Discovery discovery() const;

  std::string name_;
  MeterLog log_{name_};
  Settings settings_;
  SourceUri uri_;
  TimeZone zone_;
  Delivery& delivery_;
  Publisher& publisher_;
  Handlers handlers_;
  Node node_;
  TopicTemplate topic_template_;
  StateTopics state_topics_;
  std::string note_prefix_;  // of notes that are topics
  Envelope envelope_;
  io::Decrypter decrypter_;
  Framer framer_;
  Mapper mapper_;
  StateWatch states_;
  TelegramClock telegram_clock_;
  Pacer pacer_;
  AlarmWatch alarms_;

  boost::asio::io_context& loop_;
  boost::asio::steady_timer heartbeat_{loop_};
  boost::asio::steady_timer silence_{loop_};
  boost::asio::steady_timer silence_alarm_{loop_};
  boost::asio::steady_timer pause_{loop_};
  boost::asio::steady_timer stats_{loop_};
  std::unique_ptr<io::CaptureFile> capture_;  // null: nobody wants one
  SettingsFinder finder_{loop_, {[this](const LineFormat& format) { return try_format(format); }, [] {}}};
  std::shared_ptr<io::Source> source_;
  ProgressLine progress_{loop_, [this] { return progress_text(source_->progress(), telegrams_, started_); }};
  HomeAssistant home_assistant_;
  Summary summary_{settings_, node_.guid()};
  RawOutput raw_{loop_, log_};
  std::unique_ptr<Watch> watch_;  // null without --watch

  std::string topic_;
  std::string payload_;
  std::string meter_raw_;
  std::string meter_;
  MeterInfo info_;
  struct SeenDevice {
    std::string id;
    Obis code;  // of the line that said it last: it has the channel
  };
  std::vector<SeenDevice> devices_;
  std::optional<Decimal> power_failures_;  // as the meter counts them

  Clock::time_point started_ = Clock::now();
  io::LatestTime latest_time_;
  Clock::time_point last_telegram_;
  Counts dropped_{};
  std::array<bool, Counts{}.size()> told_{};  // faults of frames
  std::optional<Errc> obstacle_;              // to be told when the meter is silent: since the last good telegram
  std::uint64_t telegrams_ = 0;
  std::uint64_t replays_ = 0;
  std::uint64_t messages_ = 0;
  std::uint64_t all_bytes_ = 0;
  std::uint64_t bytes_ = 0;         // since the last good telegram
  std::size_t since_telegram_ = 0;  // bytes, at most: noise may be among them
  std::size_t telegram_size_ = 0;   // of the last good one
  std::uint64_t drops_in_a_row_ = 0;
  unsigned garbled_silences_ = 0;  // in a row, of a meter whose serial settings were found
  std::string source_fault_;       // as said; empty when all is well
  std::pair<MeterState, BrokerState> told_state_{MeterState::waiting, BrokerState::none};
  bool state_noted_ = false;
  std::optional<Clock::time_point> drop_told_;
  bool telling_drops_ = false;
  bool source_open_ = false;
  bool port_is_taken_ = false;
  bool watching_pause_ = false;
  bool rest_awaited_ = false;  // of a telegram, when its time was over
  bool awaiting_silence_alarm_ = false;
  bool bytes_came_ = false;  // since the pause is watched
  bool silent_ = false;
  bool source_ended_ = false;
  bool ended_ = false;        // nothing more will be read
  bool is_complete_ = false;  // all of it was read
  bool stopped_ = false;
  bool announces_ = false;  // another node, once the way to the broker is there
  bool unset_clock_told_ = false;
  int exit_code_ = 0;
};

}  // namespace vscp_p1::app
