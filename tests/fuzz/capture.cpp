// Captures: what a reader makes of any text, and whether any bytes come back from what is written of them.
#include "vscp_p1/capture.hpp"

#include "fuzz/check.hpp"

namespace {

using namespace vscp_p1;

template <class Sink>
void for_each_line(std::string_view text, Sink sink) {
  while (!text.empty()) {
    const auto end = text.find('\n');
    sink(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

// Whatever its lines are, time does not go back, and a capture behind them is read.
void check_reading(std::string_view input) {
  CaptureReader reader;
  CaptureTime last{0};
  std::string bytes;
  const auto read = [&](std::string_view line) {
    const auto chunk = reader.read(line);
    if (!chunk) return;
    fuzz::check(chunk->time >= last && !chunk->bytes.empty(), "bytes in the order of time");
    last = chunk->time;
    bytes += chunk->bytes;
  };
  for_each_line(input, read);
  const auto before = bytes.size();
  auto more = capture_head({"fuzzer", std::string(input.substr(0, 100)), {}, false, {}, 0});
  fuzz::check(is_capture(more), "a head is known");
  append_capture_bytes(CaptureTime{1}, fuzz::good_telegram(), more);
  for_each_line(more, read);
  fuzz::check(bytes.substr(before) == fuzz::good_telegram(), "the capture behind it");
  if (is_capture(input)) captured_bytes(input);
}

void check_writing(std::string_view input) {
  auto capture = capture_head({});
  append_capture_remark(CaptureTime{0}, input, capture);
  append_capture_bytes(CaptureTime{12'345}, input, capture);
  for_each_line(capture, [](std::string_view line) {
    fuzz::check_shown(line);
    fuzz::check(line.starts_with('#') || (line.size() <= 72 && !line.ends_with(' ')),
                "short lines, no blank at the end");
  });
  fuzz::check(captured_bytes(capture) == input, "the same bytes");
}

}  // namespace

FUZZ_TARGET {
  check_reading(input);
  check_writing(input);
}
