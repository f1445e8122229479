#pragma once

#include "protocol/commands/command.h"

namespace tutti {

// Names the client, as CLIENT SETNAME and HELLO do. False after an error reply.
bool take_client_name(CommandCall& call, ByteView name);

}  // namespace tutti
