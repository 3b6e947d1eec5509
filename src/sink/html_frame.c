// SPDX-License-Identifier: Apache-2.0
/*
 * What all pages begin with. A page is one file that needs nothing else: no script at all, no request, the style allowed by its own digest
 * in the Content-Security-Policy. Pictures are inline SVG; choosing what is shown is done by the style.
 */
#include "base/alloc.h"
#include "base/digest.h"
#include "base/intl.h"
#include "sink/html.h"
#include "sink/html_style.h"

static void put_style(struct writer *w)
{
    uint8_t digest[SHA256_BYTES];
    _cleanup_(arena_done) struct arena a = {};
    sha256_once(STYLE, sizeof(STYLE) - 1, digest);
    struct str hash = base64_encode_unpadded(&a, digest, sizeof(digest));
    writer_printf(w, "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-%.*s='; base-uri 'none'; form-action 'none'\">\n",
                  STR_ARG(hash));
    writer_printf(w, "<style>%s</style>\n", STYLE);
}

void html_begin(struct writer *w, struct str version)
{
    writer_puts(w, "<!doctype html>\n<html lang=\"");
    html_text(w, str_from(_("en"))); /* the language of the catalogue itself, as a language tag */
    writer_puts(w, "\">\n<head>\n<meta charset=\"utf-8\">\n");
    put_style(w);
    writer_puts(w, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n"
                   "<meta name=\"referrer\" content=\"no-referrer\">\n");
    if (version.n) {
        writer_puts(w, "<meta name=\"generator\" content=\"davy ");
        html_text(w, version);
        writer_puts(w, "\">\n");
    }
    writer_puts(w, "<title>");
}

void html_top(struct writer *w, const char *what)
{
    writer_puts(w, " – Davy</title>\n</head>\n<body>\n");
    writer_printf(w, "<a class=\"skip\" href=\"#main\">%s</a>\n<header class=\"top\"><h1>", _("To the report"));
    html_text(w, str_from(what));
    writer_puts(w, "</h1><span class=\"soft small\">");
}

void html_main(struct writer *w)
{
    writer_puts(w, "</span></header>\n<main id=\"main\">\n");
}
