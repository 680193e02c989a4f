/*
 * The classic: NULL calls with the stubs that C's rpcgen makes of idl/daytime.x, over libtirpc.
 *
 *   tirpc server udp|tcp                       prints "port N", then answers until it is killed
 *   tirpc client udp|tcp PORT WARMUP CALLS     prints one line of figures (see clock.h)
 *
 * No portmapper takes part: the client is told the port.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "clock.h"
#include "daytime.h"

/* In the dispatcher that rpcgen made. */
void daytime_prog_1(struct svc_req *, SVCXPRT *);

void *daytime_null_1_svc(void *args, struct svc_req *request)
{
    static char nothing;
    (void)args, (void)request;
    return &nothing;
}

daytime_text *daytime_text_1_svc(void *args, struct svc_req *request)
{
    static daytime_text text = "";
    (void)args, (void)request;
    return &text;
}

moment *daytime_get_1_svc(void *args, struct svc_req *request)
{
    static moment then = {.zone = ""};
    (void)args, (void)request;
    return &then;
}

static void die(const char *what)
{
    fprintf(stderr, "tirpc: %s\n", what);
    exit(2);
}

static void serve(int tcp)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, tcp ? SOCK_STREAM : SOCK_DGRAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) < 0 || (tcp && listen(fd, 8) < 0) ||
        getsockname(fd, (struct sockaddr *)&at, &len) < 0)
        die("no socket");
    SVCXPRT *transport = tcp ? svctcp_create(fd, 0, 0) : svcudp_create(fd);
    /* Protocol 0: not to be told to a portmapper. */
    if (!transport || !svc_register(transport, DAYTIME_PROG, DAYTIME_VERS, daytime_prog_1, 0))
        die("no service");
    printf("port %d\n", ntohs(at.sin_port));
    fflush(stdout);
    svc_run();
}

static void call(int tcp, int port, long warmup, long calls)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval wait = {5, 0};
    int fd = RPC_ANYSOCK;
    CLIENT *client = tcp ? clnttcp_create(&to, DAYTIME_PROG, DAYTIME_VERS, &fd, 0, 0)
                         : clntudp_create(&to, DAYTIME_PROG, DAYTIME_VERS, wait, &fd);
    if (!client)
        die(clnt_spcreateerror("no client"));
    struct figures figures = begin(calls);
    for (long i = -warmup; i < calls; i++) {
        uint64_t start = now();
        if (!daytime_null_1(NULL, client))
            die(clnt_sperror(client, "NULL"));
        if (i >= 0)
            add(&figures, now() - start);
    }
    report(&figures, tcp ? "tcp" : "udp", "libtirpc");
    clnt_destroy(client);
}

int main(int argc, char **argv)
{
    int tcp = argc > 2 && !strcmp(argv[2], "tcp");
    if (argc == 3 && !strcmp(argv[1], "server"))
        serve(tcp);
    else if (argc == 6 && !strcmp(argv[1], "client"))
        call(tcp, atoi(argv[3]), atol(argv[4]), atol(argv[5]));
    else {
        fprintf(stderr, "usage: tirpc server udp|tcp\n       tirpc client udp|tcp PORT WARMUP CALLS\n");
        return 2;
    }
    return 0;
}
