// SPDX-License-Identifier: Apache-2.0
/* What a web server of the pretend internet gives to a path: plausible, harmless, and the same each time. */
#include "base/cleanup.h"
#include "sandbox/talk.h"

/* A script that does nothing: what downloads and runs it shows that it does. */
#define SCRIPT "#!/bin/sh\n# from the pretend internet of a jail: does nothing\nexit 0\n"

static bool has_any(struct str s, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (str_find_nocase(s, str_from(words[i]), 0) >= 0)
            return true;
    return false;
}

/* Services that tell a machine its own address. */
static bool tells_address(struct str host)
{
    static const char *const WORDS[] = {"ipify", "ifconfig.", "icanhazip", "ipinfo", "checkip", "myip", "ident.me", "ip-api", "wtfismyip"};
    return has_any(host, WORDS, ARRAY_SIZE(WORDS));
}

static bool is_list(struct str path)
{
    static const char *const WORDS[] = {"target", "hosts", "list", "resources", "sites", "victim", "urls", "config"};
    return has_any(path, WORDS, ARRAY_SIZE(WORDS));
}

static void add_list(struct talk *t, struct strbuf *body, bool as_json)
{
    const char *scheme = t->tls ? "https" : "http"; /* as who asks is used to */
    t->world->has_listed = true;
    if (as_json)
        strbuf_adds(body, "{\"targets\":[");
    for (size_t i = 0; i < TALK_LISTED; i++)
        if (as_json)
            strbuf_printf(body, "%s{\"url\":\"%s://%s/\"}", i ? "," : "", scheme, t->world->listed[i]);
        else
            strbuf_printf(body, "%s://%s/\n", scheme, t->world->listed[i]);
    if (as_json)
        strbuf_adds(body, "]}\n");
}

static const struct {
    const char *suffix, *type, *body;
} FILES[] = {
    {".sh", "text/x-shellscript", SCRIPT},
    {".py", "text/x-python", "#!/usr/bin/env python3\n# from the pretend internet of a jail: does nothing\n"},
    {".pl", "text/x-perl", "#!/usr/bin/perl\n# from the pretend internet of a jail: does nothing\n"},
    {".js", "application/javascript", "/* from the pretend internet of a jail: does nothing */\n"},
    {".css", "text/css", "body{}\n"},
    {".xml", "application/xml", "<?xml version=\"1.0\"?><ok/>\n"},
    {".gif", "image/gif", "GIF89a\001"},
    {".pem", "text/plain", "\n"},
    {".html", "text/html", "<!doctype html><title>Welcome</title><h1>It works!</h1>\n"},
    {".php", "text/html", "ok\n"},
    {"/", "text/html", "<!doctype html><title>Welcome</title><h1>It works!</h1>\n"},
};

const char *talk_page(struct talk *t, struct str host, struct str path, struct strbuf *body)
{
    const ptrdiff_t query = str_find(path, STR("?"), 0);
    struct str plain = query >= 0 ? str_sub(path, 0, (size_t)query) : path;
    if (tells_address(host)) {
        strbuf_adds(body, "203.0.113.77\n");
        return "text/plain";
    }
    if (str_ends(plain, STR(".json"))) {
        if (is_list(plain))
            add_list(t, body, true);
        else
            strbuf_adds(body, "{\"status\":\"ok\"}\n");
        return "application/json";
    }
    if (is_list(plain) || str_ends(plain, STR(".txt")) || str_ends(plain, STR(".lst"))) {
        add_list(t, body, false);
        return "text/plain";
    }
    for (size_t i = 0; i < ARRAY_SIZE(FILES); i++)
        if (str_ends(plain, str_from(FILES[i].suffix))) {
            strbuf_adds(body, FILES[i].body);
            return FILES[i].type;
        }
    /* what has no known ending may be run by who fetches it */
    strbuf_adds(body, SCRIPT);
    return "application/octet-stream";
}
