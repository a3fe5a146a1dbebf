#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>

namespace vscp_p1::io {

/// What Paho keeps to itself: the socket of a connection, and the threads that write and read. They are looked for
/// from outside; when one is not found, or it is not sure whose it is, that costs speed only.
class PahoOutput {
 public:
  PahoOutput() = default;
  ~PahoOutput();
  PahoOutput(const PahoOutput&) = delete;
  PahoOutput& operator=(const PahoOutput&) = delete;

  /// Of the connection to a broker at this port, which is there now. Messages are sent without delay from then on.
  void find(std::uint16_t port);
  /// What is written meanwhile goes into few segments.
  void cork(bool on) const noexcept;
  /// Whether the broker has ended the connection, which the thread that reads may notice later.
  bool is_ended() const noexcept;
  /// The thread that writes works when the caller's sleeps. Beside it, on another core, it would wake up and take
  /// Paho's locks for each message of a telegram, which costs more than to write them.
  static void follow_caller() noexcept;
  /// The calling thread, which looks around each second though nothing happens, may wake up so much later than it
  /// wants to. What comes in wakes it as ever, or when it has finished a rest of 0.1 s; zero: the system's default.
  static void let_caller_rest(std::chrono::nanoseconds later) noexcept;

 private:
  int socket_ = -1;  // a duplicate, so that its number never means another one
  // The process has one such thread, whatever the number of connections; only the loop looks at it.
  inline static pid_t thread_ = 0;
  inline static int core_ = -1;
};

}  // namespace vscp_p1::io
