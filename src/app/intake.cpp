// The source comes and goes: a port that opens and breaks, a meter that falls
// silent, frames that give no telegram.

#include <chrono>
#include <utility>

#include "app/advice.hpp"
#include "app/exit_codes.hpp"
#include "app/pipeline.hpp"
#include "vscp_p1/text.hpp"

namespace vscp_p1::app {
namespace {

using std::chrono::seconds;

constexpr std::chrono::hours drops_told_again{1};  // a bad cable would fill the journal
constexpr unsigned silences_to_doubt = 3;          // with bytes: the meter was exchanged for one with other settings
constexpr seconds longest_gap{2};                  // inside a telegram: at 9600 baud more than one second (DSMR 2.2)
constexpr seconds longest_telegram{8};             // DSMR 2.2 §4

}  // namespace

std::shared_ptr<io::Source> Pipeline::open_source() {
  io::SourceHandlers handlers;
  handlers.bytes = [this](std::string_view bytes) { on_bytes(bytes); };
  handlers.opened = [this] {
    source_open_ = true;
    note_in_capture(uri_.text + ": open");
    log_.debug("{}: open", uri_.text);
    delivery_.start();
    note_state();
  };
  handlers.taken = [this] { port_is_taken_ = true; };
  handlers.fault = [this](const std::string& reason) { on_source_fault(reason); };
  handlers.remark = [this](const std::string& text) { log_.debug("{}", text); };
  handlers.warning = [this](const std::string& text) { log_.warn("{}", text); };
  handlers.end = [this] { on_source_end(); };
  auto candidates = line_candidates(settings_.serial);
  if (uri_.kind != SourceUri::Kind::device) candidates.resize(1);  // what ser2net has set
  finder_.begin(std::move(candidates));
  return io::make_source(loop_, uri_, serial_settings(), settings_.emulator, zone_, std::move(handlers));
}

SerialSettings Pipeline::serial_settings() const { return with_format(settings_.serial, finder_.format()); }

bool Pipeline::try_format(const LineFormat& format) {
  log_.debug("{}: trying {}", uri_.text, format.text());
  note_in_capture("trying " + format.text());
  envelope_.finish();
  framer_.reset();
  return source_->retune(serial_settings());
}

void Pipeline::tell_found(std::string_view header) {
  log_.info("{}: found at {}: /{}", uri_.text, finder_.format().text(), escaped(header, longest_shown));
}

void Pipeline::note_in_capture(const std::string& text) {
  if (capture_) capture_->remark(text);
}

// Who has the port may be another vscp-p1d. With the same configuration the two
// would push each other off the broker.
void Pipeline::on_source_fault(const std::string& reason) {
  source_open_ = false;
  note_in_capture(reason);
  if (!std::exchange(port_is_taken_, false)) delivery_.start();
  end_stream();
  if (std::exchange(source_fault_, reason) != reason) log_.warn("{}", reason);
  if (!uri_.is_line()) exit_code_ = exit_unavailable;
  note_state();
}

void Pipeline::on_source_end() {
  source_ended_ = true;
  end_stream();
  if (settings_.one_shot && telegrams_ == 0 && exit_code_ == exit_ok) {
    log_.error("{}: no good telegram", uri_.text);
    exit_code_ = exit_unavailable;
  }
  end(false);
}

// What is unfinished stays so.
void Pipeline::end_stream() {
  envelope_.finish();
  framer_.finish([this](const Result<Telegram>& found) { on_framed(found); });
}

// A meter without an end mark is known by its pause only, and so is a frame
// that was cut.
void Pipeline::watch_pause() {
  if (std::exchange(watching_pause_, true)) return;
  bytes_came_ = false;
  pause_.expires_after(longest_gap);
  pause_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    watching_pause_ = false;
    if (stopped_ || !(envelope_.is_inside_frame() || framer_.is_inside_telegram())) return;
    if (bytes_came_) return watch_pause();
    envelope_.finish();
    framer_.pause([this](const Result<Telegram>& found) { on_framed(found); });
  });
}

void Pipeline::watch_silence() {
  if (ended_ || source_ended_ || !(uri_.is_line() || settings_.one_shot)) return;
  rest_awaited_ = false;
  await_silence(seconds{settings_.serial.timeout});
}

void Pipeline::await_silence(seconds time) {
  silence_.expires_after(time);
  silence_.async_wait([this](const boost::system::error_code& error) {
    if (!error && !stopped_) on_silence();
  });
}

void Pipeline::on_silence() {
  const seconds timeout{settings_.serial.timeout};
  const bool is_hopeful = finder_.is_searching() && !finder_.search().has_tried_all() && bytes_ > 0 &&
                          finder_.since_last_byte() < timeout;
  if (is_hopeful) return watch_silence();
  // A meter that sends as seldom as serial_timeout: the telegram that is
  // arriving is not cut.
  const bool is_arriving = watching_pause_ && (envelope_.is_inside_frame() || framer_.is_inside_telegram());
  if (is_arriving && !std::exchange(rest_awaited_, true)) return await_silence(longest_telegram);
  if (!std::exchange(silent_, true)) {
    if (source_fault_.empty()) log_.warn("{}", silence_advice());
    note_in_capture(silence_advice());
    publisher_.set_state(state_topics_.meter, "silent");
    note_state();
  }
  if (settings_.one_shot) {
    exit_code_ = exit_unavailable;
    return end(true);
  }
  garbled_silences_ = bytes_ > 0 && !obstacle_ ? garbled_silences_ + 1 : 0;
  if (garbled_silences_ >= silences_to_doubt && !finder_.is_searching()) {
    garbled_silences_ = 0;
    finder_.begin_again();
  }
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
    return fact +
           "nothing was received — check the cable, and that the grid "
           "company has opened the port";
  }
  const auto came = fact + std::to_string(bytes_) + " bytes gave none (" + counted(dropped_) + ") — ";
  if (obstacle_) return came + std::string(advice(*obstacle_));
  if (uri_.kind == SourceUri::Kind::tcp) return came + "check the serial settings of ser2net";
  const auto& search = finder_.search();
  if (!finder_.is_searching() || search.tried().empty())
    return came + "check serial_baudrate, serial_parity and the cable";
  return came + "tried " + search.tried() + "; " +
         (search.was_inverted() ? "the signal is inverted: use a cable that inverts it"
                                : "check that the cable inverts the signal, or set "
                                  "serial_baudrate if you know it");
}

void Pipeline::on_drop(Errc reason) {
  ++dropped_[static_cast<std::size_t>(reason)];
  if (reason == Errc::noise) return;
  if (is_encryption_fault(reason) || is_foreign(reason)) return on_frame_fault(reason);
  if (drops_in_a_row_++ > 0 || (drop_told_ && Clock::now() - *drop_told_ < drops_told_again)) return;
  log_.warn("telegram dropped: {}", message(reason));
  drop_told_ = Clock::now();
  telling_drops_ = true;
}

// Each fault of a frame has its own remedy, so each is said.
void Pipeline::on_frame_fault(Errc reason) {
  if (is_encryption_fault(reason)) ++drops_in_a_row_;
  if (reason == Errc::untitled_frame) framer_.reset();  // its ident line is not the begin of a telegram
  if (reason != Errc::frame_damaged) {
    obstacle_ = reason;
    if (finder_.found()) log_.info("{}: it sends at {}", uri_.text, finder_.format().text());
  }
  if (std::exchange(told_[static_cast<std::size_t>(reason)], true)) return;
  telling_drops_ = true;
  log_.warn("{}: {} — {}", uri_.text, message(reason), advice(reason));
}

}  // namespace vscp_p1::app
