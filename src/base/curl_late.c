// SPDX-License-Identifier: Apache-2.0
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/curl_late.h"

/* Macros that check the types of arguments would stand in the way of the functions themselves. */
#undef curl_easy_setopt
#undef curl_easy_getinfo

#define CALLS(CALL)                                                                                                    \
    CALL(char *, curl_easy_escape, (CURL * c, const char *s, int n), (c, s, n))                                        \
    CALL(char *, curl_easy_unescape, (CURL * c, const char *s, int n, int *ret_n), (c, s, n, ret_n))                   \
    CALL(CURLcode, curl_easy_perform, (CURL * c), (c))                                                                 \
    CALL(const char *, curl_easy_strerror, (CURLcode code), (code))                                                    \
    CALL(struct curl_slist *, curl_slist_append, (struct curl_slist * list, const char *s), (list, s))                 \
    CALL(CURLU *, curl_url_dup, (CURLU * u), (u))                                                                      \
    CALL(CURLUcode, curl_url_get, (CURLU * u, CURLUPart part, char **ret, unsigned flags), (u, part, ret, flags)) \
    CALL(CURLUcode, curl_url_set, (CURLU * u, CURLUPart part, const char *s, unsigned flags), (u, part, s, flags))
/* What may be called with nothing in hand: of a library that was never loaded there is nothing to give back. */
#define CALLS_NOTHING(CALL)                                                                                            \
    CALL(curl_easy_cleanup, (CURL * c), (c))                                                                           \
    CALL(curl_easy_reset, (CURL * c), (c))                                                                             \
    CALL(curl_free, (void *p), (p))                                                                                    \
    CALL(curl_global_cleanup, (void), ())                                                                              \
    CALL(curl_slist_free_all, (struct curl_slist * list), (list))                                                      \
    CALL(curl_url_cleanup, (CURLU * u), (u))
/* Where use of it begins. */
#define CALLS_FIRST(CALL)                                                                                              \
    CALL(CURL *, curl_easy_init, (void), (), NULL)                                                                     \
    CALL(CURLcode, curl_global_init, (long flags), (flags), CURLE_FAILED_INIT)                                         \
    CALL(CURLU *, curl_url, (void), (), NULL)

/* As process-wide as the library itself. */
static struct {
#define MEMBER(type, name, parameters, arguments, ...) type(*name) parameters;
#define MEMBER_NOTHING(name, parameters, arguments) void(*name) parameters;
    CALLS(MEMBER)
    CALLS_NOTHING(MEMBER_NOTHING)
    CALLS_FIRST(MEMBER)
    CURLcode (*curl_easy_setopt)(CURL *c, CURLoption option, ...);
    CURLcode (*curl_easy_getinfo)(CURL *c, CURLINFO info, ...);
} real;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool is_loaded;
static char why[256];

static void load(void)
{
    static const char LIBRARY[] = "libcurl.so.4"; /* the name of its interface since 2006 */
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    const char *missing = NULL;
    if (!library) {
        (void)snprintf(why, sizeof(why), "%s", dlerror());
        return;
    }
#define FIND(name)                                                                                                     \
    if (!(*(void **)&real.name = dlsym(library, #name)))                                                               \
        missing = #name;
#define FIND_ONE(type, name, ...) FIND(name)
#define FIND_NOTHING(name, ...) FIND(name)
    CALLS(FIND_ONE)
    CALLS_NOTHING(FIND_NOTHING)
    CALLS_FIRST(FIND_ONE)
    FIND(curl_easy_setopt)
    FIND(curl_easy_getinfo)
    if (missing)
        (void)snprintf(why, sizeof(why), "%s has no %s", LIBRARY, missing);
    is_loaded = !missing;
}

int curl_late(struct error *err)
{
    (void)pthread_once(&once, load);
    return is_loaded ? 0 : error_set(err, -ENOPKG, "libcurl cannot be loaded: %s", why);
}

#define DEFINE(type, name, parameters, arguments)                                                                      \
    type name parameters                                                                                               \
    {                                                                                                                  \
        return real.name arguments;                                                                                    \
    }
#define DEFINE_NOTHING(name, parameters, arguments)                                                                    \
    void name parameters                                                                                               \
    {                                                                                                                  \
        if (is_loaded)                                                                                                 \
            real.name arguments;                                                                                       \
    }
#define DEFINE_FIRST(type, name, parameters, arguments, without)                                                       \
    type name parameters                                                                                               \
    {                                                                                                                  \
        return curl_late(NULL) < 0 ? without : real.name arguments;                                                    \
    }
CALLS(DEFINE)
CALLS_NOTHING(DEFINE_NOTHING)
CALLS_FIRST(DEFINE_FIRST)

/* The third argument is a long, a pointer or a curl_off_t, all of one size where Davy runs, and passed alike. */
CURLcode curl_easy_setopt(CURL *c, CURLoption option, ...)
{
    va_list ap;
    va_start(ap, option);
    void *argument = va_arg(ap, void *);
    va_end(ap);
    return real.curl_easy_setopt(c, option, argument);
}

CURLcode curl_easy_getinfo(CURL *c, CURLINFO info, ...)
{
    va_list ap;
    va_start(ap, info);
    void *argument = va_arg(ap, void *);
    va_end(ap);
    return real.curl_easy_getinfo(c, info, argument);
}
_Static_assert(sizeof(long) == sizeof(void *) && sizeof(curl_off_t) == sizeof(void *), "arguments of options");
