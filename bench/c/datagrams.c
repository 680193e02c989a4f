/*
 * Many NULL calls outstanding over UDP, several datagrams to a system call (recvmmsg, sendmmsg): the driver, which is
 * good for any server of echo.x, and the floor, a server that looks at no byte.
 *
 *   datagrams server udp BYTES                  prints "port N", then answers until it is killed (BYTES: 0)
 *   datagrams client udp WINDOW PORT MILLIS     keeps WINDOW calls outstanding, prints "calls=… calls_per_s=…"
 *
 * For each reply that has come the driver sends another call: together, where several replies came together. None is
 * sent again; a datagram that is lost ends the round (it would mean that a buffer is too small for the window).
 */
#define _GNU_SOURCE
#include "clock.h"
#include "net.h"

enum { BATCH = 64, ROOM = 2048 };

static char bytes[BATCH][ROOM];
static struct iovec io[BATCH];
static struct mmsghdr messages[BATCH];
static struct sockaddr_in peers[BATCH];

/* Every message to be of `len` bytes, from or to anybody where `peer`. */
static void prepare(size_t len, int peer)
{
    for (int i = 0; i < BATCH; i++) {
        io[i] = (struct iovec){bytes[i], len};
        messages[i].msg_hdr = (struct msghdr){.msg_name = peer ? &peers[i] : NULL,
                                              .msg_namelen = peer ? sizeof peers[i] : 0,
                                              .msg_iov = &io[i],
                                              .msg_iovlen = 1};
    }
}

static void send_all(int fd, int count)
{
    for (int sent = 0; sent < count;) {
        int n = sendmmsg(fd, messages + sent, (unsigned)(count - sent), 0);
        if (n < 0)
            die("sendmmsg");
        sent += n;
    }
}

static void serve(void)
{
    int fd = open_server(0);
    for (;;) {
        prepare(ROOM, 1);
        int count = recvmmsg(fd, messages, BATCH, MSG_WAITFORONE, NULL);
        if (count < 0)
            die("recvmmsg");
        for (int i = 0; i < count; i++) {
            put(bytes[i] + 4, 1);
            put(bytes[i] + 8, 0);
            put(bytes[i] + 20, 0);
            io[i].iov_len = NULL_REPLY;
        }
        send_all(fd, count);
    }
}

static void send_calls(int fd, int count)
{
    static uint32_t xid;
    prepare(NULL_CALL, 0);
    for (int i = 0; i < count; i++)
        put_call(bytes[i], xid++, 0);
    send_all(fd, count);
}

static int take_replies(int fd)
{
    prepare(ROOM, 0);
    int count = recvmmsg(fd, messages, BATCH, MSG_WAITFORONE, NULL);
    if (count < 0)
        die("a datagram is lost");
    for (int i = 0; i < count; i++)
        check_reply(bytes[i]);
    return count;
}

static void drive(int window, int port, long millis)
{
    int fd = open_client(0, port);
    struct timeval patience = {5, 0};
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) < 0)
        die("SO_RCVTIMEO");
    uint64_t start = now(), end = start + (uint64_t)millis * 1000000u;
    long done = 0;
    send_calls(fd, window);
    while (now() < end) {
        int count = take_replies(fd);
        send_calls(fd, count);
        done += count;
    }
    printf("calls=%ld calls_per_s=%.0f\n", done, (double)done / (double)(now() - start) * 1e9);
}

int main(int argc, char **argv)
{
    long number = argc > 3 ? atol(argv[3]) : -1;
    if (argc == 4 && !strcmp(argv[1], "server") && !is_tcp(argv[2]) && number == 0)
        serve();
    else if (argc == 6 && !strcmp(argv[1], "client") && !is_tcp(argv[2]) && number > 0 && number <= BATCH)
        drive((int)number, atoi(argv[4]), atol(argv[5]));
    else {
        fprintf(stderr, "usage: datagrams server udp 0\n       datagrams client udp WINDOW PORT MILLIS\n");
        return 2;
    }
    return 0;
}
