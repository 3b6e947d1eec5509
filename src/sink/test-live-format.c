// SPDX-License-Identifier: Apache-2.0
#include <jansson.h>
#include <stdlib.h>
#include <time.h>

#include "base/text.h"
#include "harness/test.h"
#include "sink/test-live-sample.h"

static void in_utc(void)
{
    (void)setenv("TZ", "UTC", 1);
    tzset();
}

static struct str render(struct strbuf *b, const char *format, const struct alert *a, struct live_look look)
{
    in_utc();
    strbuf_clear(b);
    live_format_from(str_from(format))->add(b, a, &look);
    return strbuf_str(b);
}

static bool is_harmless(struct str s)
{
    while (s.n) {
        uint32_t c;
        size_t n = text_decode(s, &c);
        if (!n || (c < ' ' && c != '\n') || c == 0x7f)
            return false;
        s = str_sub(s, n, s.n);
    }
    return true;
}

TEST(formats_have_names)
{
    CHECK_CSTR(live_format_at(0)->name, "text");
    CHECK(live_format_from(STR("json")) && live_format_from(STR("falco")));
    CHECK(!live_format_from(STR("jso")) && !live_format_at(5));
}

TEST(text_tells_who_and_what)
{
    struct live_sample s;
    _cleanup_(strbuf_done) struct strbuf b = {};
    CHECK_STR(render(&b, "text", live_sample(&s), (struct live_look){.width = 120, .utf8 = true}),
              " 22:13:20  CRITICAL  Keys replaced   bash(4121) ← cron(612)   container web7f   user root\n"
              "                     bash wrote /root/.ssh/\\x1b[31mkeys\\xff\n");
    CHECK_STR(render(&b, "text", &s.alert, (struct live_look){.width = 60}),
              " 22:13:20  CRITICAL  Keys replaced   bash(4121) <- cron(612)\n"
              "                     container web7f   user root\n"
              "                     bash wrote /root/.ssh/\\x1b[31mkeys\\xff\n");
}

TEST(text_colours_the_severity_only)
{
    struct live_sample s;
    _cleanup_(strbuf_done) struct strbuf b = {};
    struct str text = render(&b, "text", live_sample(&s), (struct live_look){.width = 120, .utf8 = true, .colour = true});
    CHECK(str_starts(text, STR(" 22:13:20  \033[1;31mCRITICAL\033[0m  Keys replaced   bash")));
    CHECK(is_harmless(str_sub(text, 40, text.n)));
}

TEST(text_tells_repeats_and_what_was_withheld)
{
    struct live_sample s;
    _cleanup_(strbuf_done) struct strbuf b = {};
    struct alert *a = live_sample(&s);
    a->repeats = 57;
    a->since_ns = a->time_ns - 10'000'000'000;
    CHECK(str_has(render(&b, "text", a, (struct live_look){.width = 120, .utf8 = true}), STR("Keys replaced   ×57 since 22:13:10   bash")));
    *a = (struct alert){.name = STR("Noise"), .time_ns = a->time_ns, .since_ns = a->since_ns, .withheld = 3, .type = EVENT__N,
                        .subject = {.pid = -1}};
    CHECK_STR(render(&b, "text", a, (struct live_look){.width = 120}),
              " 22:13:20  CRITICAL  Noise   3 more since 22:13:10, beyond the rule's rate, are not shown\n");
}

static const struct alert_member MEMBERS[] = {
    {1'699'999'990'000'000'000, 17, STR("Guard\x1b[31m killed")},
    {1'699'999'995'000'000'000, 18, STR("Guard\x1b[31m killed")},
    {1'700'000'000'123'456'789, 41, STR("Keys read")},
};

TEST(members_of_a_correlation_are_told)
{
    struct live_sample s;
    _cleanup_(strbuf_done) struct strbuf b = {};
    struct alert *a = live_sample(&s);
    a->members = MEMBERS;
    a->n_members = 3;
    a->matches = 3;
    CHECK(str_ends(render(&b, "text", a, (struct live_look){.width = 120}),
                   STR("                     <- 22:13:10  Guard\\x1b[31m killed   event 17\n"
                       "                     <- 22:13:20  Keys read   event 41\n"
                       "                     of 3 matches\n")));
    CHECK(str_ends(render(&b, "text", a, (struct live_look){.width = 120, .utf8 = true, .verbose = true}),
                   STR("                     ← 22:13:10  Guard\\x1b[31m killed   event 17\n"
                       "                     ← 22:13:15  Guard\\x1b[31m killed   event 18\n"
                       "                     ← 22:13:20  Keys read   event 41\n")));
    json_t *o = json_loads(render(&b, "json", a, (struct live_look){}).p, 0, NULL);
    json_t *c = json_object_get(o, "correlation"), *first = json_array_get(json_object_get(c, "members"), 0);
    CHECK_INT(json_integer_value(json_object_get(c, "matches")), 3);
    CHECK_INT(json_array_size(json_object_get(c, "members")), 3);
    CHECK_INT(json_integer_value(json_object_get(first, "num")), 17);
    CHECK_CSTR(json_string_value(json_object_get(first, "time")), "2023-11-14T22:13:10.000000000Z");
    json_decref(o);
    a->n_members = 0;
    CHECK(!str_has(render(&b, "json", a, (struct live_look){}), STR("correlation")));
}

TEST(a_long_output_is_cut_unless_all_is_asked_for)
{
    struct live_sample s;
    _cleanup_(strbuf_done) struct strbuf b = {}, words = {};
    struct alert *a = live_sample(&s);
    for (int i = 0; i < 300; i++)
        strbuf_adds(&words, "word ");
    a->output = strbuf_str(&words);
    struct str text = render(&b, "text", a, (struct live_look){.width = 80, .utf8 = true}), rest = text, line;
    size_t lines = 0;
    while (str_split(&rest, '\n', &line)) {
        CHECK(text_width(line) <= 80);
        lines++;
    }
    CHECK(lines <= 7);
    CHECK(render(&b, "text", a, (struct live_look){.width = 80, .utf8 = true, .verbose = true}).n > 1500);
}

TEST(falco_prints_its_line)
{
    struct live_sample s;
    _cleanup_(strbuf_done) struct strbuf b = {};
    CHECK_STR(render(&b, "falco", live_sample(&s), (struct live_look){}),
              "22:13:20.123456789: Critical bash wrote /root/.ssh/\\x1b[31mkeys\\xff container_id=web7f container_name=<NA>\n");
    s.rule.output = STR("%proc.name wrote %fd.name in %container.id");
    CHECK(!str_has(render(&b, "falco", &s.alert, (struct live_look){}), STR("container_id=")));
    s.alert.repeats = 2;
    s.alert.since_ns = s.alert.time_ns;
    CHECK(str_ends(render(&b, "falco", &s.alert, (struct live_look){}), STR(" (2 more since 22:13:20.123456789)\n")));
}

static json_t *parse(struct str line)
{
    CHECK(line.n && line.p[line.n - 1] == '\n');
    CHECK(str_find(line, STR("\n"), 0) == (ptrdiff_t)line.n - 1);
    json_t *o = json_loadb(line.p, line.n, JSON_REJECT_DUPLICATES, NULL);
    CHECK(o);
    return o;
}

static const char *text_at(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "(none)";
}

TEST(json_has_falcos_keys_with_types)
{
    struct live_sample s;
    _cleanup_(strbuf_done) struct strbuf b = {};
    json_t *o = parse(render(&b, "json", live_sample(&s), (struct live_look){}));
    CHECK_CSTR(text_at(o, "time"), "2023-11-14T22:13:20.123456789Z");
    CHECK_CSTR(text_at(o, "rule"), "Keys replaced");
    CHECK_CSTR(text_at(o, "priority"), "Critical");
    CHECK_CSTR(text_at(o, "source"), "syscall");
    CHECK_CSTR(text_at(o, "hostname"), "db-3");
    CHECK(str_starts(str_from(text_at(o, "output")), STR("22:13:20.123456789: Critical bash wrote ")));
    CHECK(str_starts(str_from(text_at(o, "message")), STR("bash wrote ")));
    CHECK_INT(json_array_size(json_object_get(o, "tags")), 4);
    json_t *f = json_object_get(o, "output_fields");
    CHECK_INT(json_integer_value(json_object_get(f, "evt.time")), 1'700'000'000'123'456'789);
    CHECK_INT(json_integer_value(json_object_get(f, "fd.lport")), 22);
    CHECK(json_is_true(json_object_get(f, "evt.is_open_write")));
    CHECK(json_is_null(json_object_get(f, "container.name")));
    CHECK_CSTR(text_at(f, "fd.sip"), "192.0.2.7");
    CHECK_CSTR(json_string_value(json_array_get(json_object_get(f, "proc.aname"), 1)), "cron");
    CHECK_CSTR(text_at(f, "fd.name"), "/root/.ssh/\x1b[31mkeys\\xff");
    CHECK_CSTR(text_at(f, "fd.name_base64"), "L3Jvb3QvLnNzaC8bWzMxbWtleXP/");
    json_decref(o);
}

TEST(json_has_our_keys)
{
    struct live_sample s;
    _cleanup_(strbuf_done) struct strbuf b = {};
    struct alert *a = live_sample(&s);
    a->is_resolved = true;
    a->repeats = 5;
    a->since_ns = a->time_ns;
    json_t *o = parse(render(&b, "json", a, (struct live_look){})), *subject = json_object_get(o, "subject");
    CHECK_CSTR(text_at(o, "severity"), "critical");
    CHECK_CSTR(text_at(o, "kind"), "threat");
    CHECK_CSTR(json_string_value(json_array_get(json_object_get(o, "axes"), 0)), "intent");
    CHECK_CSTR(json_string_value(json_array_get(json_object_get(o, "rows"), 0)), "18");
    CHECK_CSTR(text_at(o, "event"), "openat");
    CHECK_CSTR(text_at(o, "path"), "resolved");
    CHECK_INT(json_integer_value(json_object_get(o, "repeats")), 5);
    CHECK_CSTR(text_at(subject, "process"), "bash");
    CHECK_INT(json_integer_value(json_object_get(subject, "pid")), 4121);
    CHECK(!json_object_get(subject, "loginuid") && !json_object_get(subject, "exe"));
    CHECK_CSTR(text_at(json_object_get(o, "evidence"), "fd.name"), "/root/.ssh/keys");
    json_decref(o);
}

TEST(the_status_line_fits)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    struct live_status status = {.seen_per_second = 1.2e6, .left_share = 0.0004, .memory = 11'000'000, .alerts = 1};
    live_status_add(&b, &status, &(struct live_look){.width = 120, .utf8 = true});
    CHECK_STR(strbuf_str(&b), " ─ 1.2 M events/s seen · 0.04 % left the kernel · 0 dropped · 1 finding · 11 MB · ^C to stop");
    strbuf_clear(&b);
    live_status_add(&b, &status, &(struct live_look){.width = 80, .utf8 = true});
    CHECK_STR(strbuf_str(&b), " ─ 1.2 M events/s seen · 0 dropped · 1 finding · 11 MB · ^C to stop");
    strbuf_clear(&b);
    live_status_add(&b, &status, &(struct live_look){.width = 40});
    CHECK(text_width(strbuf_str(&b)) < 40);
    strbuf_clear(&b);
    live_status_add(&b, &(struct live_status){.seen_per_second = 8412, .is_replay = true}, &(struct live_look){.width = 80});
    CHECK_STR(strbuf_str(&b), " - 8,412 events/s replayed - 0 findings - 0 B - ^C to stop");
}
