#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "app/settings_finder.hpp"
#include "io/decrypter.hpp"
#include "io/source.hpp"
#include "vscp_p1/detection.hpp"
#include "vscp_p1/meter_judge.hpp"
#include "vscp_p1/settings.hpp"
#include "vscp_p1/source_uri.hpp"

namespace vscp_p1::app {

/// What was found at one port.
struct ProbeResult {
  enum class State : std::uint8_t {
    meter,
    obstacle,  // telegrams or frames that cannot be read: `reason`
    in_use,    // by another program
    closed,    // it cannot be opened, or broke: `fault`
    silent,
    unreadable,  // bytes that gave no telegram: `kind`
  };

  State state = State::silent;
  std::optional<LineFormat> format;  // none: there is none to set
  MeterFinding meter;
  Errc reason = Errc::noise;
  std::string fault;
  LineKind kind = LineKind::silence;  // what tells most of all that was heard
  std::size_t bytes = 0;
};

/// Listens at one port, with one format after the other, until it knows what is there.
class PortProbe {
 public:
  struct Handlers {
    std::function<void(const LineFormat&)> trying;
    std::function<void(const std::string& text)> heard;  // "9600 7E1: 312 bytes of garbage"
    std::function<void()> done;                          // once
  };

  /// The settings must outlive it. `patience`: at one format.
  PortProbe(boost::asio::io_context& loop, SourceUri uri, const Settings& settings, const TimeZone& zone,
            std::chrono::milliseconds patience, Handlers handlers);

  void start();
  const SourceUri& uri() const noexcept { return uri_; }
  const ProbeResult& result() const noexcept { return result_; }

 private:
  std::shared_ptr<io::Source> open_source(const TimeZone& zone);
  void on_bytes(std::string_view bytes);
  void on_fault(const std::string& reason);
  void on_pause();
  void on_end();
  void on_moved();
  void judge();
  void give_up();
  void finish(ProbeResult::State state);
  void note_kind(LineKind kind);

  SourceUri uri_;
  const Settings& settings_;
  Handlers handlers_;
  boost::asio::io_context& loop_;
  std::chrono::milliseconds patience_;
  io::Decrypter decrypter_;
  MeterJudge judge_;
  LineCensus census_;  // where there is no format to find
  boost::asio::steady_timer pause_;
  boost::asio::steady_timer limit_;
  SettingsFinder finder_;
  std::shared_ptr<io::Source> source_;
  LineFormat format_;
  std::optional<Errc> fault_;  // of the last telegram that was dropped at this format
  ProbeResult result_;
  bool is_taken_ = false;
  bool is_done_ = false;
};

}  // namespace vscp_p1::app
