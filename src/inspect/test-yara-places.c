// SPDX-License-Identifier: Apache-2.0
/* What the yara analyzer finds with its search for places is what libyara alone finds. */
#include <ftw.h>
#include <sys/stat.h>

#include "base/digest.h"
#include "base/strbuf.h"
#include "harness/test.h"
#include "inspect/analyzer.h"
#include "inspect/yara_places.h"

enum { CONTENTS = 400 };

/* Each rule is a way in which a match could reach beyond a place, or a condition look elsewhere. */
static const char RULES[] =
    "import \"math\"\nimport \"hash\"\nimport \"elf\"\n"
    "private rule hidden { strings: $a = \"quietword\" condition: $a }\n"
    "rule plain { strings: $a = \"alpha-one\" condition: $a }\n"
    "rule no_case { strings: $a = \"beta-Two\" nocase condition: $a }\n"
    "rule wide_or_not { strings: $a = \"gamma\" wide ascii condition: #a > 1 }\n"
    "rule wide_nocase { strings: $a = \"gamma\" wide nocase condition: $a }\n"
    "rule full_word { strings: $a = \"delta\" fullword condition: $a }\n"
    "rule fullword_wide { strings: $a = \"delta\" fullword wide condition: $a }\n"
    "rule xored { strings: $a = \"epsilon-text\" xor(1-255) condition: $a }\n"
    "rule xored_wide { strings: $a = \"epsilon-text\" xor wide condition: $a }\n"
    "rule base { strings: $a = \"zeta zeta zeta\" base64 condition: $a }\n"
    "rule base_wide { strings: $a = \"zeta zeta zeta\" base64wide condition: $a }\n"
    "rule hex { strings: $a = { 65 74 ?? 2d [1-40] 65 6e 64 21 } condition: $a }\n"
    "rule hex_far { strings: $a = { 62 65 67 69 6e 3c [0-5000] 3e 65 6e 64 } condition: $a }\n"
    "rule hex_any { strings: $a = { 62 65 67 69 6e 3c [-] 3e 65 6e 64 } condition: $a }\n"
    "rule regex { strings: $a = /th[a-e]ta[0-9]{2,2000}x/ condition: $a }\n"
    "rule regex_line { strings: $a = /^iota [a-z ]*$/ condition: $a }\n"
    "rule regex_word { strings: $a = /\\bkappa\\b.{0,3000}lambda/s nocase condition: $a }\n"
    "rule regex_back { strings: $a = /[a-z.]{1,5000}mu-mark/ condition: !a[1] > 3000 }\n"
    "rule regex_wide { strings: $a = /nu[0-9]+z/ wide condition: $a }\n"
    "rule at_start { strings: $a = \"alpha\" condition: $a at 0 }\n"
    "rule at_end { strings: $a = \"omega\" condition: $a at filesize - 5 }\n"
    "rule in_range { strings: $a = \"alpha\" condition: for any i in (1..#a): (@a[i] > 2000 and @a[i] < "
    "6000) }\n"
    "rule counted { strings: $a = \"<?\" condition: #a == 3 }\n"
    "rule dense { strings: $a = \"..\" condition: #a > 5000 }\n"
    "rule negated { strings: $a = \"alpha\" $b = \"omega\" condition: not $a and not $b and filesize > 100 "
    "}\n"
    "rule without_strings { condition: uint32be(0) == 0x7f454c46 or uint16(filesize - 2) == 0x2121 }\n"
    "rule some { strings: $a = \"alpha\" $b = \"beta\" $c = \"delta\" condition: 2 of them }\n"
    "rule each { strings: $a = \"alpha\" $b = \"omega\" condition: for all of them : ( @ > 10 ) }\n"
    "rule depends { condition: hidden and not plain }\n"
    "rule entropy { condition: math.entropy(0, filesize) > 6.5 }\n"
    "rule digest { condition: hash.md5(0, 4) == \"2c1743a391305fbf367df8e4f069f9f9\" }\n"
    "rule module { condition: elf.type == elf.ET_EXEC }\n";

static const char GUARDED[] = "global rule gate { strings: $no = \"forbidden\" condition: not $no }\n"
                              "rule behind { strings: $a = \"alpha\" condition: $a or filesize < 64 }\n";

static const char ENTRY[] =
    "rule entry { strings: $a = \"alpha\" condition: $a in (entrypoint..entrypoint+50) }\n";

/* Pieces of contents: matches, near misses, beginnings without ends. */
static const char *const WORDS[] = {
    "alpha-one", "alpha",  "BETA-two",       "beta",  "gamma",    "delta", "xdelta",    "delta9",
    "et.-",      "end!",   "begin<",         ">end",  "thata",    "x",     "iota a",    "\n",
    "kappa",     "lambda", "mu-mark",        "omega", "<?",       "!!",    "quietword", " ",
    "nu",        "z",      "zeta zeta zeta", "0123",  "forbidden"};

static uint32_t next(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

static void add_wide(struct strbuf *b, const char *s)
{
    for (; *s; s++)
        strbuf_add(b, str_n((char[]){*s, 0}, 2));
}

static void make(struct strbuf *b, uint32_t seed)
{
    uint32_t state = seed * 2654435761U;
    strbuf_clear(b);
    for (uint32_t n = next(&state) % 12; n--;) {
        const char *word = WORDS[next(&state) % ARRAY_SIZE(WORDS)];
        uint8_t key = (uint8_t)next(&state);
        switch (next(&state) % 10) {
        case 0:
            add_wide(b, word);
            break;
        case 1: /* xor */
            for (const char *c = "epsilon-text"; *c; c++)
                strbuf_addc(b, (char)(*c ^ key));
            break;
        case 2: { /* base64 at every phase */
            _cleanup_(arena_done) struct arena a = {};
            static const char text[] = "ab zeta zeta zeta yz";
            strbuf_add(b, base64_encode_unpadded(&a, text + key % 3, sizeof(text) - 1 - key % 3));
            break;
        }
        case 3:
            strbuf_pad(b, "a0.\n"[key % 4], next(&state) % 6000);
            break;
        case 4:
            for (uint32_t k = next(&state) % 3000; k--;)
                strbuf_addc(b, (char)next(&state));
            break;
        case 5:
            strbuf_pad(b, 'a', next(&state) % 5);
            strbuf_adds(b, word);
            break;
        default:
            strbuf_adds(b, word);
        }
    }
}

static int collect(YR_SCAN_CONTEXT *scan, int message, void *data, void *ctx)
{
    (void)scan;
    const YR_RULE *rule = data;
    if (message == CALLBACK_MSG_RULE_MATCHING && !RULE_IS_PRIVATE(rule))
        facts_add(ctx, F_YARA_RULES, str_from(rule->identifier));
    return CALLBACK_CONTINUE;
}

struct pair {
    struct inspector *in;
    YR_RULES *plain;
    struct facts with, without;
    unsigned matches;
};

static void begin(struct pair *p, const char *path)
{
    static const char *const only[] = {"yara", NULL};
    struct error err = ERROR_NULL;
    YR_COMPILER *compiler;
    *p = (struct pair){};
    if (inspector_new(
            &(struct inspect_options){.only = only, .yara_paths = (const char *const[]){path, NULL}}, &p->in,
            &err) < 0)
        test_fail(__FILE__, __LINE__, "%s", err.text);
    CHECK_INT(yr_compiler_create(&compiler), ERROR_SUCCESS);
    _cleanup_fclose_ FILE *f = fopen(path, "re");
    CHECK_INT(yr_compiler_add_file(compiler, f, NULL, NULL), 0);
    CHECK_INT(yr_compiler_get_rules(compiler, &p->plain), ERROR_SUCCESS);
    yr_compiler_destroy(compiler);
    facts_init(&p->with);
    facts_init(&p->without);
}

static void end(struct pair *p)
{
    facts_done(&p->with);
    facts_done(&p->without);
    yr_rules_destroy(p->plain);
    inspector_free(p->in);
}

static void compare(struct pair *p, struct str content, const char *what)
{
    facts_reset(&p->with, EVENT_FILE, 0);
    facts_reset(&p->without, EVENT_FILE, 0);
    CHECK_INT(inspector_bytes(p->in, content, &p->with), 0);
    if (content.n)
        CHECK_INT(yr_rules_scan_mem(p->plain, (const uint8_t *)content.p, content.n, SCAN_FLAGS_NO_TRYCATCH,
                                    collect, &p->without, 0),
                  ERROR_SUCCESS);
    const struct value *a = facts_get(&p->with, F_YARA_RULES), *b = facts_get(&p->without, F_YARA_RULES);
    size_t n = a->type == VALUE_LIST ? a->list.n : 0, m = b->type == VALUE_LIST ? b->list.n : 0;
    for (size_t i = 0; i < n && i < m; i++)
        if (!str_eq(a->list.v[i].s, b->list.v[i].s))
            test_fail(__FILE__, __LINE__, "%s: %.*s, libyara says %.*s", what, STR_ARG(a->list.v[i].s),
                      STR_ARG(b->list.v[i].s));
    if (n != m)
        test_fail(__FILE__, __LINE__, "%s: %zu rules match, libyara says %zu (first beyond: %.*s)", what, n,
                  m, STR_ARG((n > m ? a->list.v[m] : b->list.v[n]).s));
    p->matches += (unsigned)n;
}

static bool prefilters(const YR_RULES *rules)
{
    struct yara_places *p = yara_places_new(rules);
    bool is_possible = p != NULL;
    yara_places_free(p);
    return is_possible;
}

static unsigned compare_made(const char *text, bool expect_places)
{
    char path[] = "/tmp/davy-test-places-XXXXXX";
    int fd = mkstemp(path);
    CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
    struct pair p;
    begin(&p, path);
    CHECK_INT(unlink(path), 0);
    CHECK_INT(prefilters(p.plain), expect_places);
    _cleanup_(strbuf_done) struct strbuf b = {};
    for (uint32_t seed = 1; seed <= CONTENTS; seed++) {
        char what[32];
        snprintf(what, sizeof(what), "content %u", seed);
        make(&b, seed);
        compare(&p, strbuf_str(&b), what);
    }
    unsigned matches = p.matches;
    end(&p);
    return matches;
}

TEST(rules_made_to_reach_far)
{
    CHECK(compare_made(RULES, true) > CONTENTS);
    CHECK(compare_made(GUARDED, true) > 0);
}

TEST(strings_without_fixed_bytes_are_searched_by_libyara)
{
    CHECK(compare_made("rule anything { strings: $a = /[a-z]{2,9}[0-9]x?/ condition: $a }\n", false) > 0);
    CHECK(compare_made("rule one { strings: $a = \"!\" condition: $a }\n", false) > 0);
}

TEST(entry_points_are_libyaras)
{
    char path[] = "/tmp/davy-test-places-XXXXXX";
    int fd = mkstemp(path);
    CHECK(fd >= 0 && write(fd, ENTRY, strlen(ENTRY)) == (ssize_t)strlen(ENTRY));
    close(fd);
    struct pair p;
    begin(&p, path);
    CHECK_INT(unlink(path), 0);
    /* An ELF program whose only segment begins at 0 and whose entry is at 128. */
    uint8_t elf[512] = {0x7f,     'E',       'L',      'F',        2,         1,         1,
                        [16] = 2, [18] = 62, [20] = 1, [24] = 128, [32] = 64, [52] = 64, [54] = 56,
                        [56] = 1, [64] = 1,  [68] = 5, [97] = 2,   [105] = 2};
    memcpy(elf + 140, "alpha", 5);
    compare(&p, str_n((char *)elf, sizeof(elf)), "program");
    CHECK_INT(p.matches, 1);
    end(&p);
}

static struct pair *walked; /* nftw() hands nothing through */

static int on_file(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)ftw;
    if (type == FTW_F && st->st_size < 4 << 20) {
        _cleanup_fclose_ FILE *f = fopen(path, "re");
        _cleanup_free_ char *data = malloc((size_t)st->st_size + 1);
        size_t n = f ? fread(data, 1, (size_t)st->st_size, f) : 0;
        compare(walked, str_n(data, n), path);
    }
    return 0;
}

TEST(shipped_rules_on_real_files)
{
    static const char *const names[] = {"malware", "marker", "scripts", "settings"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        char path[4096];
        struct pair p;
        snprintf(path, sizeof(path), "%s/rules/yara/%s.yar", DAVY_SOURCE_ROOT, names[i]);
        begin(&p, path);
        CHECK(prefilters(p.plain));
        walked = &p;
        CHECK_INT(nftw(DAVY_SOURCE_ROOT "/rules", on_file, 8, FTW_PHYS), 0);
        CHECK_INT(nftw("/usr/lib/systemd", on_file, 8, FTW_PHYS) > 0, 0);
        end(&p);
    }
}

static int add_public(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)ftw;
    if (type != FTW_F || !str_ends(str_from(path), STR(".yara")))
        return 0;
    struct pair p;
    begin(&p, path);
    walked = &p;
    int r = nftw(DAVY_SOURCE_ROOT "/rules/yara", on_file, 8, FTW_PHYS);
    _cleanup_(strbuf_done) struct strbuf b = {};
    for (uint32_t seed = 1; seed <= 10; seed++) {
        make(&b, seed);
        compare(&p, strbuf_str(&b), path);
    }
    on_file(path, &(struct stat){.st_size = 1 << 20}, FTW_F, NULL);
    end(&p);
    return r;
}

TEST(public_rules_one_file_at_a_time)
{
    const char *shared = getenv("DAVY_SHARED");
    char path[4096];
    snprintf(path, sizeof(path), "%s/data/yara/reversinglabs",
             shared ? shared : DAVY_SOURCE_ROOT "/../shared");
    if (access(path, R_OK) < 0)
        test_skip("no public rules here");
    CHECK_INT(nftw(path, add_public, 16, FTW_PHYS), 0);
}
