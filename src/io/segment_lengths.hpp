#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace vscp_p1::io {

/// How much longer a message is to be, so that what a broker passes on of one connection, one to a few messages at a
/// time, has another length each time. Linux takes two segments of one length for full ones, behind which more comes,
/// and acknowledges the second 40 ms late (tcp_measure_rcv_mss); a broker with Nagle's algorithm (RFC 896), as
/// mosquitto is by default, keeps the rest of a telegram from that subscriber until then. It helps one that gets
/// all messages of the connection; who gets some of them may have such segments.
class SegmentLengths {
 public:
  /// Bytes to add, mostly none, to the next message, which has so many.
  std::size_t missing(std::size_t bytes) const noexcept;
  /// The next message has so many.
  void note(std::size_t bytes) noexcept;

 private:
  static constexpr std::size_t most_messages = 4;  // in a segment
  // No full segment has less than 536 bytes (RFC 9293 §3.7.1), of which the headers of TCP and MQTT take some.
  static constexpr std::size_t shortest = 500;

  // Whether the last messages would be as long as those before them, if the next one ended here.
  bool repeats(std::uint64_t end) const noexcept;
  std::uint64_t end_before(std::size_t messages) const noexcept;

  std::array<std::uint64_t, 2 * most_messages> ends_{};  // of the last messages, in bytes since the beginning
  std::size_t last_ = 0;
};

}  // namespace vscp_p1::io
