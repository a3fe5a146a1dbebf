#pragma once

#include <sys/types.h>
#include <termios.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

/// What the integration tests stand on: real processes, a real broker, a real subscriber, a real pseudo terminal.
/// Everything a test starts ends with the object that started it.
namespace itest {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Arguments = std::vector<std::string>;

/// Long enough for a loaded machine with sanitizers; a condition that holds ends the wait at once.
inline constexpr milliseconds patience{15'000};

#ifdef __SANITIZE_ADDRESS__
inline constexpr bool is_sanitized = true;  // memory that was given back is kept, to find who still uses it
#else
inline constexpr bool is_sanitized = false;
#endif

/// Asks again and again until the condition holds; false when it does not in time.
bool wait_until(const std::function<bool()>& condition, milliseconds deadline = patience);

std::size_t count_of(std::string_view text, std::string_view part);
bool contains(std::string_view text, std::string_view part);
std::vector<std::string> lines_of(std::string_view text);
std::vector<std::string> split(std::string_view text, char separator);
std::string read_file(const std::filesystem::path& path);

class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::filesystem::path& path() const noexcept { return path_; }
  std::string file(std::string_view name) const { return (path_ / name).string(); }
  /// Only this user can read the file. Returns its path.
  std::string write(std::string_view name, std::string_view content) const;

 private:
  std::filesystem::path path_;
};

/// Environment variables for the processes that are started while it lives.
class Environment {
 public:
  explicit Environment(const std::map<std::string, std::string>& variables);
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  std::map<std::string, std::optional<std::string>> before_;
};

/// A child with its standard output and error captured, killed by the destructor.
class Process {
 public:
  enum class Input : std::uint8_t { null, pipe, file };
  struct Options {
    std::string directory;  // working directory; empty: the test's own
    Input input = Input::null;
    std::string input_file;
    Arguments environment = {};  // NAME=value, beside what the test has
  };

  explicit Process(const Arguments& command) : Process(command, Options{}) {}
  Process(const Arguments& command, const Options& options);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  std::string out() const;
  std::string err() const;
  void forget_output();
  bool wait_for_out(const std::function<bool(const std::string&)>& good, milliseconds deadline = patience) const;
  /// Waits until standard error holds `text` at least `times` times.
  bool wait_for_err(std::string_view text, std::size_t times = 1, milliseconds deadline = patience) const;

  void write(std::string_view bytes) const;
  void close_input();
  void signal(int number) const;
  bool running() { return !wait_exit(milliseconds{0}); }
  /// The exit code, or minus the signal that ended it; nullopt when it still runs. All output is there then.
  std::optional<int> wait_exit(milliseconds deadline = patience);
  pid_t pid() const noexcept { return pid_; }
  /// User and system time so far.
  milliseconds cpu_time() const;
  /// Resident memory in kilobytes.
  std::size_t memory() const;

 private:
  void collect();
  bool wait_for(const std::function<bool()>& good, milliseconds deadline) const;

  pid_t pid_ = -1;
  int input_ = -1, out_pipe_ = -1, err_pipe_ = -1;
  std::optional<int> exit_code_;
  mutable std::mutex mutex_;
  mutable std::condition_variable more_;
  std::string out_, err_;
  std::thread collector_;
};

/// Output and exit code of a program that ends by itself.
struct Outcome {
  int code;
  std::string out, err;
};
Outcome run(const Arguments& command, const Process::Options& options = {});

/// A loopback port that nobody uses, outside of the range that connections get theirs from.
std::uint16_t free_port();

/// A real mosquitto on a loopback port that stays the same over stop and start.
class Broker {
 public:
  struct Login {
    std::string user, password;
  };

  /// With a login nobody else is let in. `more` are lines of mosquitto.conf, further listeners at their end.
  explicit Broker(const std::optional<Login>& login = {}, bool start_now = true, std::string more = {});

  std::uint16_t port() const noexcept { return port_; }
  const std::optional<Login>& login() const noexcept { return login_; }
  void start();
  /// Who is let in from the next start on.
  void set_login(const Login& login);
  void signal(int number) const { process_->signal(number); }
  pid_t pid() const { return process_->pid(); }
  void kill();
  /// In order: it says goodbye to its clients.
  void stop();
  /// Everything it logged since the last start.
  std::string log() const { return process_->err(); }
  bool wait_for_log(std::string_view text, std::size_t times = 1) const {
    return process_->wait_for_err(text, times);
  }

 private:
  void configure(const std::string& access);

  TempDir dir_;
  std::uint16_t port_;
  std::optional<Login> login_;
  std::string more_;
  std::unique_ptr<Process> process_;
};

/// A TCP connection to a broker that can break in the middle of a packet. One client at a time.
class Proxy {
 public:
  explicit Proxy(const Broker& broker);
  ~Proxy();
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  std::uint16_t port() const noexcept { return port_; }
  /// Breaks the connection behind so many bytes more from the client; later ones are whole again.
  void cut_after(std::size_t bytes) { left_ = static_cast<std::int64_t>(bytes); }
  std::size_t cuts() const { return cuts_; }

 private:
  static constexpr std::int64_t whole = std::int64_t{1} << 60;

  void serve();
  void forward(int client, int broker);

  std::uint16_t broker_port_;
  std::uint16_t port_;
  int listener_ = -1;
  std::atomic<std::int64_t> left_{whole};
  std::atomic<std::size_t> cuts_{0};
  std::atomic<bool> ends_{false};
  std::thread server_;
};

struct Message {
  std::string topic, payload;
  int qos;
  bool retained;  // it was there before the subscription
};

/// A real mosquitto_sub on every topic, ready when the constructor returns.
class Subscriber {
 public:
  explicit Subscriber(const Broker& broker);

  std::vector<Message> messages() const;
  std::vector<Message> messages(const std::string& topic_prefix) const;
  bool wait_for(const std::function<bool(const std::vector<Message>&)>& good, milliseconds deadline = patience) const;
  /// Waits for a message with this in its payload.
  bool wait_for_part(const std::string& part, milliseconds deadline = patience) const;
  /// Waits for a message with this topic and payload.
  bool wait_for_text(const std::string& topic, const std::string& payload, milliseconds deadline = patience) const;
  /// Waits until it has subscribed `times` times: again after the broker came back.
  bool wait_subscribed(std::size_t times, milliseconds deadline = patience) const;
  /// What came so far: a long run would look through ever more of it.
  void forget() { process_->forget_output(); }

 private:
  std::unique_ptr<Process> process_;
};

/// The meter's end of a real pseudo terminal; the daemon's end has a name that survives unplugging.
class Pty {
 public:
  explicit Pty(std::string link, bool plugged = true);
  ~Pty();
  Pty(const Pty&) = delete;
  Pty& operator=(const Pty&) = delete;

  const std::string& name() const noexcept { return link_; }
  std::string device() const;
  void plug();
  void unplug();
  /// As fast as the reader takes it; false when it does not in time.
  bool write(std::string_view bytes, milliseconds deadline = patience) const;
  /// As a meter sends with 115200 baud.
  bool write_at_pace(std::string_view bytes) const;
  /// The rate that the daemon has set: B9600 …
  speed_t speed() const;

 private:
  std::string link_;
  int master_ = -1;
};

/// A server of telegrams as ser2net is one, with one client at a time.
class TcpServer {
 public:
  TcpServer();
  ~TcpServer();
  TcpServer(const TcpServer&) = delete;
  TcpServer& operator=(const TcpServer&) = delete;

  std::uint16_t port() const noexcept { return port_; }
  void listen();
  bool accept(milliseconds deadline = patience);
  void send(std::string_view bytes) const;
  void hang_up();
  void close();

 private:
  std::uint16_t port_;
  int listener_ = -1, client_ = -1;
};

// ---- telegrams

/// A telegram around these lines, with CR LF and a good CRC.
std::string telegram(const std::vector<std::string>& lines);
/// The telegram number `number` of a sequence: 1-0:1.8.0 holds it, further lines follow.
std::string numbered(unsigned number, const std::vector<std::string>& more = {});
/// The part of its event's payload that has the number.
std::string value_of(unsigned number);
/// As `numbered`, with `readings` readings in all, 1 … 26.
std::string numbered_with(unsigned number, std::size_t readings);
struct NamedText {
  std::string name, text;
};
/// The files `*.txt` of a folder, by name; none when it does not exist.
std::vector<NamedText> captures(const std::filesystem::path& folder);

// ---- the daemon

using ConfigText = std::map<std::string, std::map<std::string, std::string>>;

inline const std::string base_guid = "FF:FF:FF:FF:FF:FF:FF:FE:02:00:5E:10:20:30:00:00";
inline const std::string status_topic = "vscp-p1d/" + base_guid + "/status";
inline const std::string meter_topic = "vscp-p1d/" + base_guid + "/meter";

/// GUID as above and, with a broker, its address and login.
ConfigText config_for(const Broker* broker = nullptr);
std::string to_text(const ConfigText& config);
/// Writes config.ini into `dir` and starts the daemon there.
std::unique_ptr<Process> start_daemon(const TempDir& dir, const ConfigText& config, const Arguments& arguments,
                                      Process::Input input = Process::Input::null, const Arguments& environment = {});
inline const std::string in_effect = "the new configuration is in effect";
/// Writes another config.ini, and has the running daemon take it over; false when it does not.
bool take_over(const TempDir& dir, const ConfigText& config, const Process& daemon);
/// Runs the daemon to its end in `dir`.
Outcome run_daemon(const TempDir& dir, const Arguments& arguments, const std::string& input_file = {});
/// Writes config.ini and the capture, and reads it with --dry-run.
Outcome dry_run(const ConfigText& config, std::string_view capture, const Arguments& more = {});

}  // namespace itest
