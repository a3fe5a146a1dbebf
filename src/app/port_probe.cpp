#include "app/port_probe.hpp"

#include <boost/asio/io_context.hpp>
#include <utility>

#include "io/host.hpp"

namespace vscp_p1::app {
namespace {

using State = ProbeResult::State;
using boost::system::error_code;

constexpr std::chrono::seconds longest_gap{2};  // inside a telegram: at 9600 baud more than one second (DSMR 2.2)
constexpr int patience_for_servers = 2;         // a telegram that was under way, and one that is whole

std::string heard_text(const LineFormat& format, LineKind kind, std::size_t bytes) {
  const auto count = std::to_string(bytes) + " bytes";
  switch (kind) {
    case LineKind::silence: return format.text() + ": no bytes";
    case LineKind::too_few: return format.text() + ": " + count + ", too few to tell";
    case LineKind::text: return format.text() + ": " + count + " of text, no good telegram";
    case LineKind::even_parity: return format.text() + ": " + count + " of text with seven bits and even parity";
    case LineKind::inverted: return format.text() + ": " + count + " of text, with the signal inverted";
    case LineKind::garbage: break;
  }
  return format.text() + ": " + count + " of garbage";
}

// How much it tells.
int weight(LineKind kind) {
  switch (kind) {
    case LineKind::silence: return 0;
    case LineKind::too_few: return 1;
    case LineKind::garbage: return 2;
    case LineKind::even_parity: return 3;
    case LineKind::text: return 4;
    case LineKind::inverted: break;
  }
  return 5;
}

}  // namespace

PortProbe::PortProbe(boost::asio::io_context& loop, SourceUri uri, const Settings& settings, const TimeZone& zone,
                     std::chrono::milliseconds patience, Handlers handlers)
    : uri_(std::move(uri)),
      settings_(settings),
      handlers_(std::move(handlers)),
      loop_(loop),
      patience_(patience),
      decrypter_(settings.encryption),
      judge_(settings, zone,
             [this](const CipheredFrame& frame) -> Result<std::string_view> {
               const auto plaintext = decrypter_.decrypt(frame);
               if (!plaintext) return plaintext.error();
               return plaintext->text;
             }),
      pause_(loop),
      limit_(loop),
      finder_(loop, {[this](const LineFormat& format) {
                       if (const auto fault = judge_.restart()) fault_ = fault;
                       return source_->retune(with_format(settings_.serial, format));
                     },
                     [this] { on_moved(); }}),
      source_(open_source(zone)) {}

std::shared_ptr<io::Source> PortProbe::open_source(const TimeZone& zone) {
  io::SourceHandlers handlers;
  handlers.bytes = [this](std::string_view bytes) { on_bytes(bytes); };
  handlers.opened = [] {};
  handlers.taken = [this] { is_taken_ = true; };
  handlers.fault = [this](const std::string& reason) { on_fault(reason); };
  handlers.remark = [](const std::string&) {};
  handlers.end = [this] { on_end(); };
  const auto serial = with_format(settings_.serial, all_candidates(settings_.serial).front());
  return io::make_source(loop_, uri_, serial, settings_.emulator, zone, std::move(handlers));
}

void PortProbe::start() {
  auto candidates = all_candidates(settings_.serial);
  if (uri_.kind != SourceUri::Kind::device) candidates.resize(1);
  format_ = candidates.front();
  const bool has_one = candidates.size() == 1;
  if (uri_.kind == SourceUri::Kind::device) handlers_.trying(format_);
  finder_.begin(std::move(candidates), {patience_, patience_});
  if (has_one) {
    limit_.expires_after(patience_for_servers * patience_);
    limit_.async_wait([this](const error_code& error) {
      if (!error) give_up();
    });
  }
  source_->start();
}

void PortProbe::on_bytes(std::string_view bytes) {
  if (is_done_) return;
  result_.bytes += bytes.size();
  finder_.on_bytes(bytes);
  census_.add(bytes);
  judge_.feed(bytes, io::now());
  judge();
  if (is_done_) return;
  pause_.expires_after(longest_gap);
  pause_.async_wait([this](const error_code& error) {
    if (!error) on_pause();
  });
}

void PortProbe::on_pause() {
  if (is_done_) return;
  judge_.pause(io::now());
  judge();
}

void PortProbe::on_fault(const std::string& reason) {
  result_.fault = reason;
  finish(is_taken_ ? State::in_use : State::closed);
}

void PortProbe::on_end() {
  on_pause();
  if (!is_done_) give_up();
}

void PortProbe::judge() {
  if (judge_.meter()) {
    result_.meter = *judge_.meter();
    return finish(State::meter);
  }
  if (!judge_.obstacle()) return;
  result_.reason = *judge_.obstacle();
  finish(State::obstacle);
}

void PortProbe::on_moved() {
  const auto& search = finder_.search();
  note_kind(search.left_kind());
  fault_.reset();
  handlers_.heard(heard_text(format_, search.left_kind(), search.left_bytes()));
  if (search.has_tried_all() || search.left_kind() == LineKind::inverted) return give_up();
  format_ = search.current();
  handlers_.trying(format_);
}

void PortProbe::give_up() {
  if (is_done_) return;
  if (finder_.candidates().size() == 1) {
    fault_ = judge_.restart();
    note_kind(census_.kind());
  }
  finish(result_.bytes == 0 ? State::silent : State::unreadable);
}

void PortProbe::note_kind(LineKind kind) {
  if (weight(kind) <= weight(result_.kind)) return;
  result_.kind = kind;
  result_.reason = fault_.value_or(Errc::noise);
  if (uri_.kind == SourceUri::Kind::device) result_.format = format_;
}

void PortProbe::finish(State state) {
  if (std::exchange(is_done_, true)) return;
  finder_.found();
  pause_.cancel();
  limit_.cancel();
  source_->stop();
  result_.state = state;
  const bool is_proven = state == State::meter || state == State::obstacle;
  if (is_proven && uri_.kind == SourceUri::Kind::device) result_.format = finder_.format();
  handlers_.done();
}

}  // namespace vscp_p1::app
