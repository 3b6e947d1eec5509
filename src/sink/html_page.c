// SPDX-License-Identifier: Apache-2.0
#include "base/intl.h"
#include "base/text.h"
#include "sink/html.h"

static void escape(struct writer *w, struct str safe)
{
    size_t from = 0;
    for (size_t i = 0; i < safe.n; i++) {
        const char *entity = NULL;
        switch (safe.p[i]) {
        case '&':
            entity = "&amp;";
            break;
        case '<':
            entity = "&lt;";
            break;
        case '>':
            entity = "&gt;";
            break;
        case '"':
            entity = "&quot;";
            break;
        case '\'':
            entity = "&#39;";
            break;
        default:
            continue;
        }
        writer_put(w, str_sub(safe, from, i));
        writer_puts(w, entity);
        from = i + 1;
    }
    writer_put(w, str_sub(safe, from, safe.n));
}

void html_text_all(struct writer *w, struct str raw)
{
    struct strbuf safe = {};
    text_add_safe(&safe, raw);
    escape(w, strbuf_str(&safe));
    strbuf_done(&safe);
}

void html_text(struct writer *w, struct str raw)
{
    struct strbuf safe = {}, fit = {};
    text_add_safe(&safe, raw);
    text_add_fit(&fit, strbuf_str(&safe), HTML_TEXT_MAX, true);
    escape(w, strbuf_str(&fit));
    strbuf_done(&safe);
    strbuf_done(&fit);
}

void html_size(struct writer *w, uint64_t bytes)
{
    struct strbuf b = {};
    text_add_size(&b, bytes);
    writer_put(w, strbuf_str(&b));
    strbuf_done(&b);
}

void html_count(struct writer *w, uint64_t n)
{
    struct strbuf b = {};
    text_add_count(&b, n);
    writer_put(w, strbuf_str(&b));
    strbuf_done(&b);
}

void html_seconds(struct writer *w, uint64_t ns)
{
    double s = (double)ns / 1e9;
    if (s >= 600)
        writer_printf(w, "%.0f min", s / 60);
    else if (s < 0.0995)
        writer_printf(w, "%.0f ms", s < 0.001 ? 1 : s * 1000);
    else
        writer_printf(w, s < 99.5 ? "%.1f s" : "%.0f s", s);
}

const char *html_tone(enum severity s)
{
    static const char *const tones[SEVERITY__N] = {"t-critical", "t-high", "t-medium", "t-low", "t-info"};
    return tones[s];
}

const char *html_severity(enum severity s)
{
    static const char *const words[SEVERITY__N] = {N_("critical"), N_("high"), N_("medium"), N_("low"), N_("info")};
    return _(words[s]);
}

const char *html_verdict_tone(enum verdict_word v)
{
    static const char *const tones[VERDICT__N] = {
        [VERDICT_CLEAN] = "t-ok",         [VERDICT_AUTHORISED] = "t-ok",  [VERDICT_EXPOSED] = "t-medium",
        [VERDICT_SUSPICIOUS] = "t-medium", [VERDICT_UNWANTED] = "t-high", [VERDICT_MALICIOUS] = "t-critical",
    };
    return tones[v];
}

void html_time(struct writer *w, uint64_t ns)
{
    struct strbuf b = {};
    text_add_time(&b, ns, 0);
    writer_printf(w, "<time datetime=\"%s\">%.10s %.8s UTC</time>", b.p, b.p, b.p + 11);
    strbuf_done(&b);
}
