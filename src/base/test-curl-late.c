// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "base/curl_late.h"
#include "harness/test.h"

static bool is_mapped(void)
{
    char line[512];
    bool found = false;
    FILE *f = fopen("/proc/self/maps", "re");
    CHECK(f);
    while (!found && fgets(line, sizeof(line), f))
        found = strstr(line, "libcurl");
    (void)fclose(f);
    return found;
}

static size_t take(char *p, size_t size, size_t n, void *ctx)
{
    char *text = ctx;
    const size_t have = strlen(text), room = 63 - have;
    memcpy(text + have, p, size * n < room ? size * n : room);
    return size * n;
}

TEST(nothing_is_loaded_before_it_is_needed)
{
    struct error err = ERROR_NULL;
    char name[] = "/tmp/davy-late-XXXXXX", url[64], text[64] = {}, *host = NULL;
    curl_easy_cleanup(NULL);
    curl_slist_free_all(NULL);
    curl_free(NULL);
    CHECK(!is_mapped());
    CHECK_INT(curl_late(&err), 0);
    CHECK(is_mapped());

    /* options and answers of each size go through */
    const int fd = mkstemp(name);
    CHECK(fd >= 0 && write(fd, "kept", 4) == 4);
    (void)snprintf(url, sizeof(url), "file://%s", name);
    CURL *c = curl_easy_init();
    CHECK(c);
    curl_off_t size = 0;
    char *effective = NULL;
    CHECK_INT(curl_easy_setopt(c, CURLOPT_URL, url), CURLE_OK);
    CHECK_INT(curl_easy_setopt(c, CURLOPT_TIMEOUT, 10L), CURLE_OK);
    CHECK_INT(curl_easy_setopt(c, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)1 << 40), CURLE_OK);
    CHECK_INT(curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take), CURLE_OK);
    CHECK_INT(curl_easy_setopt(c, CURLOPT_WRITEDATA, text), CURLE_OK);
    CHECK_INT(curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, -1L), CURLE_BAD_FUNCTION_ARGUMENT);
    CHECK_INT(curl_easy_perform(c), CURLE_OK);
    CHECK_CSTR(text, "kept");
    CHECK_INT(curl_easy_getinfo(c, CURLINFO_SIZE_DOWNLOAD_T, &size), CURLE_OK);
    CHECK_INT(size, 4);
    CHECK_INT(curl_easy_getinfo(c, CURLINFO_EFFECTIVE_URL, &effective), CURLE_OK);
    CHECK_CSTR(effective, url);
    curl_easy_cleanup(c);
    (void)unlink(name);
    (void)close(fd);

    CURLU *u = curl_url();
    CHECK_INT(curl_url_set(u, CURLUPART_URL, "https://a.example:8443/x", 0), CURLUE_OK);
    CHECK_INT(curl_url_get(u, CURLUPART_HOST, &host, 0), CURLUE_OK);
    CHECK_CSTR(host, "a.example");
    curl_free(host);
    curl_url_cleanup(u);
}
