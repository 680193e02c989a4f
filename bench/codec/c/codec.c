/*
 * The codec that C's rpcgen makes of batch.x, over libtirpc's xdrmem, and memcpy.
 *
 *   codec time REPEATS      prints a line for each case (see src/time.rs)
 *   codec dump batch|mixed  writes the encoded batch to standard output, to be compared with others'
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "batch.h"

enum { ITEMS = 1000, ROOM = 512 << 10 };

/* What one case works on. */
static char *buffer;
static u_int used;
static struct batch items;
static struct numbers counted;
static struct fixed uncounted;
static struct blob bytes;
static char *copy;

static void die(const char *what)
{
    fprintf(stderr, "codec: %s\n", what);
    exit(2);
}

static uint64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Names of nearly one length, as numbered things have them. */
static void name_even(char *to, unsigned i)
{
    sprintf(to, "instrument%u", i);
}

/* Names of every length up to 63, in no order that a branch predictor learns. */
static void name_mixed(char *to, unsigned i)
{
    static uint32_t state;
    if (i == 0)
        state = 1;
    state = state * 1664525u + 1013904223u;
    unsigned len = state >> 26;
    memset(to, 'a' + (int)(i % 26), len);
    to[len] = 0;
}

static void fill_items(void (*name)(char *, unsigned))
{
    struct item *item = calloc(ITEMS, sizeof *item);
    if (!item)
        die("no memory");
    for (unsigned i = 0; i < ITEMS; i++) {
        item[i].id = (int)i;
        item[i].stamp = 1700000000000000000u + i;
        item[i].name = malloc(ITEM_NAME_MAX + 1);
        if (!item[i].name)
            die("no memory");
        name(item[i].name, i);
        item[i].value = i * 0.5;
    }
    items.items.items_len = ITEMS;
    items.items.items_val = item;
}

static void encode(bool_t (*type)(XDR *, void *), void *value)
{
    XDR xdrs;
    xdrmem_create(&xdrs, buffer, ROOM, XDR_ENCODE);
    if (!type(&xdrs, value))
        die("cannot encode");
    used = xdr_getpos(&xdrs);
}

static void decode(bool_t (*type)(XDR *, void *), void *value)
{
    XDR xdrs;
    xdrmem_create(&xdrs, buffer, used, XDR_DECODE);
    if (!type(&xdrs, value))
        die("cannot decode");
}

/* What is encoded and decoded, and freed after the clock stopped or before. */
static struct batch back_batch;
static struct numbers back_numbers;
static struct fixed back_fixed;
static struct blob back_blob;

static void nothing(void)
{
}

#define CASES(type, from)                                                   \
    static void encode_##type(void)                                         \
    {                                                                       \
        encode((bool_t(*)(XDR *, void *))xdr_##type, &(from));              \
    }                                                                       \
    static void decode_##type(void)                                         \
    {                                                                       \
        decode((bool_t(*)(XDR *, void *))xdr_##type, &back_##type);         \
    }                                                                       \
    static void free_##type(void)                                           \
    {                                                                       \
        xdr_free((xdrproc_t)xdr_##type, (char *)&back_##type);              \
    }                                                                       \
    static void decode_and_free_##type(void)                                \
    {                                                                       \
        decode_##type();                                                    \
        free_##type();                                                      \
    }

CASES(batch, items)
CASES(numbers, counted)
CASES(fixed, uncounted)
CASES(blob, bytes)

/* Messages of one item each, as most calls are. */
static struct note notes[ITEMS];
static char messages[ITEMS][128];
static u_int message_len[ITEMS];

static void fill_messages(void)
{
    fill_items(name_even);
    for (u_int i = 0; i < ITEMS; i++) {
        struct item *item = &items.items.items_val[i];
        notes[i] = (struct note){item->id, item->stamp, item->name, item->value};
    }
}

static void encode_messages(void)
{
    XDR xdrs;
    used = 0;
    for (u_int i = 0; i < ITEMS; i++) {
        xdrmem_create(&xdrs, messages[i], sizeof messages[i], XDR_ENCODE);
        if (!xdr_note(&xdrs, &notes[i]))
            die("cannot encode");
        message_len[i] = xdr_getpos(&xdrs);
        used += message_len[i];
    }
}

static void decode_and_free_messages(void)
{
    XDR xdrs;
    for (u_int i = 0; i < ITEMS; i++) {
        struct note note = {0, 0, NULL, 0};
        xdrmem_create(&xdrs, messages[i], message_len[i], XDR_DECODE);
        if (!xdr_note(&xdrs, &note))
            die("cannot decode");
        xdr_free((xdrproc_t)xdr_note, (char *)&note);
    }
}

static void copy_bytes(void)
{
    memcpy(copy, bytes.data.data_val, bytes.data.data_len);
    __asm__ volatile("" ::"r"(copy) : "memory");
    used = bytes.data.data_len;
}

static char *new;

static void free_copy(void)
{
    free(new);
}

static void copy_to_new(void)
{
    new = malloc(bytes.data.data_len);
    if (!new)
        die("no memory");
    memcpy(new, bytes.data.data_val, bytes.data.data_len);
    __asm__ volatile("" ::"r"(new) : "memory");
    used = bytes.data.data_len;
}

static void copy_to_new_and_free(void)
{
    copy_to_new();
    free_copy();
}

/* Times `run`, and not what `after` does. */
static void measure(const char *work, const char *op, const char *who, long repeats, void (*run)(void), void (*after)(void))
{
    uint64_t *took = calloc((size_t)repeats, sizeof *took);
    if (!took)
        die("no memory");
    for (long i = -repeats / 10; i < repeats; i++) {
        uint64_t start = now();
        run();
        uint64_t end = now();
        after();
        if (i >= 0)
            took[i] = end - start;
    }
    qsort(took, (size_t)repeats, sizeof *took, by_size);
    printf("work=%s op=%s who=%s bytes=%u min_ns=%llu p50_ns=%llu\n", work, op, who, used,
           (unsigned long long)took[0], (unsigned long long)took[repeats / 2]);
    free(took);
}

#define MEASURE(work, type)                                                             \
    measure(work, "encode", "libtirpc", repeats, encode_##type, nothing);               \
    measure(work, "decode", "libtirpc", repeats, decode_##type, free_##type);           \
    measure(work, "decode+free", "libtirpc", repeats, decode_and_free_##type, nothing);

static void time_all(long repeats)
{
    fill_items(name_even);
    MEASURE("batch", batch)
    fill_items(name_mixed);
    MEASURE("mixed", batch)
    MEASURE("numbers", numbers)
    MEASURE("fixed", fixed)
    MEASURE("blob", blob)
    measure("blob", "encode", "memcpy", repeats, copy_bytes, nothing);
    measure("blob", "decode", "memcpy", repeats, copy_to_new, free_copy);
    measure("blob", "decode+free", "memcpy", repeats, copy_to_new_and_free, nothing);
    fill_messages();
    measure("messages", "encode", "libtirpc", repeats, encode_messages, nothing);
    measure("messages", "decode+free", "libtirpc", repeats, decode_and_free_messages, nothing);
}

static void fill_arrays(void)
{
    counted.values.values_len = NUMBERS;
    counted.values.values_val = uncounted.values;
    bytes.data.data_len = NUMBERS * 4;
    bytes.data.data_val = malloc(bytes.data.data_len);
    if (!bytes.data.data_val)
        die("no memory");
    for (u_int i = 0; i < NUMBERS; i++)
        uncounted.values[i] = (int)i * 7;
    for (u_int i = 0; i < bytes.data.data_len; i++)
        bytes.data.data_val[i] = (char)i;
}

int main(int argc, char **argv)
{
    buffer = malloc(ROOM);
    copy = malloc(ROOM);
    if (!buffer || !copy)
        die("no memory");
    fill_arrays();
    if (argc == 3 && !strcmp(argv[1], "time") && atol(argv[2]) > 0) {
        time_all(atol(argv[2]));
    } else if (argc == 3 && !strcmp(argv[1], "dump")) {
        fill_items(!strcmp(argv[2], "mixed") ? name_mixed : name_even);
        encode_batch();
        fwrite(buffer, 1, used, stdout);
    } else {
        fprintf(stderr, "usage: codec time REPEATS | codec dump batch|mixed\n");
        return 2;
    }
    return 0;
}
