#pragma once

#include "protocol/commands/command.h"

// Every command's function: it writes one reply into call.out, or sets call.deferred. Before it runs, execute() has
// checked the number of arguments, the size of the keys, and that the client may run the command.
namespace tutti::commands {

using Command = void(CommandCall&);

// connection_commands.cc, client_commands.cc
Command ping, echo, hello, auth, quit, select, reset;
Command client;
// server_commands.cc, config_commands.cc, info_commands.cc, command_commands.cc
Command dbsize, flushall, flushdb, time;
Command config;
Command info;
Command command;
// string_commands.cc, counter_commands.cc
Command get, set, getset, getdel, setex, psetex, mget, mset, strlen, append;
Command incr, decr, incrby, decrby;
// key_commands.cc, expiry_commands.cc, scan_commands.cc
Command del, unlink, exists, type;
Command expire, pexpire, expireat, pexpireat, ttl, pttl, expiretime, pexpiretime, persist, getex;
Command scan, keys, hscan, sscan;
// hash_commands.cc, set_commands.cc
Command hset, hmset, hget, hmget, hgetall, hkeys, hvals, hdel, hlen, hexists, hincrby;
Command sadd, srem, smembers, sismember, smismember, scard;
// tutti_commands.cc
Command tutti_members, tutti_clock, tutti_fingerprint, tutti_verify, tutti_invite, tutti_status,
    tutti_transfer;

}  // namespace tutti::commands
