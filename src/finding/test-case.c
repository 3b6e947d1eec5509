// SPDX-License-Identifier: Apache-2.0
/* Which findings are of one case: scenes, told as findings in order, each with the case that it must come to. */
#include "base/text.h"
#include "base/vec.h"
#include "finding/case_book.h"
#include "finding/case_story.h"
#include "harness/test.h"

enum { NOW = 1'700'000'000 }; /* seconds */
#define S 1'000'000'000ULL

struct who {
    int64_t pid, start, session;
};
/* One finding of a scene. */
struct act {
    uint64_t at; /* seconds */
    struct who line[4];
    const char *container, *written, *exe, *cmdline, *cwd, *peer, *host, *above; /* above: program of the parent */
    unsigned port;
    int64_t loginuid; /* 0: nobody's */
    uint64_t num, member, member_at;
    int want; /* the case, from 1 */
};

static struct case_finding finding_of(const struct act *x, struct alert_process line[4], struct case_member *member, struct arena *a)
{
    struct case_finding f = {.time_ns = (NOW + x->at) * S, .host = x->host ? str_from(x->host) : STR("db-3"), .rule = STR("r"), .has_subject = true,
                             .num = x->num, .subject = {.uid = 0, .loginuid = x->loginuid ? x->loginuid : -1}};
    f.subject.container_id = str_from(x->container);
    f.subject.cmdline = str_from(x->cmdline);
    f.ties.cwd = str_from(x->cwd);
    f.ties.peer = str_from(x->peer);
    f.ties.peer_port = x->port;
    f.ties.written[0] = str_from(x->written);
    f.ties.n_written = x->written != NULL;
    f.ties.line = line;
    for (; f.ties.n_line < 4 && x->line[f.ties.n_line].pid; f.ties.n_line++) {
        const struct who *w = &x->line[f.ties.n_line];
        line[f.ties.n_line] = (struct alert_process){.pid = w->pid, .start_ns = w->start ? (uint64_t)w->start * S : 0, .session = w->session};
    }
    line[0].exe = str_from(x->exe);
    line[1].exe = str_from(x->above);
    struct strbuf time = {};
    text_add_time(&time, (NOW + x->member_at) * S, 9);
    *member = (struct case_member){.num = x->member, .time = arena_str(a, strbuf_str(&time))};
    strbuf_done(&time);
    f.members = member;
    f.n_members = x->member != 0;
    return f;
}

static void play(const char *name, const struct act *acts, size_t n)
{
    struct case_book *b = case_book_new();
    int64_t cases = 0;
    struct arena a = {};
    for (size_t i = 0; i < n; i++) {
        struct alert_process line[4] = {};
        struct case_member member;
        struct case_finding f = finding_of(&acts[i], line, &member, &a);
        struct case_key keys[CASE_KEYS_MAX];
        struct case_found found;
        const size_t n_keys = case_keys(&f, keys);
        case_book_find(b, keys, n_keys, f.time_ns, &found);
        const int64_t id = found.id ? found.id : ++cases;
        for (size_t k = 0; k < found.n_others; k++)
            case_book_move(b, found.others[k], id);
        case_book_set(b, keys, n_keys, f.time_ns, id);
        if (id != acts[i].want)
            test_fail(__FILE__, __LINE__, "%s: finding %zu came to case %d, want %d", name, i, (int)id, acts[i].want);
    }
    case_book_free(b);
    arena_done(&a);
}
#define PLAY(name, ...)                                                                                                        \
    do {                                                                                                                       \
        const struct act _acts[] = {__VA_ARGS__};                                                                              \
        play(name, _acts, sizeof(_acts) / sizeof(_acts[0]));                                                                   \
    } while (0)

#define INIT {1, 1, 1}
#define SSHD {300, 10, 300}

TEST(processes)
{
    PLAY("a child of who was found", {.at = 1, .line = {{50, 5, 50}, INIT}, .want = 1}, {.at = 2, .line = {{60, 6, 60}, {50, 5, 50}, INIT}, .want = 1});
    PLAY("a grandchild in a session of its own", {.at = 1, .line = {{50, 5, 50}, INIT}, .want = 1},
         {.at = 2, .line = {{70, 7, 70}, {60, 6, 60}, {50, 5, 50}, INIT}, .want = 1});
    PLAY("two children of one service, which nobody found", {.at = 1, .line = {{60, 6, 50}, {50, 5, 50}, INIT}, .want = 1},
         {.at = 2, .line = {{61, 7, 50}, {50, 5, 50}, INIT}, .want = 1});
    PLAY("two logins by one daemon", {.at = 1, .line = {{60, 6, 60}, {55, 5, 55}, SSHD, INIT}, .want = 1},
         {.at = 2, .line = {{61, 7, 61}, {56, 6, 56}, SSHD, INIT}, .want = 2});
    PLAY("two services of one machine at one time", {.at = 1, .line = {{60, 6, 60}, INIT}, .want = 1}, {.at = 1, .line = {{61, 6, 61}, INIT}, .want = 2});
    PLAY("a pid that is used again", {.at = 1, .line = {{60, 6, 60}, INIT}, .want = 1}, {.at = 100, .line = {{60, 99, 60}, INIT}, .want = 2});
    PLAY("the parent's pid is used again", {.at = 1, .line = {{60, 6, 60}, INIT}, .want = 1},
         {.at = 100, .line = {{70, 100, 70}, {60, 99, 60}, INIT}, .want = 2});
    PLAY("a beginning that nobody knows", {.at = 1, .line = {{60, 0, 60}}, .want = 1}, {.at = 2, .line = {{60, 0, 60}}, .want = 2});
    PLAY("the same pid on another machine", {.at = 1, .line = {{60, 6, 60}}, .want = 1}, {.at = 1, .host = "db-4", .line = {{60, 6, 60}}, .want = 2});
    PLAY("kin after more than an hour", {.at = 1, .line = {{60, 6, 50}, {50, 5, 50}, INIT}, .want = 1},
         {.at = 4000, .line = {{61, 7, 50}, {50, 5, 50}, INIT}, .want = 2});
    PLAY("the clock of events a little out of order", {.at = 5, .line = {{50, 5, 50}}, .want = 1}, {.at = 4, .line = {{60, 3, 60}, {50, 5, 50}}, .want = 1});
}

TEST(containers)
{
    PLAY("two intrusions at once in two containers", {.at = 1, .container = "aaa", .line = {{60, 6, 60}, {55, 5, 55}, INIT}, .want = 1},
         {.at = 1, .container = "bbb", .line = {{61, 6, 61}, {56, 5, 56}, INIT}, .want = 2},
         {.at = 2, .container = "aaa", .line = {{62, 7, 62}, {55, 5, 55}, INIT}, .want = 1},
         {.at = 2, .container = "bbb", .line = {{63, 7, 63}, {56, 5, 56}, INIT}, .want = 2});
    PLAY("one container, no process in common", {.at = 1, .container = "aaa", .line = {{60, 6, 60}}, .want = 1},
         {.at = 3000, .container = "aaa", .line = {{61, 9, 61}}, .want = 1});
    PLAY("the same container after days", {.at = 1, .container = "aaa", .want = 1}, {.at = 100'000, .container = "aaa", .want = 2});
    PLAY("out of the container onto the machine", {.at = 1, .container = "aaa", .line = {{60, 6, 60}, {55, 5, 55}}, .want = 1},
         {.at = 2, .line = {{90, 8, 90}, {60, 6, 60}, {55, 5, 55}}, .want = 1});
    PLAY("the same path in two containers", {.at = 1, .container = "aaa", .written = "/tmp/x", .want = 1},
         {.at = 2, .container = "bbb", .exe = "/tmp/x", .line = {{60, 6, 60}}, .want = 2});
}

TEST(files)
{
    PLAY("dropped, then run by another line of processes", {.at = 1, .written = "/tmp/x", .line = {{60, 6, 60}, INIT}, .want = 1},
         {.at = 900, .exe = "/tmp/x", .line = {{800, 800, 800}, INIT}, .want = 1});
    PLAY("a child of what was dropped", {.at = 1, .written = "/tmp/x", .line = {{60, 6, 60}, INIT}, .want = 1},
         {.at = 900, .exe = "/bin/sh", .above = "/tmp/x", .line = {{801, 801, 801}, {800, 800, 800}, INIT}, .want = 1});
    PLAY("a script that a shell is given", {.at = 1, .written = "/tmp/x.sh", .line = {{60, 6, 60}}, .want = 1},
         {.at = 9, .cmdline = "sh -x /tmp/x.sh", .line = {{80, 8, 80}}, .want = 1}, {.at = 9, .cmdline = "sh ./x.sh", .cwd = "/tmp", .line = {{81, 8, 81}}, .want = 1},
         {.at = 9, .cmdline = "sh ./x.sh", .cwd = "/var", .line = {{82, 8, 82}}, .want = 2});
    PLAY("two that write one file", {.at = 1, .written = "/etc/passwd", .line = {{60, 6, 60}}, .want = 1},
         {.at = 2, .written = "/etc/passwd", .line = {{61, 6, 61}}, .want = 2});
    PLAY("two that run one program of the system", {.at = 1, .exe = "/usr/bin/curl", .line = {{60, 6, 60}}, .want = 1},
         {.at = 2, .exe = "/usr/bin/curl", .line = {{61, 6, 61}}, .want = 2});
}

TEST(addresses_and_users)
{
    PLAY("one address in the world", {.at = 1, .peer = "203.0.113.9", .port = 443, .want = 1}, {.at = 2, .host = "db-4", .peer = "203.0.113.9", .port = 80, .want = 1});
    PLAY("one address, after two hours", {.at = 1, .peer = "203.0.113.9", .want = 1}, {.at = 8000, .peer = "203.0.113.9", .want = 2});
    PLAY("this machine", {.at = 1, .peer = "127.0.0.1", .port = 80, .want = 1}, {.at = 2, .peer = "127.0.0.1", .port = 80, .want = 2});
    PLAY("this machine in IPv6", {.at = 1, .peer = "::1", .port = 80, .want = 1}, {.at = 2, .peer = "::ffff:127.0.0.1", .port = 80, .want = 2},
         {.at = 2, .peer = "::1", .port = 80, .want = 3});
    PLAY("metadata of the cloud", {.at = 1, .peer = "169.254.169.254", .port = 80, .want = 1}, {.at = 2, .peer = "169.254.169.254", .port = 80, .want = 2});
    PLAY("a private address by port and machine", {.at = 1, .peer = "10.0.0.5", .port = 6379, .want = 1}, {.at = 2, .peer = "10.0.0.5", .port = 6379, .want = 1},
         {.at = 3, .peer = "10.0.0.5", .port = 22, .want = 2}, {.at = 3, .host = "db-4", .peer = "10.0.0.5", .port = 6379, .want = 3});
    PLAY("the resolver", {.at = 1, .peer = "9.9.9.9", .port = 53, .want = 1}, {.at = 2, .peer = "9.9.9.9", .port = 53, .want = 2});
    PLAY("one person at a time", {.at = 1, .loginuid = 1000, .want = 1}, {.at = 60, .loginuid = 1000, .want = 1}, {.at = 61, .loginuid = 1001, .want = 2},
         {.at = 2000, .loginuid = 1000, .want = 3}, {.at = 1, .loginuid = 4294967295, .want = 4}, {.at = 2, .loginuid = 4294967295, .want = 5});
    PLAY("nothing in common but the time", {.at = 1, .want = 1}, {.at = 1, .want = 2});
}

TEST(one_finding_can_show_that_two_cases_are_one)
{
    PLAY("a program from one, an address of the other", {.at = 1, .written = "/tmp/x", .line = {{60, 6, 60}}, .want = 1},
         {.at = 2, .peer = "203.0.113.9", .line = {{70, 7, 70}}, .want = 2}, {.at = 3, .exe = "/tmp/x", .peer = "203.0.113.9", .line = {{80, 8, 80}}, .want = 1},
         {.at = 4, .line = {{90, 9, 90}, {70, 7, 70}}, .want = 1});
    PLAY("a correlation of two", {.at = 1, .num = 11, .line = {{60, 6, 60}}, .want = 1}, {.at = 2, .num = 12, .line = {{61, 6, 61}}, .want = 2},
         {.at = 3, .member = 12, .member_at = 2, .want = 2}, {.at = 4, .member = 12, .member_at = 1, .want = 3});
}

TEST(the_book_is_bounded_and_forgets_the_oldest)
{
    struct case_book *b = case_book_new();
    struct case_found found;
    struct case_key key = {.tie = CASE_TIE_FILE, .sets = true, .asks = true};
    for (uint32_t i = 0; i < 2 * CASE_BOOK_SETS * CASE_BOOK_WAYS; i++) {
        memcpy(key.id, &i, sizeof(i));
        case_book_set(b, &key, 1, S + i, (int64_t)i + 1);
    }
    case_book_find(b, &key, 1, S, &found);
    CHECK_INT(found.id, 2 * CASE_BOOK_SETS * CASE_BOOK_WAYS);
    memset(key.id, 0, sizeof(key.id));
    case_book_find(b, &key, 1, S, &found);
    CHECK_INT(found.id, 0);
    case_book_free(b);
}

static const char *const LINES[] = {
    ("{\"rule\":\"Shell from a service\",\"priority\":\"Error\",\"kind\":\"threat\",\"axes\":[\"intent\"],\"by\":[\"behaviour\"],"
     "\"techniques\":[\"T1190\"],\"rows\":[\"27\"],\"purposes\":[\"access\"],\"output_fields\":{\"evt.time\":10},"
     "\"subject\":{\"process\":\"sh\",\"exe\":\"/bin/sh\"},\"ties\":{\"line\":[{\"pid\":60,\"start\":6,\"session\":60,\"name\":\"sh\"},"
     "{\"pid\":50,\"start\":5,\"session\":50,\"name\":\"redis\"}]}}"),
    ("{\"rule\":\"Miner\",\"priority\":\"Critical\",\"kind\":\"threat\",\"axes\":[\"intent\",\"harm\"],\"conclusive\":true,\"by\":[\"shape\"],"
     "\"purposes\":[\"mining\"],\"rows\":[\"18\"],\"output_fields\":{\"evt.time\":20},\"subject\":{\"process\":\"x\",\"exe\":\"/tmp/x\"},"
     "\"ties\":{\"line\":[{\"pid\":61,\"start\":7,\"session\":60},{\"pid\":60,\"start\":6,\"session\":60}]}}"),
    ("{\"rule\":\"Rivals killed\",\"priority\":\"Critical\",\"kind\":\"threat\",\"axes\":[\"intent\"],\"by\":[\"behaviour\"],\"rows\":[\"9\"],"
     "\"purposes\":[\"mining\"],\"output_fields\":{\"evt.time\":500},\"subject\":{\"process\":\"y\",\"exe\":\"/tmp/y\"},"
     "\"ties\":{\"line\":[{\"pid\":900,\"start\":490,\"session\":900}]}}"),
    ("{\"rule\":\"Keys read\",\"priority\":\"Warning\",\"kind\":\"context\",\"techniques\":[\"T1552.001\"],\"output_fields\":{\"evt.time\":510,"
     "\"fd.name\":\"/root/.aws/credentials\"},\"subject\":{\"process\":\"y\"},\"ties\":{}}"),
};

TEST(a_story)
{
    struct arena a = {};
    struct case_finding f[4];
    struct case_story s;
    struct case_cost_facts cost;
    struct error err = ERROR_NULL;
    for (size_t i = 0; i < 4; i++)
        if (case_finding_read(str_from(LINES[i]), &a, &f[i], &err) < 0)
            test_fail(__FILE__, __LINE__, "%zu: %s", i, err.text);
    case_story_of(f, 4, &a, &s);
    CHECK_INT(s.verdict.word, VERDICT_MALICIOUS);
    CHECK_INT(s.verdict.n_purposes, 2);
    CHECK_STR(s.verdict.purposes[0], "mining");
    CHECK_STR(s.verdict.purposes[1], "access");
    CHECK_INT(s.n_ways, 2);
    CHECK(s.ways[0].kind == CASE_WAY_FINDING && s.ways[0].strength == 3 && s.ways[0].finding == &f[0]);
    CHECK(s.ways[1].kind == CASE_WAY_ORIGIN && s.ways[1].strength == 1);
    CHECK_INT(s.n_occupants, 2);
    CHECK_INT(s.occupants[0].findings, 2);
    CHECK_STR(s.occupants[0].programs[1], "/tmp/x");
    CHECK(!s.occupants[0].evicts && s.occupants[1].evicts);
    CHECK_INT(s.n_risks, 1);
    CHECK_STR(s.risks[0], "/root/.aws/credentials");
    case_cost_facts(f, 4, &s, &cost);
    CHECK(cost.mines && !cost.sends);
    CHECK_INT(cost.first_ns, 10);
    CHECK_INT(cost.last_ns, 510);
    arena_done(&a);
}

TEST(what_findings_measured_is_counted_by_process)
{
    struct arena a = {};
    static struct case_cost_facts cost;
    struct case_story s;
    struct alert_process one = {.pid = 1, .start_ns = 1}, other = {.pid = 1, .start_ns = 2};
    struct case_finding f[4] = {
        {.time_ns = 10, .last_ns = 10, .load = {.processors = 0.5, .observed_ns = 60}, .ties = {.line = &one, .n_line = 1}},
        {.time_ns = 20, .last_ns = 20, .load = {.processors = 2, .observed_ns = 60}, .ties = {.line = &other, .n_line = 1}},
        {.time_ns = 30, .last_ns = 30, .ties = {.line = &one, .n_line = 1}},
        {.time_ns = 40, .last_ns = 40, .load = {.processors = 1, .observed_ns = 90}, .ties = {.line = &one, .n_line = 1}},
    };
    case_story_of(f, 4, &a, &s);
    case_cost_facts(f, 4, &s, &cost);
    CHECK_INT(cost.n_loads, 3);
    CHECK(cost.loads[0].time_ns == 10 && cost.loads[0].processors == 0.5);
    CHECK(cost.loads[1].time_ns == 20 && cost.loads[1].processors == 2.5);
    CHECK(cost.loads[2].time_ns == 40 && cost.loads[2].processors == 3);
    CHECK_INT(case_finding_read(STR("{\"rule\":\"r\",\"output_fields\":{\"evt.time\":1},\"load\":{\"processors\":1.5,\"observed\":60}}"), &a, &f[0], NULL), 0);
    CHECK(f[0].load.processors == 1.5 && f[0].load.observed_ns == 60);
    CHECK_INT(case_finding_read(STR("{\"rule\":\"r\",\"output_fields\":{\"evt.time\":1},\"load\":{\"processors\":1e300,\"observed\":60}}"), &a, &f[0], NULL), 0);
    CHECK_INT(f[0].load.observed_ns, 0);
    arena_done(&a);
}

TEST(a_story_of_nothing)
{
    struct arena a = {};
    struct case_story s;
    case_story_of(NULL, 0, &a, &s);
    CHECK_INT(s.verdict.word, VERDICT_CLEAN);
    CHECK(!s.first && !s.n_ways && !s.n_occupants);
    arena_done(&a);
}

TEST(the_earliest_way_in_comes_first_and_there_are_not_too_many)
{
    struct arena a = {};
    struct case_finding f[20] = {};
    struct case_story s;
    static const struct str ROW[] = {{"26", 2}};
    for (size_t i = 0; i < 20; i++)
        f[i] = (struct case_finding){.time_ns = 100 + i, .last_ns = 100 + i, .kind = i == 3 ? FINDING_THREAT : FINDING_CONTEXT, .rows = ROW, .n_rows = 1,
                                     .rule = arena_printf(&a, "r%zu", i), .has_subject = true};
    case_story_of(f, 20, &a, &s);
    CHECK_INT(s.n_ways, CASE_WAYS_MAX);
    CHECK_STR(s.ways[0].finding->rule, "r3");
    CHECK_INT(s.ways[0].strength, 3);
    CHECK_STR(s.ways[1].finding->rule, "r0");
    arena_done(&a);
}

TEST(repeats_differ_in_numbers_only)
{
    uint8_t x[CASE_FOLD_BYTES], y[CASE_FOLD_BYTES];
    struct case_finding f = {.rule = STR("r"), .message = STR("pid 12 did it")}, g = {.rule = STR("r"), .message = STR("pid 345 did it")};
    case_finding_fold(&f, x);
    case_finding_fold(&g, y);
    CHECK(!memcmp(x, y, sizeof(x)));
    g.ties.peer = STR("10.0.0.1");
    case_finding_fold(&g, y);
    CHECK(memcmp(x, y, sizeof(x)));
    g = (struct case_finding){.rule = STR("r"), .message = STR("pid 12 undid it")};
    case_finding_fold(&g, y);
    CHECK(memcmp(x, y, sizeof(x)));
}

TEST(what_is_no_finding_is_refused)
{
    static const char *const BAD[] = {"", "x", "[]", "{}", "{\"rule\":\"r\"}", "{\"rule\":5,\"output_fields\":{\"evt.time\":1}}",
                                      "{\"rule\":\"r\",\"output_fields\":{\"evt.time\":\"1\"}}", "{\"rule\":\"r\",\"output_fields\":{\"evt.time\":-1}}"};
    struct arena a = {};
    struct case_finding f;
    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
        if (case_finding_read(str_from(BAD[i]), &a, &f, NULL) >= 0)
            test_fail(__FILE__, __LINE__, "taken: %s", BAD[i]);
    CHECK_INT(case_finding_read(STR("{\"rule\":\"r\",\"rule_base64\":\"/w\",\"output_fields\":{\"evt.time\":1},\"ties\":{\"line\":[1,{}]},"
                                    "\"subject\":3,\"correlation\":{\"members\":[1,{\"num\":2}]}}"), &a, &f, NULL), 0);
    CHECK_STR(f.rule, "\xff");
    CHECK(!f.has_subject && f.n_members == 2 && !f.ties.n_line);
    arena_done(&a);
}
