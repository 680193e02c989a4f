/*
 * The floor: the bytes of an RPC NULL call to and fro over a bare socket, and nothing else.
 *
 *   pingpong server udp|tcp                       prints "port N", then answers until it is killed
 *   pingpong client udp|tcp PORT WARMUP CALLS     prints one line of figures (see clock.h)
 *
 * A NULL call takes 40 bytes, its reply 24; over TCP each has a record mark of 4 more. One send and one receive on
 * each side, TCP_NODELAY, the loopback address.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"

enum { CALL = 40, REPLY = 24, MARK = 4 };

static void die(const char *what)
{
    perror(what);
    exit(2);
}

static void no_delay(int fd)
{
    int on = 1;
    if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) < 0)
        die("TCP_NODELAY");
}

/* Receives exactly `len` bytes; 0 at the end of the stream. */
static int receive(int fd, char *buf, size_t len)
{
    size_t have = 0;
    while (have < len) {
        ssize_t n = recv(fd, buf + have, len - have, 0);
        if (n == 0)
            return 0;
        if (n < 0) {
            if (errno == EINTR)
                continue;
            die("recv");
        }
        have += (size_t)n;
    }
    return 1;
}

static void transmit(int fd, const char *buf, size_t len)
{
    if (send(fd, buf, len, MSG_NOSIGNAL) != (ssize_t)len)
        die("send");
}

static int open_server(int type)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, type, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) < 0)
        die("bind");
    if (type == SOCK_STREAM && listen(fd, 8) < 0)
        die("listen");
    if (getsockname(fd, (struct sockaddr *)&at, &len) < 0)
        die("getsockname");
    printf("port %d\n", ntohs(at.sin_port));
    fflush(stdout);
    return fd;
}

static void serve_udp(void)
{
    int fd = open_server(SOCK_DGRAM);
    char buf[512] = {0};
    for (;;) {
        struct sockaddr_in from;
        socklen_t len = sizeof from;
        ssize_t n = recvfrom(fd, buf, sizeof buf, 0, (struct sockaddr *)&from, &len);
        if (n == CALL && sendto(fd, buf, REPLY, 0, (struct sockaddr *)&from, len) != REPLY)
            die("sendto");
    }
}

static void serve_tcp(void)
{
    int listener = open_server(SOCK_STREAM);
    char buf[512] = {0};
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0)
            die("accept");
        no_delay(fd);
        while (receive(fd, buf, CALL + MARK))
            transmit(fd, buf, REPLY + MARK);
        close(fd);
    }
}

static void call(int type, int port, long warmup, long calls)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    size_t mark = type == SOCK_STREAM ? MARK : 0;
    char buf[512] = {0};
    int fd = socket(AF_INET, type, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0)
        die("connect");
    if (type == SOCK_STREAM)
        no_delay(fd);
    struct figures figures = begin(calls);
    for (long i = -warmup; i < calls; i++) {
        uint64_t start = now();
        transmit(fd, buf, CALL + mark);
        if (!receive(fd, buf, REPLY + mark))
            die("closed");
        if (i >= 0)
            add(&figures, now() - start);
    }
    report(&figures, type == SOCK_STREAM ? "tcp" : "udp", "raw");
}

int main(int argc, char **argv)
{
    int type = argc > 2 && !strcmp(argv[2], "tcp") ? SOCK_STREAM : SOCK_DGRAM;
    if (argc == 3 && !strcmp(argv[1], "server"))
        type == SOCK_STREAM ? serve_tcp() : serve_udp();
    else if (argc == 6 && !strcmp(argv[1], "client"))
        call(type, atoi(argv[3]), atol(argv[4]), atol(argv[5]));
    else {
        fprintf(stderr, "usage: pingpong server udp|tcp\n       pingpong client udp|tcp PORT WARMUP CALLS\n");
        return 2;
    }
    return 0;
}
