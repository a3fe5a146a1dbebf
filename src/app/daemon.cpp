#include "app/daemon.hpp"

#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>
#include <initializer_list>
#include <utility>

#include "app/exit_codes.hpp"
#include "vscp_p1/statistics.hpp"

namespace vscp_p1::app {
namespace {

using boost::system::error_code;
using std::chrono::seconds;

constexpr std::size_t rounds_to_deliver = 3;  // of the brokers, before --oneshot and a read file give up

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

// Each meter may be a connection: as many as the system lets this process have.
void allow_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

bool all_can_wait(const std::vector<MeterConfiguration>& meters) {
  return std::none_of(meters.begin(), meters.end(), [](const auto& meter) { return meter.uri.is_line(); });
}

}  // namespace

Daemon::Daemon(Configuration configuration, Output output, ReadAgain read_again)
    : settings_(std::move(configuration.settings)),
      can_wait_(all_can_wait(configuration.meters)),
      output_(output),
      read_again_(std::move(read_again)) {
  if (configuration.meters.size() > 1) allow_files();
  for (auto& meter : configuration.meters) add_meter(std::move(meter));
}

void Daemon::hold_reload() { mask_signals(SIG_BLOCK, {SIGHUP}); }
void Daemon::hold_signals() { mask_signals(SIG_BLOCK, {SIGHUP, SIGINT, SIGTERM}); }

void Daemon::add_meter(MeterConfiguration meter) {
  Pipeline::Handlers handlers;
  handlers.changed = [this] { note_state(); };
  handlers.ended = [this](bool at_once) { on_ended(at_once); };
  meters_.push_back(
      std::make_unique<Pipeline>(loop_, std::move(meter), delivery_with_room(), output_, std::move(handlers)));
}

// The first that has less than meters_per_connection of them, or else a new one.
Delivery& Daemon::delivery_with_room() {
  const auto most = settings_.mqtt.meters_per_connection;
  for (const auto& delivery : deliveries_) {
    if (most == 0 || delivery->meters() < most) return *delivery;
  }
  std::size_t number = 0;
  while (has_delivery(number)) ++number;
  return add_delivery(number);
}

bool Daemon::has_delivery(std::size_t number) const {
  return std::any_of(deliveries_.begin(), deliveries_.end(),
                     [number](const auto& delivery) { return delivery->number() == number; });
}

Delivery& Daemon::add_delivery(std::size_t number) {
  deliveries_.push_back(std::make_unique<Delivery>(loop_, settings_, output_, Delivery::Place{number, can_wait_},
                                                   handlers_of(deliveries_.size())));
  return *deliveries_.back();
}

Delivery::Handlers Daemon::handlers_of(std::size_t delivery) {
  Delivery::Handlers handlers;
  const auto for_its_meters = [this, delivery](auto call) {
    for (const auto& meter : meters_) {
      if (&meter->delivery() == deliveries_[delivery].get()) call(*meter);
    }
  };
  handlers.connection_changed = [for_its_meters] { for_its_meters([](Pipeline& meter) { meter.note_state(); }); };
  handlers.behind = [for_its_meters] { for_its_meters([](Pipeline& meter) { meter.hold(); }); };
  handlers.attempt_failed = [this, delivery] { on_attempt_failed(*deliveries_[delivery]); };
  handlers.delivered = [this] {
    if (told_waiting_ && waiting() == 0) service_.update_status();
    check_delivered();
  };
  handlers.output_failed = [this] {
    forced_code_ = exit_unavailable;
    finish();
  };
  handlers.is_storing = [](bool begins) { is_storing = begins ? 1 : 0; };
  return handlers;
}

// ---- from start to end ----

int Daemon::run() {
  mask_signals(SIG_UNBLOCK, {SIGHUP, SIGINT, SIGTERM});
  start();
  loop_.run();
  return exit_code();
}

void Daemon::start() {
  signals_.async_wait([this](const error_code& error, int) {
    if (error) return;
    is_interrupted_ = true;
    finish();
  });
  await_reload();
  boost::asio::post(loop_, [this] { service_.start(); });
  for (const auto& meter : meters_) meter->start();
  start_left_over();
}

// What an earlier run spooled for more connections than there are now goes out too.
void Daemon::start_left_over() {
  if (output_ != Output::broker) return;
  for (const auto number : Delivery::left_over(settings_.spool)) {
    if (!has_delivery(number)) add_delivery(number).start();
  }
}

bool Daemon::have_all_ended() const {
  return std::all_of(meters_.begin(), meters_.end(), [](const auto& meter) { return meter->has_ended(); });
}

void Daemon::on_ended(bool at_once) {
  if (!have_all_ended()) return;
  at_once ? finish() : finish_when_delivered();
}

// Wait for the broker as long as it takes messages, then end.
void Daemon::finish_when_delivered() {
  if (std::exchange(draining_, true)) return;
  for (const auto& delivery : deliveries_) delivery->count_failed_rounds();
  await_delivery();
  check_delivered();
}

void Daemon::check_delivered() {
  if (!draining_ || finishing_) return;
  if (waiting() == 0) return finish();
  patience_.expires_after(seconds{settings_.serial.timeout});
  patience_.async_wait([this](const error_code& error) {
    const auto late = std::find_if(deliveries_.begin(), deliveries_.end(),
                                   [](const auto& delivery) { return delivery->publisher().waiting() > 0; });
    if (error || finishing_ || late == deliveries_.end()) return;
    spdlog::error("{}: {} messages were not acknowledged in time", (*late)->broker_name(), waiting());
    forced_code_ = exit_unavailable;
    finish();
  });
}

void Daemon::on_attempt_failed(const Delivery& delivery) {
  if (!draining_ || finishing_ || delivery.failed_rounds() < rounds_to_deliver) return;
  spdlog::error("{}: could not be reached, {} messages were not delivered", delivery.broker_name(), waiting());
  forced_code_ = exit_unavailable;
  finish();
}

// Mirrors start(): the sources first, the broker last, at most two seconds in all.
void Daemon::finish() {
  if (std::exchange(finishing_, true)) return;
  arm_last_resort(exit_code());
  service_.stopping();
  patience_.cancel();
  for (const auto& meter : meters_) meter->stop();
  for (const auto& delivery : deliveries_) delivery->publisher().stop([this] { on_delivery_stopped(); });
}

void Daemon::on_delivery_stopped() {
  if (++stopped_deliveries_ < deliveries_.size()) return;
  for (const auto& delivery : deliveries_) delivery->end();
  signals_.cancel();
  loop_.stop();
}

// ---- SIGHUP ----

void Daemon::await_reload() {
  reload_signal_.async_wait([this](const error_code& error, int) {
    if (error) return;
    reload();
    await_reload();
  });
}

void Daemon::reload() {
  if (finishing_) return;
  if (!read_again_ || draining_) {
    return spdlog::warn("SIGHUP: ignored, {}",
                        draining_ ? "the program is about to end" : "there is no configuration file");
  }
  service_.reloading();
  if (auto next = read_again_()) take_over(std::move(*next));
  service_.ready();
  service_.update_status();
}

// Meters are known by their names. Those that stay keep their connection, whatever room others leave.
void Daemon::take_over(Configuration next) {
  const auto old = std::exchange(settings_, std::move(next.settings));
  if (settings_.mqtt.meters_per_connection != old.mqtt.meters_per_connection) {
    spdlog::warn("meters_per_connection takes effect for meters that are added, for all at the next start");
  }
  can_wait_ = all_can_wait(next.meters);
  for (const auto& delivery : deliveries_) delivery->adopt(settings_);
  if (next.meters.size() > 1) allow_files();
  remove_missing(next.meters);
  std::vector<MeterConfiguration> added;
  for (auto& meter : next.meters) {
    const auto known =
        std::find_if(meters_.begin(), meters_.end(), [&](const auto& m) { return m->name() == meter.name; });
    known != meters_.end() ? (*known)->take_over(std::move(meter)) : added.push_back(std::move(meter));
  }
  if (draining_ || finishing_) return;  // a last telegram was read: that of --oneshot
  for (const auto& delivery : deliveries_) delivery->reconfigure(can_wait_);
  for (const auto& meter : meters_) meter->settle();
  for (auto& meter : added) {
    add_meter(std::move(meter));
    meters_.back()->start();
  }
  spdlog::info("the new configuration is in effect");
  if (have_all_ended()) finish_when_delivered();  // those that were waited for are gone
}

// What is under way in the loop still knows a meter that is gone. One whose file has been read begins anew with
// another source.
void Daemon::remove_missing(const std::vector<MeterConfiguration>& next) {
  const auto is_gone = [&](const std::unique_ptr<Pipeline>& meter) {
    return std::none_of(next.begin(), next.end(), [&](const auto& n) {
      const bool is_over = meter->has_ended() && !n.settings.one_shot && n.uri != meter->uri();
      return n.name == meter->name() && !is_over;
    });
  };
  const auto gone = std::stable_partition(meters_.begin(), meters_.end(), [&](auto& m) { return !is_gone(m); });
  for (auto meter = gone; meter != meters_.end(); ++meter) {
    (*meter)->leave();
    boost::asio::post(loop_, [held = std::shared_ptr<Pipeline>(std::move(*meter))] {});
  }
  meters_.erase(gone, meters_.end());
}

// ---- how it is doing ----

std::size_t Daemon::waiting() const noexcept {
  std::size_t total = 0;
  for (const auto& delivery : deliveries_) total += delivery->publisher().waiting();
  return total;
}

void Daemon::await_delivery() {
  for (const auto& delivery : deliveries_) delivery->publisher().await_delivery(draining_ || told_waiting_);
}

int Daemon::exit_code() const noexcept {
  if (forced_code_ != exit_ok) return forced_code_;
  const auto failed = std::find_if(meters_.begin(), meters_.end(), [](auto& m) { return m->exit_code() != exit_ok; });
  return failed == meters_.end() ? exit_ok : (*failed)->exit_code();
}

void Daemon::note_state() {
  if (std::exchange(state_noted_, true)) return;
  boost::asio::post(loop_, [this] {
    state_noted_ = false;
    if (!finishing_) service_.update_status();
  });
}

std::string Daemon::status() {
  told_waiting_ = waiting() > 0;
  await_delivery();
  if (meters_.size() == 1) return status_line(meters_.front()->statistics());
  std::vector<MeterState> states;
  for (const auto& meter : meters_) states.push_back(meter->state());
  Statistics total;
  total.broker = deliveries_.front()->state();
  for (const auto& delivery : deliveries_) {
    if (!delivery->is_connected()) total.broker = delivery->state();
    total.waiting += delivery->publisher().waiting();
    total.spooled += delivery->publisher().spooled();
    total.dropped_events += delivery->dropped();
  }
  return status_line(states, total);
}

}  // namespace vscp_p1::app
