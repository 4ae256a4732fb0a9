#include <curl/curl.h>

// Swift cannot call what takes arguments of any type; there is one function here for each type that is needed.

static inline CURLcode curl_set_number(CURL *handle, CURLoption option, long value)
{
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode curl_set_text(CURL *handle, CURLoption option, const char *value)
{
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode curl_set_receiver(CURL *handle, curl_write_callback receive, void *receiver)
{
    const CURLcode status = curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, receive);
    return status != CURLE_OK ? status : curl_easy_setopt(handle, CURLOPT_WRITEDATA, receiver);
}

static inline long curl_number(CURL *handle, CURLINFO info)
{
    long value = 0;
    return curl_easy_getinfo(handle, info, &value) == CURLE_OK ? value : 0;
}

static inline const char *curl_text(CURL *handle, CURLINFO info)
{
    char *value = 0;
    return curl_easy_getinfo(handle, info, &value) == CURLE_OK ? value : 0;
}

// The bytes that the server offers; -1 where it does not tell
static inline curl_off_t curl_offered_bytes(CURL *handle)
{
    curl_off_t count = -1;
    return curl_easy_getinfo(handle, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &count) == CURLE_OK ? count : -1;
}

// A header of the last answer; null where there is none
static inline const char *curl_header_text(CURL *handle, const char *name)
{
    struct curl_header *header = 0;
    return curl_easy_header(handle, name, 0, CURLH_HEADER, -1, &header) == CURLHE_OK ? header->value : 0;
}
