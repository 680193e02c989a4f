/*
 * Sockets on the loopback address, and the bytes of a call.
 */
#ifndef NET_H
#define NET_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The bytes of a NULL call and of its reply; over TCP each has a record mark before it. */
enum { NULL_CALL = 40, NULL_REPLY = 24, MARK = 4 };

static inline void die(const char *what)
{
    if (errno)
        perror(what);
    else
        fprintf(stderr, "%s\n", what);
    exit(2);
}

static inline int is_tcp(const char *transport)
{
    return !strcmp(transport, "tcp");
}

static inline void no_delay(int fd)
{
    int on = 1;
    if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) < 0)
        die("TCP_NODELAY");
}

static inline struct sockaddr_in loopback(int port)
{
    struct sockaddr_in at = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    return at;
}

/* A socket on a port of the system's choice, which it prints as the servers of this benchmark do: "port N". */
static inline int open_server(int tcp)
{
    struct sockaddr_in at = loopback(0);
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, tcp ? SOCK_STREAM : SOCK_DGRAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) < 0)
        die("bind");
    if (tcp && listen(fd, 8) < 0)
        die("listen");
    if (getsockname(fd, (struct sockaddr *)&at, &len) < 0)
        die("getsockname");
    printf("port %d\n", ntohs(at.sin_port));
    fflush(stdout);
    return fd;
}

static inline int accept_one(int listener)
{
    int fd = accept(listener, NULL, NULL);
    if (fd < 0)
        die("accept");
    no_delay(fd);
    return fd;
}

static inline int open_client(int tcp, int port)
{
    struct sockaddr_in to = loopback(port);
    int fd = socket(AF_INET, tcp ? SOCK_STREAM : SOCK_DGRAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0)
        die("connect");
    if (tcp)
        no_delay(fd);
    return fd;
}

/* Receives exactly `len` bytes; 0 at the end of the stream. */
static inline int receive(int fd, char *buf, size_t len)
{
    for (size_t have = 0; have < len;) {
        ssize_t n = recv(fd, buf + have, len - have, 0);
        if (n == 0)
            return 0;
        if (n < 0 && errno != EINTR)
            die("recv");
        have += n > 0 ? (size_t)n : 0;
    }
    return 1;
}

static inline void transmit(int fd, const char *buf, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, buf, len, MSG_NOSIGNAL);
        if (n < 0 && errno != EINTR)
            die("send");
        buf += n > 0 ? n : 0;
        len -= n > 0 ? (size_t)n : 0;
    }
}

/*
 * What a call asks for: 0 is NULL, a number of bytes (a multiple of four) is an ECHO of as many (echo.x), GETPORT is the
 * portmapper's question where it listens itself.
 */
enum { GETPORT = -1 };

static inline long parse_work(const char *text)
{
    return !strcmp(text, "getport") ? GETPORT : atol(text);
}

static inline void put(char *to, uint32_t word)
{
    word = htonl(word);
    memcpy(to, &word, sizeof word);
}

static inline uint32_t word_at(const char *from)
{
    uint32_t word;
    memcpy(&word, from, sizeof word);
    return ntohl(word);
}

static inline char *put_all(char *to, const uint32_t *words, size_t count)
{
    for (size_t i = 0; i < count; i++, to += 4)
        put(to, words[i]);
    return to;
}

/* Writes a call, without a mark, and gives its length. */
static inline size_t put_call(char *to, uint32_t xid, long work)
{
    const uint32_t echo[NULL_CALL / 4] = {xid, 0, 2, 0x20000e40, 1, work ? 1 : 0};
    const uint32_t portmap[NULL_CALL / 4] = {xid, 0, 2, 100000, 2, 3}, mapping[4] = {100000, 2, IPPROTO_TCP, 0};
    char *end = put_all(to, work == GETPORT ? portmap : echo, NULL_CALL / 4);
    if (work == GETPORT)
        return (size_t)(put_all(end, mapping, 4) - to);
    if (work)
        put(end, (uint32_t)work);
    return NULL_CALL + (work ? 4 + (size_t)work : 0);
}

/* The length of the reply to it. */
static inline size_t reply_len(long work)
{
    return NULL_REPLY + (work == GETPORT ? 4 : work ? 4 + (size_t)work : 0);
}

/* Looks at a reply, without its mark: to be called outside what is timed. */
static inline void check_reply(const char *reply)
{
    errno = 0;
    if (word_at(reply + 4) != 1 || word_at(reply + 8) != 0 || word_at(reply + 20) != 0)
        die("not the reply of a call that went well");
}

#endif
