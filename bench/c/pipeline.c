/*
 * Many calls outstanding on one TCP connection: the driver, which is good for any server of echo.x or any portmapper,
 * and the floor, a server that counts bytes and looks at none.
 *
 *   pipeline server tcp WORK                        prints "port N", then answers until it is killed
 *   pipeline client tcp WINDOW PORT MILLIS WORK     keeps WINDOW calls outstanding, prints "calls=… calls_per_s=…"
 *
 * WORK is 0 for NULL, or "getport". For each reply that has come the driver sends another call: together, where several replies came together.
 */
#include "clock.h"
#include "net.h"

enum { WINDOW_MAX = 512, RECORD_MAX = 64, CHUNK = 64 << 10 };

static char buf[CHUNK];
static char records[WINDOW_MAX * RECORD_MAX];
/* Of a call and of a reply, each with its mark. */
static size_t call_len, reply_record;

static void serve(void)
{
    static char replies[CHUNK];
    int listener = open_server(1);
    for (size_t i = 0; i + reply_record <= sizeof replies; i += reply_record) {
        put(replies + i, 0x80000000u | (uint32_t)(reply_record - MARK));
        put(replies + i + MARK + 4, 1);
    }
    for (;;) {
        int fd = accept_one(listener);
        size_t have = 0;
        for (ssize_t n; (n = recv(fd, buf, sizeof buf, 0)) > 0; have %= call_len) {
            have += (size_t)n;
            transmit(fd, replies, have / call_len * reply_record);
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
    long replies = (long)(*have / reply_record);
    for (long i = 0; i < replies; i += 16)
        check_reply(buf + (size_t)i * reply_record + MARK);
    *have %= reply_record;
    memmove(buf, buf + (size_t)replies * reply_record, *have);
    return replies;
}

static void drive(long window, int port, long millis, long work)
{
    for (long i = 0; i < window; i++) {
        char *record = records + (size_t)i * call_len;
        put(record, 0x80000000u | (uint32_t)put_call(record + MARK, (uint32_t)i, work));
    }
    int fd = open_client(1, port);
    uint64_t start = now(), end = start + (uint64_t)millis * 1000000u;
    long done = 0;
    size_t have = 0;
    transmit(fd, records, (size_t)window * call_len);
    while (now() < end) {
        long replies = take(fd, &have);
        transmit(fd, records, (size_t)replies * call_len);
        done += replies;
    }
    double took = (double)(now() - start);
    for (long left = window; left > 0;)
        left -= take(fd, &have);
    printf("calls=%ld calls_per_s=%.0f\n", done, (double)done / took * 1e9);
}

int main(int argc, char **argv)
{
    int server = argc == 4 && !strcmp(argv[1], "server") && is_tcp(argv[2]);
    int client = argc == 7 && !strcmp(argv[1], "client") && is_tcp(argv[2]);
    long work = server ? parse_work(argv[3]) : client ? parse_work(argv[6]) : 1;
    long window = client ? atol(argv[3]) : 1;
    call_len = MARK + put_call(records, 0, work > 0 ? 0 : work);
    reply_record = MARK + reply_len(work > 0 ? 0 : work);
    if (server && work <= 0)
        serve();
    else if (client && work <= 0 && window > 0 && window <= WINDOW_MAX)
        drive(window, atoi(argv[4]), atol(argv[5]), work);
    else {
        fprintf(stderr, "usage: pipeline server tcp 0|getport\n"
                        "       pipeline client tcp WINDOW PORT MILLIS 0|getport\n");
        return 2;
    }
    return 0;
}
