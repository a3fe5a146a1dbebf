#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "vscp_p1/outbox.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace vscp_p1::io {

/// Messages in a SQLite database, so that they outlive an outage of the broker. Each change is one commit that is on
/// the disk when the function returns. A damaged database is renamed to `….damaged` and a new one begun.
class Spool final : public MessageStore {
 public:
  struct Limits {
    std::size_t size = 500'000'000;         // bytes of the files
    std::chrono::seconds age{30 * 86'400};  // of a message, while the program runs: host clocks may be wrong
  };
  struct Handlers {
    std::function<void(const std::string& fault)> unavailable;  // said again only after it was available
    std::function<void()> available;                            // after it was not
    std::function<void(const std::string& fault)> damaged;
    std::function<void(std::size_t messages)> dropped;  // the oldest, because of the limits
    std::function<void(bool begins)> storing;           // messages are being written, which may take its time
    std::function<void(std::size_t messages)> spoiled;  // the disk gives other bytes back than were written
  };

  /// Messages of an earlier run are there at once. No file is made before there is something to keep.
  Spool(std::string path, Limits limits, Handlers handlers);
  ~Spool() override;
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  void set_limits(const Limits& limits) noexcept { limits_ = limits; }
  bool append(std::span<const Message* const> messages) override;
  std::vector<Message> load(std::int64_t after, std::size_t count) override;
  bool remove(std::span<const std::int64_t> numbers) override;
  std::size_t size() const noexcept override { return size_; }
  std::int64_t last_number() override;
  bool has_failed() const noexcept override { return failed_ != Use::none; }
  /// With all that is in them; false: the disk refuses it.
  bool delete_files();

 private:
  struct Close {
    void operator()(sqlite3* database) const noexcept;
    void operator()(sqlite3_stmt* statement) const noexcept;
  };
  using Database = std::unique_ptr<sqlite3, Close>;
  using Statement = std::unique_ptr<sqlite3_stmt, Close>;

  enum class Use : std::uint8_t { none, reading, writing };

  bool insert(std::span<const Message* const> messages);
  bool erase(std::span<const std::int64_t> numbers);
  template <class Task>
  bool guarded(Use use, Task task);
  bool exists() const noexcept;
  void open();
  void prepare_tables();
  void begin_anew();
  void report(Use use, const std::string& fault);
  void execute(const char* sql);
  Statement prepare(const char* sql);
  bool step(sqlite3_stmt* statement);
  std::int64_t number(const char* sql);
  std::size_t used_bytes();
  std::size_t log_bytes() const noexcept;
  std::int64_t clock() const;
  std::size_t drop_old(std::size_t rows, std::size_t bytes_to_come);
  std::size_t drop_oldest(std::size_t count);

  std::string path_;
  Limits limits_;
  Handlers handlers_;
  Database database_;
  std::size_t size_ = 0;
  std::int64_t last_number_ = 0;
  Use failed_ = Use::none;
  // Ages are measured by a clock of the spool's own: it goes on where the newest message was added.
  std::int64_t clock_at_start_ = 0;  // seconds
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace vscp_p1::io
