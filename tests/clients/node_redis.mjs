// node-redis against the node on the port given, in RESP3 and RESP2.
import { createClient } from "redis";
import { done, equal, refused } from "./expect.mjs";

for (const RESP of [3, 2]) {
  const client = createClient({ url: `redis://127.0.0.1:${process.argv[2]}`, RESP });
  await client.connect();
  const own = (name) => `nr${RESP}:${name}`;

  equal(await client.ping(), "PONG", "PING");
  equal(await client.set(own("text"), "Grüße"), "OK", "SET");
  equal(await client.get(own("text")), "Grüße", "GET");
  equal(await client.get(own("none")), null, "GET of no key");

  equal(await client.hSet(own("hash"), { name: "cello", strings: 4 }), 2, "HSET");
  equal({ ...(await client.hGetAll(own("hash"))) }, { name: "cello", strings: "4" }, "HGETALL");

  equal(await client.sAdd(own("set"), ["a", "b", "a"]), 2, "SADD");
  equal([...(await client.sMembers(own("set")))].sort(), ["a", "b"], "SMEMBERS");

  equal(await client.incr(own("count")), 1, "INCR");
  equal(await client.incrBy(own("count"), 41), 42, "INCRBY");

  // One turn of the loop: node-redis sends these as one pipeline.
  const replies = await Promise.all(Array.from({ length: 2000 }, (_, i) => client.set(own(`many:${i}`), String(i))));
  equal(replies.every((reply) => reply === "OK"), true, "2000 SETs at once");
  const keys = new Set();
  for await (const page of client.scanIterator({ MATCH: own("many:*"), COUNT: 500 })) {
    for (const key of [page].flat()) keys.add(key);
  }
  equal(keys.size, 2000, "SCAN");

  equal(await client.set(own("short"), "x", { EX: 100 }), "OK", "SET EX");
  const ttl = await client.ttl(own("short"));
  equal(ttl > 95 && ttl <= 100, true, "TTL");
  equal(await client.mGet([own("text"), own("none")]), ["Grüße", null], "MGET");
  equal(await client.del([own("text"), own("none")]), 1, "DEL");
  await refused(client.hGet(own("count"), "f"), /WRONGTYPE/);

  await client.quit();
}
done("node-redis");
