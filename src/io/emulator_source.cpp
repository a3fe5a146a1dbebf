#include "io/emulator_source.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <utility>

#include "vscp_p1/emulator.hpp"

namespace vscp_p1::io {
namespace {

class EmulatorSource final : public Source {
 public:
  EmulatorSource(boost::asio::io_context& loop, const EmulatorSettings& settings, const TimeZone& zone,
                 SourceHandlers handlers)
      : interval_(settings.interval), meter_(settings, zone), timer_(loop), handlers_(std::move(handlers)) {}

  void start() override {
    handlers_.opened();
    timer_.expires_after(std::chrono::seconds{0});
    wait();
  }
  void stop() override {
    stopped_ = true;
    timer_.cancel();
  }

 private:
  void wait() {
    timer_.async_wait([this, self = shared_from_this()](const boost::system::error_code& error) {
      if (error || stopped_) return;  // its time may have come already
      timer_.expires_at(timer_.expiry() + interval_);
      wait();
      const auto now = std::chrono::system_clock::now().time_since_epoch();
      handlers_.bytes(meter_.telegram({std::chrono::floor<std::chrono::seconds>(now).count(), 0}));
    });
  }

  std::chrono::seconds interval_;
  MeterEmulator meter_;
  boost::asio::steady_timer timer_;
  SourceHandlers handlers_;
  bool stopped_ = false;
};

}  // namespace

std::shared_ptr<Source> make_emulator_source(boost::asio::io_context& loop, const EmulatorSettings& settings,
                                             const TimeZone& zone, SourceHandlers handlers) {
  return std::make_shared<EmulatorSource>(loop, settings, zone, std::move(handlers));
}

}  // namespace vscp_p1::io
