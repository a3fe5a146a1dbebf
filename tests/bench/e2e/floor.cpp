// The least that Paho C++ takes: an async_client that publishes messages from memory. bench_e2e runs and measures it.

#include <mqtt/async_client.h>

#include <chrono>
#include <cstddef>
#include <deque>
#include <fstream>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

namespace {

struct Text {
  std::string topic, payload;
};

// Lines "topic payload".
std::vector<Text> read_messages(const std::string& path) {
  std::ifstream file(path);
  std::vector<Text> messages;
  for (std::string line; std::getline(file, line);) {
    const auto blank = line.find(' ');
    messages.push_back({line.substr(0, blank), line.substr(blank + 1)});
  }
  return messages;
}

// So many telegrams may be under way: with fewer the client waits, with more Paho's lists grow long.
constexpr std::size_t most_telegrams = 4;
constexpr int paho_limit = 1000;

void publish(mqtt::async_client& client, const std::vector<Text>& messages, int qos, std::size_t telegrams,
             std::chrono::microseconds pace) {
  std::deque<mqtt::delivery_token_ptr> last_ones;
  auto next = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < telegrams; ++i) {
    if (pace.count() > 0) std::this_thread::sleep_until(next += pace);
    mqtt::delivery_token_ptr token;
    for (const auto& message : messages) token = client.publish(message.topic, message.payload, qos, false);
    last_ones.push_back(token);
    if (last_ones.size() < most_telegrams) continue;
    last_ones.front()->wait();
    last_ones.pop_front();
  }
  for (const auto& token : last_ones) token->wait();
}

}  // namespace

// PORT MESSAGES QOS TELEGRAMS MICROSECONDS_FROM_ONE_TO_THE_NEXT. Begins when a line comes, and ends with the input.
int main(int argc, char** argv) {
  if (argc != 6) return 64;
  const auto messages = read_messages(argv[2]);
  mqtt::async_client client(std::string("tcp://127.0.0.1:") + argv[1], "floor",
                            mqtt::create_options(MQTTVERSION_3_1_1, paho_limit));
  client.connect()->wait();
  std::cout << "ready" << std::endl;
  std::string line;
  std::getline(std::cin, line);
  publish(client, messages, std::stoi(argv[3]), std::stoul(argv[4]), std::chrono::microseconds{std::stol(argv[5])});
  std::cout << "done" << std::endl;
  std::getline(std::cin, line);
  return 0;
}
