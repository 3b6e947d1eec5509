// SPDX-License-Identifier: Apache-2.0
#include <dlfcn.h>
#include <errno.h>

#include "sink/curl_late.h"

int curl_late(struct curl_calls *ret, struct error *err)
{
    static const char LIBRARY[] = "libcurl.so.4"; /* the name of its interface since 2006 */
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return error_set(err, -ENOPKG, "webhooks need libcurl: %s", dlerror());
#define CALL(name)                                                                                                     \
    if (!(*(void **)&ret->name = dlsym(library, "curl_" #name)))                                                       \
        return error_set(err, -ENOPKG, "webhooks need a libcurl with %s", "curl_" #name);
    CURL_CALLS(CALL)
#undef CALL
    return 0;
}
