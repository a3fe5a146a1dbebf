#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/home_assistant.hpp"
#include "app/progress.hpp"
#include "app/raw.hpp"
#include "app/service.hpp"
#include "app/settings_finder.hpp"
#include "app/topics.hpp"
#include "app/watch.hpp"
#include "io/capture_file.hpp"
#include "io/decrypter.hpp"
#include "io/host.hpp"
#include "io/source.hpp"
#include "io/spool.hpp"
#include "vscp_p1/alarm.hpp"
#include "vscp_p1/broker.hpp"
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

/// Everything the program is told: checked, and with a GUID and a client id.
struct Configuration {
  Settings settings;
  SourceUri uri;
  TimeZone zone;
};

/// Where the readings go: to the broker, as messages to standard output (--dry-run), or into a view (--watch).
enum class Output : std::uint8_t { broker, messages, view };

/// Reads the configuration again at SIGHUP; nothing when it is faulty, which is said. Empty: there is no file.
using ReadAgain = std::function<std::optional<Configuration>()>;

/// The whole program, in the order data flows: source → envelope → framer → mapper → node →
/// publisher. One thread, one loop.
class Pipeline {
 public:
  Pipeline(Configuration configuration, Output output, ReadAgain read_again);

  /// Holds SIGHUP back until run() can heed it, so that it never ends the program.
  static void hold_reload();
  /// Holds back SIGINT and SIGTERM too, until run() can end in order. Paho's threads inherit this: they never see
  /// them.
  static void hold_signals();

  /// Has what the source sends written to a file too.
  void capture_to(std::unique_ptr<io::CaptureFile> file);

  /// Runs until a signal, the end of a file or the telegram of --oneshot; returns the exit code.
  int run();
  /// Whether a signal has ended it.
  bool is_interrupted() const noexcept { return is_interrupted_; }

 private:
  using Clock = std::chrono::steady_clock;        // the host's may be set at any time
  static constexpr std::size_t most_ahead = 250;  // messages that a source may be ahead of the broker

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
  void publish_plain(const Reading& reading);
  void publish_states(const Mapper::Mapping& mapping);
  void tell_device(const Quantity& row, const std::string& from, const std::string& to);
  void tell_missing_devices(const Mapper::Mapping& mapping) const;
  void publish_change(const StateChange& change, UtcTime time);
  void note_power_failures(const Mapper::Mapping& mapping);
  void tell_held(const HeldReading& held) const;
  void publish_event(const Event& event);
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
  void start();
  void announce();
  void keep_heartbeat();
  void finish_when_delivered();
  void check_delivered();
  void finish(int exit_code);
  void tell_undelivered() const;
  static void note_storing(bool begins);

  // SIGHUP (reload.cpp)
  void await_reload();
  void reload();
  void take_over(Configuration next);
  void move_states();
  void fit_source(const Configuration& old);
  void fit_search(const SerialSettings& old);
  void fit_spool(const SpoolSettings& old);

  // how it is doing (report.cpp)
  Statistics statistics() const;
  std::string status();
  void note_state();
  void tell_state();
  void keep_stats();
  std::string summary() const;
  std::string unknown_codes() const;
  std::unique_ptr<Watch> open_watch();

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

  // the broker comes and goes (delivery.cpp)
  std::unique_ptr<Publisher> open_publisher();
  void on_output_failed(const std::string& reason);
  MqttSettings mqtt_settings() const;
  SpoolSettings spool_settings() const;
  static io::Spool::Limits spool_limits(const SpoolSettings& settings);
  std::unique_ptr<io::Spool> open_spool();
  void on_connected(const std::string& broker);
  void on_unavailable(const std::string& broker, const std::string& reason);
  void on_refused(const std::string& reason);
  void on_delivered();
  void on_message_dropped();
  void on_not_heard(const std::string& filter);
  Discovery discovery() const;

  std::string broker_name() const { return "broker " + broker_; }

  Settings settings_;
  SourceUri uri_;
  TimeZone zone_;
  Output output_;
  ReadAgain read_again_;
  Node node_;
  TopicTemplate topic_template_;
  StateTopics state_topics_;
  Envelope envelope_;
  io::Decrypter decrypter_;
  Framer framer_;
  Mapper mapper_;
  StateWatch states_;
  TelegramClock telegram_clock_;
  Pacer pacer_;
  AlarmWatch alarms_;

  boost::asio::io_context loop_{1};
  boost::asio::signal_set signals_{loop_, SIGINT, SIGTERM};
  boost::asio::signal_set reload_signal_{loop_, SIGHUP};
  boost::asio::steady_timer heartbeat_{loop_};
  boost::asio::steady_timer silence_{loop_};
  boost::asio::steady_timer silence_alarm_{loop_};
  boost::asio::steady_timer pause_{loop_};
  boost::asio::steady_timer delivery_{loop_};
  boost::asio::steady_timer stats_{loop_};
  Service service_{loop_, [this] { return status(); }};
  std::unique_ptr<io::CaptureFile> capture_;  // null: nobody wants one
  SettingsFinder finder_{loop_, {[this](const LineFormat& format) { return try_format(format); }, [] {}}};
  std::shared_ptr<io::Source> source_;
  ProgressLine progress_{loop_, [this] { return progress_text(source_->progress(), telegrams_, started_); }};
  std::unique_ptr<io::Spool> spool_;  // outlives the publisher
  std::vector<BrokerAddress> brokers_;
  std::string broker_;  // in use, or tried last
  std::unique_ptr<Publisher> publisher_;
  HomeAssistant home_assistant_;
  Summary summary_{settings_, node_.guid()};
  RawOutput raw_{loop_};
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
  std::uint64_t messages_dropped_ = 0;
  std::uint64_t connections_ = 0;
  std::uint64_t all_bytes_ = 0;
  std::uint64_t bytes_ = 0;         // since the last good telegram
  std::size_t since_telegram_ = 0;  // bytes, at most: noise may be among them
  std::size_t telegram_size_ = 0;   // of the last good one
  std::uint64_t drops_in_a_row_ = 0;
  unsigned garbled_silences_ = 0;                     // in a row, of a meter whose serial settings were found
  std::string source_fault_;                          // as said; empty when all is well
  std::map<std::string, std::string> broker_faults_;  // as said of each, until one is connected
  std::string refusal_;                               // of messages, as said
  std::set<std::string> not_heard_;                   // filters, as said
  std::pair<MeterState, BrokerState> told_state_{MeterState::waiting, BrokerState::none};
  bool state_noted_ = false;
  bool told_waiting_ = false;  // messages, in the status line
  bool connected_ = false;
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
  bool draining_ = false;
  bool finishing_ = false;
  bool queue_full_ = false;
  bool spool_full_ = false;
  bool unset_clock_told_ = false;
  std::size_t failed_attempts_ = 0;  // to connect, while draining
  int exit_code_ = 0;
  bool is_interrupted_ = false;
};

}  // namespace vscp_p1::app
