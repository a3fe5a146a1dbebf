#include "harness.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "vscp_p1/crc16.hpp"

namespace itest {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const std::string& what) { throw std::system_error(errno, std::generic_category(), what); }

void close_fd(int& fd) {
  if (fd >= 0) ::close(std::exchange(fd, -1));
}

std::array<int, 2> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail("pipe");
  return ends;
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// -1 when the port is taken.
int bound_socket(std::uint16_t port) {
  int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) fail("socket");
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const auto address = loopback(port);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) close_fd(fd);
  return fd;
}

bool writable(int fd, Clock::time_point end) {
  const auto left = std::chrono::duration_cast<milliseconds>(end - Clock::now());
  pollfd poll_fd{fd, POLLOUT, 0};
  return left.count() > 0 && ::poll(&poll_fd, 1, static_cast<int>(left.count())) == 1;
}

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

// A line "retained qos payload topic" of the subscriber.
std::optional<Message> parse_message(const std::string& line) {
  const auto payload = line.find(' ', 2) + 1;
  const auto topic = line.find(' ', payload) + 1;
  if (payload == 0 || topic == 0) return std::nullopt;
  return Message{line.substr(topic), from_hex(line.substr(payload, topic - 1 - payload)), line[2] - '0',
                 line[0] == '1'};
}

bool is_system(const std::string& topic) { return topic.starts_with("$SYS"); }

}  // namespace

bool wait_until(const std::function<bool()>& condition, milliseconds deadline) {
  const auto end = Clock::now() + deadline;
  while (!condition()) {
    if (Clock::now() >= end) return false;
    std::this_thread::sleep_for(milliseconds{5});
  }
  return true;
}

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find(separator, begin), text.size());
    parts.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

std::vector<std::string> lines_of(std::string_view text) {
  auto lines = split(text, '\n');
  if (lines.back().empty()) lines.pop_back();
  return lines;
}

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

// ---- Environment

Environment::Environment(const std::map<std::string, std::string>& variables) {
  for (const auto& [name, value] : variables) {
    const char* before = ::getenv(name.c_str());
    before_[name] = before == nullptr ? std::nullopt : std::optional<std::string>(before);
    ::setenv(name.c_str(), value.c_str(), 1);
  }
}

Environment::~Environment() {
  for (const auto& [name, value] : before_) {
    value ? ::setenv(name.c_str(), value->c_str(), 1) : ::unsetenv(name.c_str());
  }
}

// ---- TempDir

TempDir::TempDir() {
  std::string name = (fs::temp_directory_path() / "vscp-p1d-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) fail("mkdtemp");
  path_ = name;
}

TempDir::~TempDir() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string TempDir::write(std::string_view name, std::string_view content) const {
  std::ofstream(path_ / name, std::ios::binary) << content;
  fs::permissions(path_ / name, fs::perms::owner_read | fs::perms::owner_write);
  return file(name);
}

// ---- Process

Process::Process(const Arguments& command, const Options& options) {
  auto out = make_pipe();
  auto err = make_pipe();
  auto in = make_pipe();
  if (options.input != Input::pipe) {
    close_fd(in[0]);
    close_fd(in[1]);
    const auto* file = options.input == Input::null ? "/dev/null" : options.input_file.c_str();
    in[0] = ::open(file, O_RDONLY | O_CLOEXEC);
    if (in[0] < 0) fail(file);
  }
  std::vector<char*> argv;
  for (const auto& argument : command) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  pid_ = ::fork();
  if (pid_ < 0) fail("fork");
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that crashes leaves nothing behind
    ::dup2(in[0], STDIN_FILENO);
    ::dup2(out[1], STDOUT_FILENO);
    ::dup2(err[1], STDERR_FILENO);
    if (!options.directory.empty() && ::chdir(options.directory.c_str()) != 0) ::_exit(126);
    for (const auto& variable : options.environment) ::putenv(const_cast<char*>(variable.c_str()));
    ::execvp(argv[0], argv.data());
    ::_exit(127);
  }
  for (int* fd : {in.data(), &out[1], &err[1]}) close_fd(*fd);
  input_ = in[1];
  out_pipe_ = out[0];
  err_pipe_ = err[0];
  collector_ = std::thread([this] { collect(); });
}

Process::~Process() {
  if (!exit_code_) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  collector_.join();
  for (int* fd : {&input_, &out_pipe_, &err_pipe_}) close_fd(*fd);
}

void Process::collect() {
  std::array<pollfd, 2> pipes = {{{out_pipe_, POLLIN, 0}, {err_pipe_, POLLIN, 0}}};
  std::array<char, 65536> buffer;
  while (pipes[0].fd >= 0 || pipes[1].fd >= 0) {
    if (::poll(pipes.data(), pipes.size(), -1) < 0) continue;
    for (auto& pipe : pipes) {
      if (pipe.fd < 0 || pipe.revents == 0) continue;
      const auto size = ::read(pipe.fd, buffer.data(), buffer.size());
      if (size <= 0) {
        pipe.fd = -1;
        continue;
      }
      const std::lock_guard lock(mutex_);
      (&pipe == pipes.data() ? out_ : err_).append(buffer.data(), static_cast<std::size_t>(size));
      more_.notify_all();
    }
  }
}

std::string Process::out() const {
  const std::lock_guard lock(mutex_);
  return out_;
}

std::string Process::err() const {
  const std::lock_guard lock(mutex_);
  return err_;
}

void Process::forget_output() {
  const std::lock_guard lock(mutex_);
  out_.clear();
  err_.clear();
}

bool Process::wait_for(const std::function<bool()>& good, milliseconds deadline) const {
  std::unique_lock lock(mutex_);
  return more_.wait_for(lock, deadline, good);
}

bool Process::wait_for_out(const std::function<bool(const std::string&)>& good, milliseconds deadline) const {
  return wait_for([&] { return good(out_); }, deadline);
}

bool Process::wait_for_err(std::string_view text, std::size_t times, milliseconds deadline) const {
  return wait_for([&] { return count_of(err_, text) >= times; }, deadline);
}

void Process::write(std::string_view bytes) const {
  while (!bytes.empty()) {
    const auto size = ::write(input_, bytes.data(), bytes.size());
    if (size < 0) fail("write to a process");
    bytes.remove_prefix(static_cast<std::size_t>(size));
  }
}

void Process::close_input() { close_fd(input_); }

void Process::signal(int number) const {
  if (!exit_code_) ::kill(pid_, number);
}

std::optional<int> Process::wait_exit(milliseconds deadline) {
  int status = 0;
  if (exit_code_) return exit_code_;
  if (!wait_until([&] { return ::waitpid(pid_, &status, WNOHANG) == pid_; }, deadline)) return std::nullopt;
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  collector_.join();
  collector_ = std::thread([] {});
  return exit_code_;
}

std::size_t Process::memory() const {
  const auto status = read_file("/proc/" + std::to_string(pid_) + "/status");
  const auto at = status.find("VmRSS:");
  return at == std::string::npos ? 0 : std::stoul(status.substr(at + 6));
}

milliseconds Process::cpu_time() const {
  const auto stat = read_file("/proc/" + std::to_string(pid_) + "/stat");
  const auto fields = split(stat.substr(std::min(stat.rfind(')') + 2, stat.size())), ' ');
  if (fields.size() < 13) return milliseconds{0};
  return milliseconds{(std::stol(fields[11]) + std::stol(fields[12])) * 1000 / ::sysconf(_SC_CLK_TCK)};
}

Outcome run(const Arguments& command, const Process::Options& options) {
  Process process(command, options);
  const auto code = process.wait_exit(seconds{60});
  return {code.value_or(-1000), process.out(), process.err()};
}

// ---- Broker

std::uint16_t free_port() {
  static std::atomic<unsigned> next{static_cast<unsigned>(::getpid()) * 37};
  while (true) {
    const auto port = static_cast<std::uint16_t>(10'000 + next++ % 20'000);
    int fd = bound_socket(port);
    if (fd < 0) continue;
    close_fd(fd);
    return port;
  }
}

Broker::Broker(const std::optional<Login>& login, bool start_now, std::string more)
    : port_(free_port()), login_(login), more_(std::move(more)) {
  if (login_) {
    set_login(*login_);
  } else {
    configure("allow_anonymous true\n");
  }
  if (start_now) start();
}

void Broker::set_login(const Login& login) {
  login_ = login;
  const auto passwords = dir_.write("passwords", "");
  const auto made = run({"mosquitto_passwd", "-b", passwords, login.user, login.password});
  if (made.code != 0) throw std::runtime_error("mosquitto_passwd: " + made.err);
  configure("password_file " + passwords + "\nallow_anonymous false\n");
}

void Broker::configure(const std::string& access) {
  std::string config = "user root\npersistence false\nlog_dest stderr\nlog_type all\n";
  // A test wants every message, however far behind its subscriber is.
  config += "max_queued_messages 0\nmax_inflight_messages 0\n";
  config += "listener " + std::to_string(port_) + " 127.0.0.1\n" + access + more_;
  dir_.write("mosquitto.conf", config);
}

void Broker::start() {
  const auto end = Clock::now() + patience;
  do {
    process_ = std::make_unique<Process>(Arguments{"mosquitto", "-c", dir_.file("mosquitto.conf")});
    if (wait_until([this] { return contains(log(), " running") || !process_->running(); }) && process_->running())
      return;
  } while (Clock::now() < end);
  throw std::runtime_error("mosquitto does not start: " + log());
}

void Broker::kill() {
  process_->signal(SIGKILL);
  process_->wait_exit();
}

void Broker::stop() {
  process_->signal(SIGTERM);
  process_->wait_exit();
}

// ---- Proxy

Proxy::Proxy(const Broker& broker) : broker_port_(broker.port()), port_(free_port()) {
  listener_ = bound_socket(port_);
  if (listener_ < 0 || ::listen(listener_, 4) != 0) fail("listen");
  server_ = std::thread([this] { serve(); });
}

Proxy::~Proxy() {
  ends_ = true;
  server_.join();
  close_fd(listener_);
}

void Proxy::serve() {
  while (!ends_) {
    pollfd waiting{listener_, POLLIN, 0};
    if (::poll(&waiting, 1, 20) != 1) continue;
    int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    int broker = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto address = loopback(broker_port_);
    if (::connect(broker, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) forward(client, broker);
    close_fd(client);
    close_fd(broker);
  }
}

void Proxy::forward(int client, int broker) {
  std::array<char, 4096> buffer{};
  while (!ends_) {
    std::array<pollfd, 2> ends{{{client, POLLIN, 0}, {broker, POLLIN, 0}}};
    if (::poll(ends.data(), ends.size(), 20) < 1) continue;
    for (const auto& end : ends) {
      if (end.revents == 0) continue;
      const bool to_broker = end.fd == client;
      const auto size = ::read(end.fd, buffer.data(), buffer.size());
      if (size <= 0) return;
      const auto allowed = to_broker ? std::min<std::int64_t>(size, left_) : size;
      if (::send(to_broker ? broker : client, buffer.data(), static_cast<std::size_t>(allowed), MSG_NOSIGNAL) !=
          allowed)
        return;
      if (to_broker && (left_ -= size) < 0) {
        left_ = whole;
        cuts_ = cuts_ + 1;
        return;
      }
    }
  }
}

// ---- Subscriber

Subscriber::Subscriber(const Broker& broker) {
  Arguments command = {"mosquitto_sub", "-h", "127.0.0.1", "-p", std::to_string(broker.port()), "-q", "2", "-F",
                       "%r %q %x %t",   "-t", "#",         "-t", "$SYS/broker/version"};
  if (broker.login()) {
    command.insert(command.end(), {"-u", broker.login()->user, "-P", broker.login()->password});
  }
  process_ = std::make_unique<Process>(command);
  if (!wait_subscribed(1)) throw std::runtime_error("mosquitto_sub does not subscribe: " + process_->err());
}

std::vector<Message> Subscriber::messages() const { return messages(""); }

std::vector<Message> Subscriber::messages(const std::string& topic_prefix) const {
  std::vector<Message> result;
  const auto out = process_->out();
  for (const auto& line : lines_of(std::string_view(out).substr(0, out.rfind('\n') + 1))) {
    const auto message = parse_message(line);
    if (message && !is_system(message->topic) && message->topic.starts_with(topic_prefix)) result.push_back(*message);
  }
  return result;
}

bool Subscriber::wait_for(const std::function<bool(const std::vector<Message>&)>& good, milliseconds deadline) const {
  return wait_until([&] { return good(messages()); }, deadline);
}

bool Subscriber::wait_for_part(const std::string& part, milliseconds deadline) const {
  return wait_for(
      [&](const std::vector<Message>& all) {
        return std::any_of(all.begin(), all.end(), [&](const Message& m) { return contains(m.payload, part); });
      },
      deadline);
}

bool Subscriber::wait_for_text(const std::string& topic, const std::string& payload, milliseconds deadline) const {
  return wait_for(
      [&](const std::vector<Message>& all) {
        return std::any_of(all.begin(), all.end(),
                           [&](const Message& m) { return m.topic == topic && m.payload == payload; });
      },
      deadline);
}

bool Subscriber::wait_subscribed(std::size_t times, milliseconds deadline) const {
  return process_->wait_for_out([&](const std::string& out) { return count_of(out, "$SYS/broker/version") >= times; },
                                deadline);
}

// ---- Pty

Pty::Pty(std::string link, bool plugged) : link_(std::move(link)) {
  if (plugged) plug();
}

Pty::~Pty() { unplug(); }

std::string Pty::device() const { return fs::read_symlink(link_).string(); }

void Pty::plug() {
  master_ = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (master_ < 0 || ::grantpt(master_) != 0 || ::unlockpt(master_) != 0) fail("pseudo terminal");
  termios settings{};
  ::tcgetattr(master_, &settings);
  ::cfmakeraw(&settings);
  ::tcsetattr(master_, TCSANOW, &settings);
  std::array<char, 64> name{};
  if (::ptsname_r(master_, name.data(), name.size()) != 0) fail("ptsname");
  fs::create_symlink(name.data(), link_);
}

void Pty::unplug() {
  close_fd(master_);
  std::error_code ignored;
  fs::remove(link_, ignored);
}

bool Pty::write(std::string_view bytes, milliseconds deadline) const {
  const auto end = Clock::now() + deadline;
  while (!bytes.empty()) {
    if (!writable(master_, end)) return false;
    const auto size = ::write(master_, bytes.data(), std::min<std::size_t>(bytes.size(), 512));
    if (size < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(size));
  }
  return true;
}

bool Pty::write_at_pace(std::string_view bytes) const {
  constexpr std::size_t chunk = 115;  // 10 ms at 115200 baud
  auto next = Clock::now();
  for (; !bytes.empty(); bytes.remove_prefix(std::min(chunk, bytes.size()))) {
    if (!write(bytes.substr(0, chunk))) return false;
    std::this_thread::sleep_until(next += milliseconds{10});
  }
  return true;
}

speed_t Pty::speed() const {
  termios settings{};
  ::tcgetattr(master_, &settings);
  return ::cfgetispeed(&settings);
}

// ---- TcpServer

TcpServer::TcpServer() : port_(free_port()) {}

TcpServer::~TcpServer() { close(); }

void TcpServer::listen() {
  listener_ = bound_socket(port_);
  if (listener_ < 0 || ::listen(listener_, 1) != 0) fail("listen");
}

bool TcpServer::accept(milliseconds deadline) {
  close_fd(client_);
  pollfd poll_fd{listener_, POLLIN, 0};
  if (::poll(&poll_fd, 1, static_cast<int>(deadline.count())) != 1) return false;
  client_ = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  return client_ >= 0;
}

void TcpServer::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const auto size = ::send(client_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (size < 0) fail("send");
    bytes.remove_prefix(static_cast<std::size_t>(size));
  }
}

void TcpServer::hang_up() { close_fd(client_); }

void TcpServer::close() {
  close_fd(client_);
  close_fd(listener_);
}

// ---- telegrams

std::string telegram(const std::vector<std::string>& lines) {
  std::string text = "/TST5 integration\r\n\r\n";
  for (const auto& line : lines) text += line + "\r\n";
  text += "!";
  std::array<char, 8> crc{};
  std::snprintf(crc.data(), crc.size(), "%04X\r\n", vscp_p1::crc16_arc(text));
  return text + crc.data();
}

std::string numbered(unsigned number, const std::vector<std::string>& more) {
  std::array<char, 48> line{};
  std::snprintf(line.data(), line.size(), "1-0:1.8.0(%08u.000*kWh)", number);
  std::vector<std::string> lines = {line.data()};
  lines.insert(lines.end(), more.begin(), more.end());
  return telegram(lines);
}

std::string value_of(unsigned number) { return "\"value\":" + std::to_string(number) + ".000"; }

std::string numbered_with(unsigned number, std::size_t readings) {
  static const std::vector<std::string> further = {
      "1-0:2.8.0(000002.000*kWh)", "1-0:3.8.0(000003.000*kvarh)", "1-0:4.8.0(000004.000*kvarh)",
      "1-0:1.7.0(00.005*kW)",      "1-0:2.7.0(00.006*kW)",        "1-0:3.7.0(00.007*kvar)",
      "1-0:4.7.0(00.008*kvar)",    "1-0:21.7.0(00.009*kW)",       "1-0:22.7.0(00.010*kW)",
      "1-0:41.7.0(00.011*kW)",     "1-0:42.7.0(00.012*kW)",       "1-0:61.7.0(00.013*kW)",
      "1-0:62.7.0(00.014*kW)",     "1-0:23.7.0(00.015*kvar)",     "1-0:24.7.0(00.016*kvar)",
      "1-0:43.7.0(00.017*kvar)",   "1-0:44.7.0(00.018*kvar)",     "1-0:63.7.0(00.019*kvar)",
      "1-0:64.7.0(00.020*kvar)",   "1-0:32.7.0(221.0*V)",         "1-0:52.7.0(222.0*V)",
      "1-0:72.7.0(223.0*V)",       "1-0:31.7.0(024.0*A)",         "1-0:51.7.0(025.0*A)",
      "1-0:71.7.0(026.0*A)"};
  return numbered(number, {further.begin(), further.begin() + static_cast<std::ptrdiff_t>(readings) - 1});
}

std::vector<NamedText> captures(const fs::path& folder) {
  std::vector<NamedText> result;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const bool is_key = entry.path().string().ends_with(".key.txt");
    if (entry.path().extension() == ".txt" && !is_key) {
      result.push_back({entry.path().filename().string(), read_file(entry.path())});
    }
  }
  std::sort(result.begin(), result.end(), [](const auto& x, const auto& y) { return x.name < y.name; });
  return result;
}

// ---- the daemon

ConfigText config_for(const Broker* broker) {
  ConfigText config;
  config["VSCP"]["guid"] = base_guid;
  if (broker == nullptr) return config;
  config["MQTT"]["host"] = "127.0.0.1";
  config["MQTT"]["port"] = std::to_string(broker->port());
  if (broker->login()) {
    config["MQTT"]["user"] = broker->login()->user;
    config["MQTT"]["password"] = broker->login()->password;
  }
  return config;
}

std::string to_text(const ConfigText& config) {
  std::string text;
  for (const auto& [section, keys] : config) {
    text += "[" + section + "]\n";
    for (const auto& [key, value] : keys) text.append(key).append(" = ").append(value).append("\n");
  }
  return text;
}

std::unique_ptr<Process> start_daemon(const TempDir& dir, const ConfigText& config, const Arguments& arguments,
                                      Process::Input input, const Arguments& environment) {
  dir.write("config.ini", to_text(config));
  Arguments command = {VSCP_P1D};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return std::make_unique<Process>(command, Process::Options{dir.path().string(), input, {}, environment});
}

bool take_over(const TempDir& dir, const ConfigText& config, const Process& daemon) {
  const auto before = count_of(daemon.err(), in_effect);
  dir.write("config.ini", to_text(config));
  daemon.signal(SIGHUP);
  return daemon.wait_for_err(in_effect, before + 1);
}

Outcome run_daemon(const TempDir& dir, const Arguments& arguments, const std::string& input_file) {
  Arguments command = {VSCP_P1D};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return run(command,
             {dir.path().string(), input_file.empty() ? Process::Input::null : Process::Input::file, input_file, {}});
}

Outcome dry_run(const ConfigText& config, std::string_view capture, const Arguments& more) {
  const TempDir dir;
  dir.write("config.ini", to_text(config));
  Arguments arguments = {"--dry-run", "--source", "file:" + dir.write("capture.txt", capture)};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_daemon(dir, arguments);
}

}  // namespace itest
