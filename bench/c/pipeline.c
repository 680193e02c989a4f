/*
 * Many NULL calls outstanding on one TCP connection: the driver, which is good for any server of echo.x, and the
 * floor, a server that counts bytes and looks at none.
 *
 *   pipeline server tcp BYTES                  prints "port N", then answers until it is killed (BYTES: 0)
 *   pipeline client tcp WINDOW PORT MILLIS     keeps WINDOW calls outstanding, prints "calls=… calls_per_s=…"
 *
 * For each reply that has come the driver sends another call: together, where several replies came together.
 */
#include "clock.h"
#include "net.h"

enum { CALL_RECORD = MARK + NULL_CALL, REPLY_RECORD = MARK + NULL_REPLY, WINDOW_MAX = 1024, CHUNK = 64 << 10 };

static char buf[CHUNK];

static void serve(void)
{
    static char replies[CHUNK];
    int listener = open_server(1);
    for (size_t i = 0; i + REPLY_RECORD <= sizeof replies; i += REPLY_RECORD) {
        put(replies + i, 0x80000000u | NULL_REPLY);
        put(replies + i + MARK + 4, 1);
    }
    for (;;) {
        int fd = accept_one(listener);
        size_t have = 0;
        for (ssize_t n; (n = recv(fd, buf, sizeof buf, 0)) > 0; have %= CALL_RECORD) {
            have += (size_t)n;
            transmit(fd, replies, have / CALL_RECORD * REPLY_RECORD);
        }
        close(fd);
    }
}

/* Takes what has come, `have` bytes of a reply before it among them, and gives how many replies are complete. */
static long take(int fd, size_t *have)
{
    ssize_t n = recv(fd, buf + *have, sizeof buf - *have, 0);
    if (n <= 0)
        die("closed");
    *have += (size_t)n;
    long replies = (long)(*have / REPLY_RECORD);
    for (long i = 0; i < replies; i += 16)
        check_reply(buf + i * REPLY_RECORD + MARK);
    *have %= REPLY_RECORD;
    memmove(buf, buf + replies * REPLY_RECORD, *have);
    return replies;
}

static void drive(long window, int port, long millis)
{
    static char calls[WINDOW_MAX * CALL_RECORD];
    for (long i = 0; i < window; i++) {
        put(calls + i * CALL_RECORD, 0x80000000u | NULL_CALL);
        put_call(calls + i * CALL_RECORD + MARK, (uint32_t)i, 0);
    }
    int fd = open_client(1, port);
    uint64_t start = now(), end = start + (uint64_t)millis * 1000000u;
    long done = 0;
    size_t have = 0;
    transmit(fd, calls, (size_t)window * CALL_RECORD);
    while (now() < end) {
        long replies = take(fd, &have);
        transmit(fd, calls, (size_t)replies * CALL_RECORD);
        done += replies;
    }
    printf("calls=%ld calls_per_s=%.0f\n", done, (double)done / (double)(now() - start) * 1e9);
}

int main(int argc, char **argv)
{
    long number = argc > 3 ? atol(argv[3]) : -1;
    if (argc == 4 && !strcmp(argv[1], "server") && is_tcp(argv[2]) && number == 0)
        serve();
    else if (argc == 6 && !strcmp(argv[1], "client") && is_tcp(argv[2]) && number > 0 && number <= WINDOW_MAX)
        drive(number, atoi(argv[4]), atol(argv[5]));
    else {
        fprintf(stderr, "usage: pipeline server tcp 0\n       pipeline client tcp WINDOW PORT MILLIS\n");
        return 2;
    }
    return 0;
}
