#pragma once

#include <sys/types.h>

#include <cstdint>

namespace vscp_p1::io {

/// What Paho keeps to itself: the socket of a connection, and the thread that writes to it. They are looked for from
/// outside; when one is not found, or it is not sure whose it is, that costs speed, and at QoS 0 what is written
/// before Paho notices that the broker is gone.
class PahoOutput {
 public:
  PahoOutput() = default;
  ~PahoOutput();
  PahoOutput(const PahoOutput&) = delete;
  PahoOutput& operator=(const PahoOutput&) = delete;

  /// Of the connection to a broker at this port, which is there now. Messages are sent without delay until
  /// set_prompt(false).
  void find(std::uint16_t port);
  /// Whether a message is sent though those before have not been acknowledged (TCP_NODELAY).
  void set_prompt(bool on) noexcept;
  /// What is written meanwhile goes into few segments.
  void cork(bool on) noexcept;
  /// What has come is acknowledged now. A broker that uses Nagle's algorithm, as mosquitto does, keeps back what it
  /// has to say until then (RFC 896), and a host may take 40 ms for it.
  void acknowledge() const noexcept;
  /// Whether the broker has ended the connection, which Paho may notice later.
  bool is_ended() const noexcept;
  /// The thread that writes works when the caller's sleeps. Beside it, on another core, it would wake up and take
  /// Paho's locks for each message of a telegram, which costs more than to write them.
  static void follow_caller() noexcept;

 private:
  bool is_prompt_ = true;
  bool is_corked_ = false;
  int socket_ = -1;  // a duplicate, so that its number never means another one
  // The process has one such thread, whatever the number of connections; only the loop looks at it.
  inline static pid_t thread_ = 0;
  inline static int core_ = -1;
};

}  // namespace vscp_p1::io
