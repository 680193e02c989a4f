/*
 * The floor for a server of many sockets: one that waits by epoll, and else does what pingpong's does for NULL.
 *
 *   epoll server udp|tcp BYTES     prints "port N", then answers until it is killed (BYTES: 0)
 *
 * Edge-triggered, one wait, one receive and one send for each call.
 */
#include <fcntl.h>
#include <sys/epoll.h>

#include "net.h"

static void watch(int set, int fd)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP | EPOLLET, .data.fd = fd};
    if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0 || epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) < 0)
        die("epoll_ctl");
}

static void answer_udp(int fd)
{
    static char buf[512];
    struct sockaddr_in from;
    socklen_t len = sizeof from;
    if (recvfrom(fd, buf, sizeof buf, 0, (struct sockaddr *)&from, &len) != NULL_CALL)
        return;
    put(buf + 4, 1);
    put(buf + 8, 0);
    put(buf + 20, 0);
    if (sendto(fd, buf, NULL_REPLY, 0, (struct sockaddr *)&from, len) != NULL_REPLY)
        die("sendto");
}

/* One call in one receive: what a client that waits for each reply sends. */
static void answer_tcp(int fd)
{
    static char buf[512];
    ssize_t n = recv(fd, buf, sizeof buf, 0);
    if (n == 0)
        close(fd);
    if (n != MARK + NULL_CALL)
        return;
    put(buf, 0x80000000u | NULL_REPLY);
    put(buf + MARK + 4, 1);
    put(buf + MARK + 8, 0);
    put(buf + MARK + 20, 0);
    transmit(fd, buf, MARK + NULL_REPLY);
}

int main(int argc, char **argv)
{
    if (argc != 4 || strcmp(argv[1], "server") || atol(argv[3]) != 0) {
        fprintf(stderr, "usage: epoll server udp|tcp 0\n");
        return 2;
    }
    int tcp = is_tcp(argv[2]), first = open_server(tcp), set = epoll_create1(0);
    if (set < 0)
        die("epoll_create1");
    watch(set, first);
    for (;;) {
        struct epoll_event events[64];
        int n = epoll_wait(set, events, 64, -1);
        for (int i = 0; i < n; i++) {
            int fd = events[i].data.fd;
            if (!tcp)
                answer_udp(fd);
            else if (fd == first)
                watch(set, accept_one(first));
            else
                answer_tcp(fd);
        }
    }
}
