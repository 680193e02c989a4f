/*
 * The floor for one call at a time: its bytes to and fro over a bare socket that is all there is, and nothing else.
 *
 *   pingpong server udp|tcp WORK                       prints "port N", then answers until it is killed
 *   pingpong client udp|tcp WORK PORT WARMUP CALLS     prints one line of figures (see clock.h)
 *
 * WORK is 0 for NULL, "getport", or how many bytes are echoed (over TCP only). One send and one receive on each side,
 * as far as the socket takes it at once; TCP_NODELAY. The client is good for any server of echo.x, or any portmapper.
 */
#include "clock.h"
#include "net.h"

static char buf[1 << 20];

static void serve_udp(long work)
{
    int fd = open_server(0);
    size_t reply = reply_len(work);
    put(buf + 4, 1);
    for (;;) {
        struct sockaddr_in from;
        socklen_t len = sizeof from;
        char call[512];
        ssize_t n = recvfrom(fd, call, sizeof call, 0, (struct sockaddr *)&from, &len);
        if (n >= NULL_CALL && sendto(fd, buf, reply, 0, (struct sockaddr *)&from, len) < 0)
            die("sendto");
    }
}

static void serve_tcp(long work)
{
    static char call[sizeof buf];
    int listener = open_server(1);
    size_t call_len = MARK + put_call(call, 0, work), len = reply_len(work);
    put(buf, 0x80000000u | (uint32_t)len);
    put(buf + MARK + 4, 1);
    for (;;) {
        int fd = accept_one(listener);
        while (receive(fd, call, call_len))
            transmit(fd, buf, MARK + len);
        close(fd);
    }
}

static void call(int tcp, long work, int port, long warmup, long calls)
{
    static char message[sizeof buf];
    size_t mark = tcp ? MARK : 0, call_len = put_call(message + mark, 1, work), len = reply_len(work);
    int fd = open_client(tcp, port);
    struct figures figures = begin(calls);
    if (tcp)
        put(message, 0x80000000u | (uint32_t)call_len);
    for (long i = -warmup; i < calls; i++) {
        uint64_t start = now();
        transmit(fd, message, mark + call_len);
        if (!receive(fd, buf, mark + len))
            die("closed");
        if (i >= 0)
            add(&figures, now() - start);
        check_reply(buf + mark);
    }
    report(&figures);
}

int main(int argc, char **argv)
{
    int tcp = argc > 2 && is_tcp(argv[2]);
    long work = argc > 3 ? parse_work(argv[3]) : 0;
    int fits = work == GETPORT || work == 0 || (tcp && work > 0 && work % 4 == 0 && work + 64 <= (long)sizeof buf);
    if (fits && argc == 4 && !strcmp(argv[1], "server"))
        tcp ? serve_tcp(work) : serve_udp(work);
    else if (fits && argc == 7 && !strcmp(argv[1], "client"))
        call(tcp, work, atoi(argv[4]), atol(argv[5]), atol(argv[6]));
    else {
        fprintf(stderr, "usage: pingpong server udp|tcp WORK\n"
                        "       pingpong client udp|tcp WORK PORT WARMUP CALLS\n");
        return 2;
    }
    return 0;
}
