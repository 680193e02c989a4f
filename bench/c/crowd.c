/*
 * Idle connections: opens COUNT of them to a port, says "open COUNT", and keeps them until its input ends.
 *
 *   crowd PORT COUNT
 *
 * Each makes one NULL call, so that the server has served all of them, and then falls silent.
 */
#include <sys/resource.h>

#include "net.h"

static void raise_limit(long count)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < (rlim_t)count + 16 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int main(int argc, char **argv)
{
    long count = argc == 3 ? atol(argv[2]) : 0;
    char call[MARK + NULL_CALL], reply[MARK + NULL_REPLY], end;
    if (count <= 0) {
        fprintf(stderr, "usage: crowd PORT COUNT\n");
        return 2;
    }
    raise_limit(count);
    put(call, 0x80000000u | (uint32_t)put_call(call + MARK, 1, 0));
    for (long i = 0; i < count; i++) {
        int fd = open_client(1, atoi(argv[1]));
        transmit(fd, call, sizeof call);
        if (!receive(fd, reply, sizeof reply))
            die("closed");
        check_reply(reply + MARK);
    }
    printf("open %ld\n", count);
    fflush(stdout);
    while (read(0, &end, 1) > 0)
        ;
    return 0;
}
