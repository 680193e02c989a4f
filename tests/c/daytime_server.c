/*
 * A server of idl/daytime.x as C has always written them. rpcgen wrote its main(), which registers with whatever
 * portmapper libtirpc finds; here is only what the procedures do. The date is always the same one.
 */
#include "daytime.h"

void *daytime_null_1_svc(void *args, struct svc_req *request)
{
    static char nothing;
    return &nothing;
}

daytime_text *daytime_text_1_svc(void *args, struct svc_req *request)
{
    static daytime_text text = "Thu Nov  9 09:09:09 1989";
    return &text;
}

moment *daytime_get_1_svc(void *args, struct svc_req *request)
{
    static moment then = {626605749, 123456789, 3600, "Europe/Berlin"};
    return &then;
}
