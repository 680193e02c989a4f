/*
 * A client of idl/daytime.x as C has always written them: the stubs of rpcgen, libtirpc, a look-up at port 111.
 *
 *   program HOST udp|tcp        prints the text, then the moment's fields
 */
#include <stdio.h>

#include "daytime.h"

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: %s HOST udp|tcp\n", argv[0]);
        return 2;
    }
    CLIENT *client = clnt_create(argv[1], DAYTIME_PROG, DAYTIME_VERS, argv[2]);
    if (!client) {
        clnt_pcreateerror(argv[1]);
        return 1;
    }
    if (!daytime_null_1(NULL, client)) {
        clnt_perror(client, "NULL");
        return 1;
    }
    daytime_text *text = daytime_text_1(NULL, client);
    if (!text) {
        clnt_perror(client, "TEXT");
        return 1;
    }
    printf("%s\n", *text);
    moment *now = daytime_get_1(NULL, client);
    if (!now) {
        clnt_perror(client, "GET");
        return 1;
    }
    printf("%lld %u %d %s\n", (long long)now->seconds, now->nanoseconds, now->offset, now->zone);
    clnt_destroy(client);
    return 0;
}
