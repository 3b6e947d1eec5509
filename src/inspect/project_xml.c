// SPDX-License-Identifier: Apache-2.0
/* Builds of Maven and Ant: programs that plugins and tasks start, and what they fetch. */
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "inspect/page_read.h"
#include "inspect/project.h"
#include "inspect/script.h"

struct build {
    struct project *p;
    struct page_reader r;
    struct strbuf command; /* of the program that is being read */
    size_t at;
};

static void end_program(struct build *b)
{
    project_command(b->p, strbuf_str(&b->command), b->at);
    strbuf_clear(&b->command);
}

/* The text behind a tag, up to the next one; of CDATA what is in it. */
static struct str text_behind(struct build *b, const struct page_tag *tag)
{
    struct str s = str_trim(str_sub(b->r.page, tag->end, b->r.page.n));
    if (str_starts(s, STR("<![CDATA["))) {
        ptrdiff_t end = str_find(s, STR("]]>"), 0);
        return str_sub(s, 9, end < 0 ? s.n : (size_t)end);
    }
    const char *end = s.n ? memchr(s.p, '<', s.n) : NULL;
    return page_plain(&b->r, str_trim(end ? str_sub(s, 0, (size_t)(end - s.p)) : s));
}

static void add_plain(struct build *b, struct str s)
{
    if (s.n)
        strbuf_addc(&b->command, ' ');
    strbuf_add(&b->command, s);
}

static void look_tag(struct build *b, const struct page_tag *tag)
{
    struct str executable = page_attribute(tag, "executable"), source = page_attribute(tag, "src");
    bool is_exec = str_is(tag->name, "exec") && executable.n;
    if (is_exec || str_is(tag->name, "executable") || str_is(tag->name, "plugin") || str_is(tag->name, "target")) {
        end_program(b);
        b->at = tag->end;
    }
    if (is_exec)
        script_add_word(&b->command, page_plain(&b->r, executable));
    else if (str_is(tag->name, "executable"))
        script_add_word(&b->command, text_behind(b, tag));
    else if (str_is(tag->name, "argument") && b->command.n)
        script_add_word(&b->command, text_behind(b, tag));
    else if ((str_is(tag->name, "commandlineArgs") || str_is(tag->name, "commandLineArgs")) && b->command.n)
        add_plain(b, text_behind(b, tag));
    else if (str_is(tag->name, "arg") && b->command.n && page_attribute(tag, "line").n)
        add_plain(b, page_plain(&b->r, page_attribute(tag, "line")));
    else if (str_is(tag->name, "arg") && b->command.n)
        script_add_word(&b->command, page_plain(&b->r, page_attribute(tag, "value")));
    else if (str_is(tag->name, "get") && source.n) {
        end_program(b);
        strbuf_adds(&b->command, "curl -o ");
        script_add_word(&b->command, page_plain(&b->r, page_attribute(tag, "dest")));
        script_add_word(&b->command, page_plain(&b->r, source));
        b->at = tag->end;
        end_program(b);
    }
}

void project_read_xml(struct project *p)
{
    _cleanup_(arena_done) struct arena arena = {};
    struct build b = {.p = p};
    struct page_part part;
    page_begin(&b.r, p->c->data, STR("/build.xml"), &arena);
    while (page_next(&b.r, &part))
        if (part.kind == PAGE_TAG)
            look_tag(&b, &b.r.tag);
    end_program(&b);
    strbuf_done(&b.command);
}
