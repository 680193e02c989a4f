/*
 * The classic: the stubs that C's rpcgen makes of echo.x, over libtirpc.
 *
 *   tirpc server udp|tcp BYTES                       prints "port N", then answers until it is killed
 *   tirpc client udp|tcp BYTES PORT WARMUP CALLS     prints one line of figures (see clock.h)
 *
 * BYTES is 0 for NULL, else the length of what is echoed. No portmapper takes part: the client is told the port.
 */
#include <signal.h>

#include "echo.h"

#include "clock.h"
#include "net.h"

/* In the dispatcher that rpcgen made. */
void echo_prog_1(struct svc_req *, SVCXPRT *);

void *echo_null_1_svc(void *args, struct svc_req *request)
{
    static char nothing;
    (void)args, (void)request;
    return &nothing;
}

/* The arguments live until the reply has been sent. */
echo_bytes *echo_echo_1_svc(echo_bytes *args, struct svc_req *request)
{
    (void)request;
    return args;
}

static void serve(int tcp)
{
    int fd = open_server(tcp);
    SVCXPRT *transport = tcp ? svctcp_create(fd, 0, 0) : svcudp_create(fd);
    errno = 0;
    /* Protocol 0: not to be told to a portmapper. */
    if (!transport || !svc_register(transport, ECHO_PROG, ECHO_VERS, echo_prog_1, 0))
        die("no service");
    /* libtirpc writes to connections that are gone. */
    signal(SIGPIPE, SIG_IGN);
    svc_run();
}

static void one_call(CLIENT *client, echo_bytes *bytes)
{
    errno = 0;
    if (!bytes->echo_bytes_len) {
        if (!echo_null_1(NULL, client))
            die(clnt_sperror(client, "NULL"));
        return;
    }
    echo_bytes *back = echo_echo_1(bytes, client);
    if (!back || back->echo_bytes_len != bytes->echo_bytes_len)
        die(clnt_sperror(client, "ECHO"));
    clnt_freeres(client, (xdrproc_t)xdr_echo_bytes, (char *)back);
}

static void call(int tcp, size_t bytes, int port, long warmup, long calls)
{
    struct sockaddr_in to = loopback(port);
    struct timeval wait = {5, 0};
    int fd = RPC_ANYSOCK;
    CLIENT *client = tcp ? clnttcp_create(&to, ECHO_PROG, ECHO_VERS, &fd, 0, 0)
                         : clntudp_create(&to, ECHO_PROG, ECHO_VERS, wait, &fd);
    echo_bytes sent = {(u_int)bytes, calloc(1, bytes + 1)};
    errno = 0;
    if (!client || !sent.echo_bytes_val)
        die(clnt_spcreateerror("no client"));
    struct figures figures = begin(calls);
    for (long i = -warmup; i < calls; i++) {
        uint64_t start = now();
        one_call(client, &sent);
        if (i >= 0)
            add(&figures, now() - start);
    }
    report(&figures);
    clnt_destroy(client);
}

int main(int argc, char **argv)
{
    int tcp = argc > 2 && is_tcp(argv[2]);
    if (argc == 4 && !strcmp(argv[1], "server"))
        serve(tcp);
    else if (argc == 7 && !strcmp(argv[1], "client"))
        call(tcp, (size_t)atol(argv[3]), atoi(argv[4]), atol(argv[5]), atol(argv[6]));
    else {
        fprintf(stderr, "usage: tirpc server udp|tcp BYTES\n"
                        "       tirpc client udp|tcp BYTES PORT WARMUP CALLS\n");
        return 2;
    }
    return 0;
}
