// What tuttid asks of jemalloc (its manual, "malloc_conf"): huge pages, since tables and caches of many gigabytes are
// read at random, and a page of 4 KiB is then seldom one that the processor knows.
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = "thp:always,metadata_thp:auto,background_thread:true";
}
