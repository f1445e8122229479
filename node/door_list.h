#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "node/doors/door.h"
#include "node/setup/config.h"

namespace tutti {

// Where one door listens.
struct DoorAddress {
  std::string_view setting;  // of tutti.toml
  Address address;
};
// Of all doors, in the order of their list. kUsage: a name cannot be resolved.
Outcome<std::vector<DoorAddress>> resolve_doors(const Config& config);

// All doors of a node. They say in INFO what they have to say, as the replica's last part. Loop thread only.
class DoorList final : public Part {
 public:
  DoorList(uv_loop_t* loop, LoopTurn& turn, Replica& replica, std::string password, size_t clients_max);
  DoorList(const DoorList&) = delete;
  DoorList& operator=(const DoorList&) = delete;
  ~DoorList() override;

  // `addresses`: of resolve_doors(). kUnreachable: a port is in use, or may not be bound.
  Outcome<> listen(const std::vector<DoorAddress>& addresses);

  // Calls each door, in order: each(&Door::fetched, token).
  template <class... Parameters, class... Arguments>
  void each(void (Door::*call)(Parameters...), const Arguments&... arguments) {
    for (const auto& door : doors_) (door.get()->*call)(arguments...);
  }

  void metrics(const MetricSink& sink) const override;

 private:
  DoorContext context_;
  std::vector<std::unique_ptr<Door>> doors_;
};

}  // namespace tutti
