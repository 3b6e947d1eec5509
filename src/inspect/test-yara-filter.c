// SPDX-License-Identifier: Apache-2.0
/*
 * What the yara analyzer finds, where libyara sees only what its filter leaves, is what libyara alone finds in the whole
 * content: the same rules, and the same first place of each string.
 */
#include <ftw.h>
#include <sys/stat.h>

#include "base/digest.h"
#include "base/strbuf.h"
#include "harness/test.h"
#include "inspect/analyzer.h"
#include "inspect/yara_filter.h"

enum {
    CONTENTS = 400,
    WINDOW = 4096,         /* of the test that looks in windows */
    STRINGS_NOTED_MAX = 8, /* as yara.c */
};

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

/* Strings of every kind and conditions that turn on them. */
static const char MORE[] =
    "import \"pe\"\nimport \"time\"\nimport \"console\"\nimport \"math\"\n"
    "rule one_byte { strings: $a = \"!\" condition: #a > 20 }\n"
    "rule two_bytes { strings: $a = \"!!\" condition: $a }\n"
    "rule short_hex { strings: $a = { 21 ?? 21 } condition: $a }\n"
    "rule nibbles { strings: $a = { 6? 6c ?0 68 61 2d } condition: $a }\n"
    "rule nibbles_first { strings: $a = { ?1 6c 70 68 6? } condition: $a }\n"
    "rule zeros { strings: $a = { 00 00 00 00 00 00 00 } condition: $a }\n"
    "rule zeros_first { strings: $a = { 00 00 67 00 61 00 } condition: $a }\n"
    "rule alternatives { strings: $a = { 61 6c ( 70 68 | 66 66 ) 61 2d 6f } condition: $a }\n"
    "rule alternatives_long { strings: $a = { ( 6b 61 70 | 6c 61 6d 62 | 67 61 6d 6d 61 ) 61 } condition: #a > 1 }\n"
    "rule jumps { strings: $a = { 61 6c 70 68 61 [2-9] 6e 65 [0-3] 64 } condition: $a }\n"
    "rule jump_open { strings: $a = { 6f 6d 65 67 61 [3-] 64 65 6c 74 61 } condition: $a at @a[1] and !a > 12 }\n"
    "rule not_jump { strings: $a = { 6b 61 70 70 61 [300-600] 6c 61 6d } $b = \"kappa\" condition: $b and not $a }\n"
    "rule three_parts { strings: $a = { 61 6c 70 68 61 [-] 62 65 74 61 [-] 64 65 6c 74 61 } condition: $a }\n"
    "rule xor_range { strings: $a = \"epsilon-text\" xor(0x10-0x2f) condition: $a }\n"
    "rule xor_short { strings: $a = \"epsi\" xor condition: #a > 0 }\n"
    "rule xor_both { strings: $a = \"epsilon\" xor ascii wide fullword condition: $a }\n"
    "rule base_alphabet { strings: $a = \"zeta zeta zeta\" base64(\"!@#$%^&*(){}[].,|ABCDEFGHIJ\\x09LMNOPQRSTUVWXYZabcdefghijklmnopqrstu\") condition: $a }\n"
    "rule base_both { strings: $a = \"zeta zeta\" base64 base64wide condition: #a > 1 }\n"
    "rule ascii_wide_nocase { strings: $a = \"kaPPa\" ascii wide nocase fullword condition: #a > 1 }\n"
    "rule regex_alternatives { strings: $a = /(alpha|beta|gamma){2,}/ nocase condition: $a }\n"
    "rule regex_class { strings: $a = /[a-f0-9]{64}/ condition: $a }\n"
    "rule regex_dot { strings: $a = /begin<.{2,40}>end/ condition: $a }\n"
    "rule regex_dotall { strings: $a = /begin<.*>end/s condition: $a }\n"
    "rule regex_lazy { strings: $a = /alpha.*?omega/s condition: $a and !a < 400 }\n"
    "rule regex_end { strings: $a = /omega$/ condition: $a }\n"
    "rule regex_start { strings: $a = /^(alpha|kappa)/ condition: $a }\n"
    "rule regex_not_word { strings: $a = /\\Bmu-mark\\b/ condition: $a }\n"
    "rule regex_both { strings: $a = /gam+a[0-9]?/ ascii wide nocase condition: #a > 2 }\n"
    "rule regex_optional { strings: $a = /(0x)?[0-9]{3,}beta/ condition: $a }\n"
    "rule regex_negated { strings: $a = /[^a-z]delta[^a-z]/ condition: $a }\n"
    "rule regex_escapes { strings: $a = /\\x61lpha\\-one\\s?/ condition: $a }\n"
    "rule regex_counted { strings: $a = /kap(pa|lambda|alpha|[A-Z.]{1,4}){2,12}[^!]{0,60}(omega|delta)/ condition: $a }\n"
    "rule regex_within { strings: $a = /(alpha|be(ta|gin)|x{1,3}delta){1,9}[^!]{0,300}(omega|mu-(mark|x))/ condition: $a and !a > 100 }\n"
    "rule regex_loop_within { strings: $a = /(alpha|(beta)+|gamma){1,4}.{0,500}(quiet)?word/s condition: $a }\n"
    "rule regex_far { strings: $a = /alpha[^!]{900,3000}(beta|delta){1,3}/ condition: $a }\n"
    "rule regex_counted_wide { strings: $a = /(gamma|(al|ka)p+h?a){1,5}/ wide nocase condition: $a }\n"
    "rule anonymous { strings: $ = \"alpha-one\" $ = \"omega\" $ = /nu[0-9]/ condition: 2 of them }\n"
    "rule any_set { strings: $a1 = \"alpha\" $a2 = \"beta\" $b = \"quietword\" condition: any of ($a*) and not $b }\n"
    "rule all_set { strings: $a1 = \"alpha\" $a2 = \"beta\" condition: all of ($a*) }\n"
    "rule none_set { strings: $a1 = \"alpha\" $a2 = \"beta\" condition: none of them and filesize > 5000 }\n"
    "rule percent { strings: $a = \"alpha\" $b = \"beta\" $c = \"delta\" $d = \"omega\" condition: 50% of them }\n"
    "rule of_in { strings: $a = \"alpha\" $b = \"beta\" condition: any of them in (0..1000) }\n"
    "rule count_in { strings: $a = \"a\" condition: #a in (0..100) > 20 }\n"
    "rule for_of { strings: $a = \"alpha\" $b = \"omega\" condition: for any of them : ( # > 1 and @ < filesize \\ 2 ) }\n"
    "rule for_in { strings: $a = \"<?\" condition: for all i in (1..#a) : ( @a[i] + !a[i] < filesize ) and #a > 1 }\n"
    "rule for_list { condition: for any i in (0, 3, 7) : ( uint8(i) == 0x65 ) }\n"
    "rule for_range { condition: for any i in (0..20) : ( uint16be(i) == 0x6574 ) }\n"
    "rule between { strings: $a = \"alpha\" $b = \"omega\" condition: @b - @a > 100 and @b[1] > @a[1] }\n"
    "rule undefined { strings: $a = \"alpha\" condition: not defined @a[1] and filesize > 10000 }\n"
    "rule undefined_not { strings: $a = \"alpha\" condition: not (@a[1] > 5) and filesize > 10000 }\n"
    "rule at_undefined { strings: $a = \"alpha\" condition: not ($a at @a[3]) and filesize > 12000 }\n"
    "rule either { strings: $a = \"alpha\" condition: ($a at 0 or uint16(0) == 0x7465) and filesize < 9000 }\n"
    "rule sums { condition: uint8(0) + uint8(1) * 2 - uint8(2) > 200 and filesize \\ 3 > 10 }\n"
    "rule shifts { condition: (uint32(0) & 0xff) << 1 == 0xca or uint8(1) % 7 == 3 or ~uint8(0) == -102 }\n"
    "rule signs_of { condition: int8(0) < 0 and int16be(0) < -1000 and int32(2) != 0 }\n"
    "rule beyond { condition: uint32(filesize - 2) == 1 or uint8(filesize) == 0 }\n"
    "rule reals { condition: math.mean(0, filesize) > 90.5 and filesize > 100 }\n"
    "rule portable { condition: pe.is_pe or pe.number_of_sections > 2 }\n"
    "rule told { strings: $a = \"beta\" condition: $a and console.log(\"\") and time.now() > 5 }\n"
    "private rule inner { strings: $a = \"delta\" condition: #a > 1 }\n"
    "rule outer { strings: $a = \"alpha\" condition: inner and not $a }\n"
    "rule outermost { condition: outer or (inner and filesize > 8000) }\n"
    "rule without_inner { strings: $x = \"omega\" condition: not inner and $x }\n"
    "rule of_rules { condition: 2 of (outer, without_inner, outermost) }\n"
    "rule secretly { strings: $a = \"kappa\" private $b = \"lambda\" condition: any of them }\n"
    "rule variable { strings: $a = \"alpha\" condition: $a and not filename matches /x/ and extension == \"\" }\n";

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

/* As yara.c notes them: the first place of each string, eight for a rule. */
static int collect(YR_SCAN_CONTEXT *scan, int message, void *data, void *ctx)
{
    YR_RULE *rule = data;
    YR_STRING *string;
    struct facts *facts = ctx;
    unsigned noted = 0;
    if (message != CALLBACK_MSG_RULE_MATCHING || RULE_IS_PRIVATE(rule))
        return CALLBACK_CONTINUE;
    struct note n = {.field = F_YARA_RULES, .value = str_from(rule->identifier)};
    bool new = facts_add(facts, F_YARA_RULES, n.value);
    yr_rule_strings_foreach(rule, string)
    {
        YR_MATCH *match;
        yr_string_matches_foreach(scan, string, match)
        {
            if (noted++ < STRINGS_NOTED_MAX) {
                n.offset = (uint64_t)(match->base + match->offset);
                facts_note(facts, &n);
            }
            break;
        }
    }
    if (!noted && new) {
        n.offset = 0;
        facts_note(facts, &n);
    }
    return CALLBACK_CONTINUE;
}

/* One window, as libyara alone sees it. */
struct window {
    struct str data;
    uint64_t offset, size;
    YR_MEMORY_BLOCK block;
};

static const uint8_t *fetch(YR_MEMORY_BLOCK *block)
{
    return block->context;
}

static YR_MEMORY_BLOCK *first(YR_MEMORY_BLOCK_ITERATOR *it)
{
    struct window *w = it->context;
    it->last_error = ERROR_SUCCESS;
    w->block = (YR_MEMORY_BLOCK){
        .size = w->data.n, .base = w->offset, .context = (void *)w->data.p, .fetch_data = fetch};
    return &w->block;
}

static YR_MEMORY_BLOCK *none(YR_MEMORY_BLOCK_ITERATOR *it)
{
    it->last_error = ERROR_SUCCESS;
    return NULL;
}

static uint64_t size_of(YR_MEMORY_BLOCK_ITERATOR *it)
{
    return ((struct window *)it->context)->size;
}

static void scan_plainly(YR_RULES *rules, struct str content, size_t window, size_t overlap, struct facts *facts)
{
    for (size_t at = 0;; at += window - overlap) {
        bool last = content.n - at <= window;
        struct window w = {.data = str_sub(content, at, last ? content.n : at + window), .offset = at};
        w.size = last ? content.n : at + window;
        YR_MEMORY_BLOCK_ITERATOR it = {.context = &w, .first = first, .next = none, .file_size = size_of};
        if (w.data.n || !content.n)
            CHECK_INT(yr_rules_scan_mem_blocks(rules, &it, SCAN_FLAGS_NO_TRYCATCH, collect, facts, 0), ERROR_SUCCESS);
        if (last)
            return;
    }
}

struct pair {
    struct inspector *in;
    YR_RULES *plain;
    struct facts with, without;
    size_t window;
    unsigned matches;
};

static void begin(struct pair *p, const char *path, size_t window)
{
    static const char *const only[] = {"yara", NULL};
    struct error err = ERROR_NULL;
    YR_COMPILER *compiler;
    *p = (struct pair){.window = window};
    if (inspector_new(
            &(struct inspect_options){
                .only = only, .yara_paths = (const char *const[]){path, NULL}, .window_bytes = window},
            &p->in,
            &err) < 0)
        test_fail(__FILE__, __LINE__, "%s", err.text);
    static const char *const variables[] = {"filename", "filepath", "extension", "filetype", "owner", "md5"};
    CHECK_INT(yr_compiler_create(&compiler), ERROR_SUCCESS);
    for (size_t i = 0; i < ARRAY_SIZE(variables); i++)
        yr_compiler_define_string_variable(compiler, variables[i], "");
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
    if (p->window)
        scan_plainly(p->plain, content, p->window, p->window / 4, &p->without);
    else
        scan_plainly(p->plain, content, SIZE_MAX, 0, &p->without);
    const struct value *a = facts_get(&p->with, F_YARA_RULES), *b = facts_get(&p->without, F_YARA_RULES);
    size_t n = a->type == VALUE_LIST ? a->list.n : 0, m = b->type == VALUE_LIST ? b->list.n : 0;
    for (size_t i = 0; i < n && i < m; i++)
        if (!str_eq(a->list.v[i].s, b->list.v[i].s))
            test_fail(__FILE__, __LINE__, "%s: %.*s, libyara says %.*s", what, STR_ARG(a->list.v[i].s),
                      STR_ARG(b->list.v[i].s));
    if (n != m)
        test_fail(__FILE__, __LINE__, "%s: %zu rules match, libyara says %zu (first beyond: %.*s)", what, n,
                  m, STR_ARG((n > m ? a->list.v[m] : b->list.v[n]).s));
    for (size_t i = 0; i < p->with.n_notes && i < p->without.n_notes; i++) {
        const struct note *x = &p->with.notes[i], *y = &p->without.notes[i];
        if (!str_eq(x->value, y->value) || x->offset != y->offset)
            test_fail(__FILE__, __LINE__, "%s: %.*s at %llu, libyara has %.*s at %llu", what, STR_ARG(x->value),
                      (unsigned long long)x->offset, STR_ARG(y->value), (unsigned long long)y->offset);
    }
    if (p->with.n_notes != p->without.n_notes)
        test_fail(__FILE__, __LINE__, "%s: %zu places, libyara has %zu", what, p->with.n_notes, p->without.n_notes);
    p->matches += (unsigned)n;
}

/* Strings that nothing tells of, rules that may match without any. */
static void count(YR_RULES *rules, size_t *ret_weak, size_t *ret_loose)
{
    struct patterns *patterns = patterns_new();
    struct yara_filter *f = yara_filter_new(rules);
    yara_filter_subscribe(f, patterns);
    *ret_weak = yara_filter_weak(f);
    *ret_loose = yara_filter_loose(f);
    yara_filter_free(f);
    patterns_free(patterns);
}

static void begin_made(struct pair *p, const char *text, size_t window)
{
    char path[] = "/tmp/davy-test-filter-XXXXXX";
    int fd = mkstemp(path);
    CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
    begin(p, path, window);
    CHECK_INT(unlink(path), 0);
}

static unsigned compare_made(const char *text, size_t window, size_t weak)
{
    struct pair p;
    size_t is_weak, loose;
    begin_made(&p, text, window);
    count(p.plain, &is_weak, &loose);
    CHECK_INT(is_weak, weak);
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
    CHECK(compare_made(RULES, 0, 0) > CONTENTS);
    CHECK(compare_made(GUARDED, 0, 0) > 0);
}

/* Bytes that libyara is shown of a text in which the rule's pattern begins once. */
static size_t shown(const char *rule, const char *word)
{
    struct pair p;
    struct error err = ERROR_NULL;
    yara_ranges ranges = {};
    size_t sum = 0;
    begin_made(&p, rule, 0);
    struct patterns *patterns = patterns_new();
    struct yara_filter *f = yara_filter_new(p.plain);
    yara_filter_subscribe(f, patterns);
    CHECK_INT(patterns_compile(patterns, NULL, &err), 0);
    _cleanup_(strbuf_done) struct strbuf b = {};
    strbuf_pad(&b, '.', 20'000);
    strbuf_adds(&b, word);
    strbuf_pad(&b, '.', 40'000);
    const struct content c = {.data = strbuf_str(&b), .size = b.n, .first = true, .last = true};
    CHECK(patterns_scan(patterns, &c, false) >= 0);
    CHECK(yara_filter_run(f, &c, &ranges));
    vec_each(r, &ranges) sum += r->to - r->from;
    vec_done(&ranges);
    yara_filter_free(f);
    patterns_free(patterns);
    end(&p);
    return sum;
}

TEST(no_more_is_searched_than_a_pattern_can_reach)
{
    size_t n = shown("rule r { strings: $a = /alpha-(one|two|three)[^!]{0,40}(beta|be(gin|g){1,3})?/ condition: $a }\n", "alpha-one");
    CHECK(n > 40 && n < 200);
    CHECK(shown("rule r { strings: $a = /alpha-one[^!]*beta/ condition: $a }\n", "alpha-one") > 4096); /* no limit but libyara's own */
    CHECK(shown("rule r { strings: $a = /(alpha-one[0-9]{0,99}[a-z]{0,99}){1,99}/ condition: $a }\n", "alpha-one") > 4096);
}

TEST(strings_and_conditions_of_every_kind)
{
    CHECK(compare_made(MORE, 0, 4) > CONTENTS * 2);
}

TEST(windows_are_looked_at_alike)
{
    CHECK(compare_made(RULES, WINDOW, 0) > CONTENTS);
    CHECK(compare_made(MORE, WINDOW, 4) > CONTENTS * 2);
}

TEST(strings_without_fixed_bytes_are_searched_by_libyara)
{
    CHECK(compare_made("rule anything { strings: $a = /[a-z]{2,9}[0-9]x?/ condition: $a }\n", 0, 1) > 0);
    CHECK(compare_made("rule one { strings: $a = \"!\" condition: $a }\n", 0, 1) > 0);
}

TEST(entry_points_are_libyaras)
{
    struct pair p;
    begin_made(&p, ENTRY, 0);
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
        size_t weak, loose;
        begin(&p, path, 0);
        count(p.plain, &weak, &loose);
        CHECK_INT(weak, 0);
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
    begin(&p, path, 0);
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
