// SPDX-License-Identifier: Apache-2.0
#pragma once
/* What a registry may cost. */

enum {
    HTTP_CONNECT_SECONDS = 20,
    HTTP_BUFFER = 256 << 10,         /* one piece of a body: blobs are large */
    HTTP_STALL_SECONDS = 60,
    HTTP_STALL_BYTES = 512,          /* a second: slower than a modem of 1990 */
    HTTP_HEADERS_MAX = 256 << 10,    /* of one answer; servers themselves allow 8 to 64 KiB */
    HTTP_REDIRECTS_MAX = 8,          /* registries redirect once, to their storage */
    HTTP_ERROR_TEXT_MAX = 16 << 10,  /* kept of a body that says why not */
    REGISTRY_JSON_SECONDS = 120,     /* for one manifest or token */
    REGISTRY_MANIFEST_MAX = 4 << 20, /* what registries themselves take */
    REGISTRY_TOKEN_MAX = 1 << 20,    /* a token server's answer; tokens have 1 to 8 KiB */
    REGISTRY_HELPER_MAX = 64 << 10,  /* a credential helper's answer */
    REGISTRY_HELPER_SECONDS = 60,    /* it may ask the user's keyring or a cloud */
    REGISTRY_TRIES = 5,              /* of one request without any progress */
    REGISTRY_RESUMES_MAX = 1000,     /* broken connections of one blob, each of which brought something */
    REGISTRY_BACKOFF_MS = 250,       /* before the second try; doubles */
    REGISTRY_WAIT_MAX_SECONDS = 60,  /* of what Retry-After asks for */
    REGISTRY_URLS_MAX = 8,           /* other addresses of one foreign layer */
    REGISTRY_PLATFORMS_MAX = 64,     /* images taken from one index; the widest official ones have about 20 */
    REGISTRY_TROUBLES_MAX = 1000,
    REGISTRY_PAGE = 1000,            /* names asked for at once: what registries give at most by themselves is 100 to 1000 */
    REGISTRY_PAGE_BYTES_MAX = 16 << 20, /* of one answer, should a registry give all its names at once */
    REGISTRY_PAGE_NAMES_MAX = 100'000,
};
