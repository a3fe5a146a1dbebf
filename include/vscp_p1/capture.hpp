#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "vscp_p1/settings.hpp"
#include "vscp_p1/time.hpp"

namespace vscp_p1 {

// A capture: what a port sent, and when, as lines of text that survive mail and issue trackers. The first line is the
// magic one, others with '#' are remarks. "12.345 /XXX5\r\n" are bytes that came 12.345 s after the begin; \r \n \t
// \\ or \xNN stands for what is no printable ASCII, and for blanks that would get lost.

using CaptureTime = std::chrono::milliseconds;  // since the begin of the capture

/// What a capture begins with: all that a bug report needs beside the bytes, and no secret.
struct CaptureContext {
  std::string program;  // name and version
  std::string source;   // as in serial_port
  SerialSettings serial;
  bool has_key = false;  // a decryption_key is set
  UtcTime begin;
  int utc_offset = 0;  // of the meter's time zone then, s
};
std::string capture_head(const CaptureContext& context);

/// Appends lines of at most 72 characters that hold the bytes.
void append_capture_bytes(CaptureTime time, std::string_view bytes, std::string& out);

/// Appends a line that no reader takes for bytes.
void append_capture_remark(CaptureTime time, std::string_view text, std::string& out);

/// Whether a file that begins with these bytes is a capture. What a mail program put in front does no harm.
bool is_capture(std::string_view begin) noexcept;
inline constexpr std::size_t capture_begin = 4096;  // bytes to look at

/// Reads a capture line by line, indented, quoted with '>' or with CR LF though it be. A line that is damaged costs
/// itself; captures may follow one another, their times go on.
class CaptureReader {
 public:
  /// The bytes of a line, and when they came: never before those of earlier lines.
  struct Chunk {
    CaptureTime time;
    std::string_view bytes;  // live until the next call
  };

  /// Nothing for remarks and blank lines, for what stands before the first magic line, and for damaged lines.
  std::optional<Chunk> read(std::string_view line);

  std::size_t damaged_lines() const noexcept { return damaged_; }

 private:
  bool unescape(std::string_view text);

  std::string bytes_;
  CaptureTime base_{0};
  CaptureTime last_{0};
  std::size_t damaged_ = 0;
  bool began_ = false;
};

/// The bytes of a whole capture.
std::string captured_bytes(std::string_view capture);

}  // namespace vscp_p1
