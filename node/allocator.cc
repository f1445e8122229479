// tuttid's settings of jemalloc (its manual, "malloc_conf"): huge pages. Tables and caches of many gigabytes are read
// at random, and with pages of 4 KiB most of these reads miss the processor's TLB.
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = "thp:always,metadata_thp:auto,background_thread:true";
}
