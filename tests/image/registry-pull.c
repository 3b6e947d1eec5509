// SPDX-License-Identifier: Apache-2.0
/* registry_pull() by itself, for tests that break connections: prints what it did, one fact a line. */
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <sys/stat.h>

#include "image/registry/registry.h"

static bool want(void *ctx, struct str digest, uint64_t size)
{
    (void)size;
    return !str_is(digest, ctx ? *(const char **)ctx : "");
}

static void progress(void *ctx, struct str what, uint64_t done, uint64_t total)
{
    (void)ctx, (void)what;
    if (done > total && total)
        printf("progress past its end\n");
}

int main(int argc, char **argv)
{
    static const struct option OPTIONS[] = {{"stall", 1, NULL, 's'}, {"auth", 1, NULL, 'a'}, {"ca", 1, NULL, 'c'},
                                            {"platform", 1, NULL, 'p'}, {"all", 0, NULL, 'A'}, {"skip", 1, NULL, 'k'},
                                            {"layer-max", 1, NULL, 'l'}, {}};
    const char *skip = "";
    struct pull_options o = {.progress = progress};
    for (int c; (c = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1;) {
        switch (c) {
        case 's':
            o.stall_seconds = (unsigned)atoi(optarg);
            break;
        case 'a':
            o.auth_file = optarg;
            break;
        case 'c':
            o.ca_file = optarg;
            break;
        case 'p':
            o.platform = optarg;
            break;
        case 'A':
            o.all_platforms = true;
            break;
        case 'k':
            skip = optarg;
            o.want_layer = want;
            o.ctx = &skip;
            break;
        case 'l':
            o.limits.layer_bytes = strtoull(optarg, NULL, 10);
            break;
        default:
            return 2;
        }
    }
    struct error err = ERROR_NULL;
    struct arena a = {};
    struct reference ref;
    struct pull pull = {};
    if (optind + 2 != argc || (mkdir(argv[optind + 1], 0700) < 0 && access(argv[optind + 1], W_OK) < 0))
        return 2;
    int dir = open(argv[optind + 1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int r = reference_parse(str_from(argv[optind]), &a, &ref, &err);
    if (!r)
        r = registry_pull(&ref, &o, dir, &pull, &err);
    if (r < 0)
        printf("error %d %s\n", -r, err.text);
    if (r < 0 && !err.code)
        printf("an error without words\n");
    printf("may-go-on %d\nfetched %llu\nkept %llu\n", pull_may_go_on(&pull, r), (unsigned long long)pull.bytes_fetched,
           (unsigned long long)pull.bytes_kept);
    vec_each(i, &pull.images) printf("image %.*s %.*s\n", STR_ARG(i->digest), STR_ARG(i->platform));
    vec_each(t, &pull.troubles) printf("trouble %.*s\n", STR_ARG(t->text));
    pull_done(&pull);
    arena_done(&a);
    (void)close(dir);
    return r < 0;
}
