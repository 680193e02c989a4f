/*
 * The C peer of tests/field: decodes with what C's rpcgen made of a .x file, and encodes again. A question is a mode
 * (unused), the type, the length, the bytes; an answer how it went, how many bytes were taken, the length, bytes.
 */
#include <rpc/rpc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <arpa/inet.h>
#include "types.h"

struct type {
    xdrproc_t xdr;
    size_t size;
};

static const struct type types[] = {
#include "table.h"
};

enum { TAKEN, REFUSED, ZERO, FAILED };

static char out[1 << 22];
static int zero_seen;

/* Stands for xdr_string in the generated code: C takes a string with a zero in it, and then writes less than it read. */
bool_t checked_string(XDR *xdrs, char **text, u_int max)
{
    u_int start, end, length = 0;
    if (xdrs->x_op != XDR_DECODE)
        return xdr_string(xdrs, text, max);
    start = xdr_getpos(xdrs);
    if (!xdr_string(xdrs, text, max))
        return FALSE;
    end = xdr_getpos(xdrs);
    if (!xdr_setpos(xdrs, start) || !xdr_u_int(xdrs, &length) || !xdr_setpos(xdrs, end))
        abort();
    if (length != strlen(*text))
        zero_seen = 1;
    return TRUE;
}

/* Declared by libtirpc, but not there. */
bool_t xdr_quadruple(XDR *xdrs, long double *number)
{
    return xdr_opaque(xdrs, (char *)number, 16);
}

static void answer(int status, uint32_t taken, const char *bytes, uint32_t length)
{
    uint32_t words[2] = { htonl(taken), htonl(length) };
    putchar(status);
    fwrite(words, sizeof words, 1, stdout);
    fwrite(bytes, 1, length, stdout);
    fflush(stdout);
}

static void try(const struct type *type, char *bytes, uint32_t length)
{
    XDR decoder, encoder;
    void *value = calloc(1, type->size + 1);
    if (value == NULL)
        exit(1);
    zero_seen = 0;
    xdrmem_create(&decoder, bytes, length, XDR_DECODE);
    if (!type->xdr(&decoder, value)) {
        answer(REFUSED, 0, "", 0);
    } else if (zero_seen) {
        answer(ZERO, 0, "", 0);
    } else {
        xdrmem_create(&encoder, out, sizeof out, XDR_ENCODE);
        if (type->xdr(&encoder, value))
            answer(TAKEN, xdr_getpos(&decoder), out, xdr_getpos(&encoder));
        else
            answer(FAILED, 0, "cannot be encoded", 17);
    }
    xdr_free(type->xdr, value);
    free(value);
}

int main(void)
{
    /* A length on the wire makes libtirpc ask for that much memory: it shall not get it. */
    const struct rlimit most = { 1UL << 30, 1UL << 30 };
    unsigned char head[9];
    setrlimit(RLIMIT_AS, &most);
    while (fread(head, sizeof head, 1, stdin) == 1) {
        uint32_t words[2];
        char *bytes;
        memcpy(words, head + 1, sizeof words);
        words[0] = ntohl(words[0]);
        words[1] = ntohl(words[1]);
        bytes = malloc(words[1] + 1);
        if (bytes == NULL || words[0] >= sizeof types / sizeof *types)
            return 1;
        if (words[1] != 0 && fread(bytes, words[1], 1, stdin) != 1)
            return 1;
        try(&types[words[0]], bytes, words[1]);
        free(bytes);
    }
    return 0;
}
