#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/configuration.hpp"
#include "app/delivery.hpp"
#include "app/pipeline.hpp"
#include "app/service.hpp"
#include "io/capture_file.hpp"

namespace vscp_p1::app {

/// Reads the configuration again at SIGHUP; nothing when it is faulty, which is said. Empty: there is no file.
using ReadAgain = std::function<std::optional<Configuration>()>;

/// The whole program: one loop on one thread with the pipelines of all meters, the ways to the broker that they
/// share, signals and the service manager.
class Daemon {
 public:
  Daemon(Configuration configuration, Output output, ReadAgain read_again);

  /// Holds SIGHUP back until run() can heed it, so that it never ends the program.
  static void hold_reload();
  /// Holds back SIGINT and SIGTERM too, until run() can end in order. Paho's threads inherit this: they never see
  /// them.
  static void hold_signals();

  /// Has what the first meter's source sends written to a file too.
  void capture_to(std::unique_ptr<io::CaptureFile> file) { meters_.front()->capture_to(std::move(file)); }

  /// Runs until a signal, the end of the files or the telegrams of --oneshot; returns the exit code.
  int run();
  /// Whether a signal has ended it.
  bool is_interrupted() const noexcept { return is_interrupted_; }

 private:
  void add_meter(MeterConfiguration meter);
  Delivery& delivery_with_room();
  bool has_delivery(std::size_t number) const;
  Delivery& add_delivery(std::size_t number);
  Delivery::Handlers handlers_of(std::size_t delivery);

  void start();
  void start_left_over();
  bool have_all_ended() const;
  void on_ended(bool at_once);
  void finish_when_delivered();
  void check_delivered();
  void on_attempt_failed(const Delivery& delivery);
  void finish();
  void on_delivery_stopped();

  void await_reload();
  void reload();
  void take_over(Configuration next);
  void remove_missing(const std::vector<MeterConfiguration>& next);

  std::size_t waiting() const noexcept;
  void await_delivery();
  int exit_code() const noexcept;
  void note_state();
  std::string status();

  Settings settings_;
  bool can_wait_;  // files and standard input, for the broker
  Output output_;
  ReadAgain read_again_;
  boost::asio::io_context loop_{1};
  boost::asio::signal_set signals_{loop_, SIGINT, SIGTERM};
  boost::asio::signal_set reload_signal_{loop_, SIGHUP};
  boost::asio::steady_timer patience_{loop_};
  Service service_{loop_, [this] { return status(); }};
  std::vector<std::unique_ptr<Delivery>> deliveries_;
  std::vector<std::unique_ptr<Pipeline>> meters_;

  std::size_t stopped_deliveries_ = 0;
  int forced_code_ = 0;        // when it is not the meters that failed
  bool told_waiting_ = false;  // messages, in the status line
  bool state_noted_ = false;
  bool draining_ = false;  // nothing more will be read
  bool finishing_ = false;
  bool is_interrupted_ = false;
};

}  // namespace vscp_p1::app
