// SPDX-License-Identifier: Apache-2.0
/*
 * The limit that davy logs is held against: simdjson parses every line of a file, and nothing else is done with it. Bytes are read into a
 * window of the size that davy logs has, so that both parse from the same cache. Prints bytes, records, CPU seconds of parsing, and of
 * parsing and reading the file.
 */
#include <cstdio>
#include <cstring>
#include <ctime>
#include <vector>

#include <simdjson.h>

static double cpu_seconds()
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

int main(int argc, char **argv)
{
    constexpr size_t WINDOW = 256 << 10;
    std::vector<char> buffer(WINDOW + simdjson::SIMDJSON_PADDING);
    std::FILE *in = argc == 2 ? std::fopen(argv[1], "r") : nullptr;
    if (!in) {
        std::fprintf(stderr, "usage: logs-limit FILE\n");
        return 2;
    }
    simdjson::dom::parser parser(4 << 20);
    size_t records = 0, bad = 0, bytes = 0, kept = 0;
    double seconds = 0;
    const double start = cpu_seconds();
    for (size_t got; (got = std::fread(buffer.data() + kept, 1, WINDOW - kept, in)) > 0;) {
        const double begin = cpu_seconds();
        const char *p = buffer.data(), *const end = p + kept + got;
        bytes += got;
        for (const char *line; (line = static_cast<const char *>(std::memchr(p, '\n', static_cast<size_t>(end - p)))); p = line + 1) {
            bad += parser.parse(p, static_cast<size_t>(line - p), false).error() != simdjson::SUCCESS;
            records++;
        }
        seconds += cpu_seconds() - begin;
        kept = static_cast<size_t>(end - p);
        std::memmove(buffer.data(), p, kept);
        if (kept == WINDOW)
            return 1;
    }
    const double all = cpu_seconds() - start;
    (void)std::fclose(in);
    std::printf("%zu %zu %.3f %.3f\n", bytes, records - bad, seconds, all);
    return bad != 0;
}
