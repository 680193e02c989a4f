/*
 * How long calls took, one at a time. What report() prints is what every such client of this benchmark prints:
 *
 *   calls=20000 min_ns=… p50_ns=… p99_ns=… max_ns=…
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct figures {
    uint64_t *took;
    long count, room;
};

static inline uint64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static inline struct figures begin(long calls)
{
    struct figures figures = {calloc(calls > 0 ? (size_t)calls : 1, sizeof(uint64_t)), 0, calls};
    if (calls <= 0 || !figures.took) {
        fprintf(stderr, "no room for %ld calls\n", calls);
        exit(2);
    }
    return figures;
}

static inline void add(struct figures *figures, uint64_t took)
{
    if (figures->count < figures->room)
        figures->took[figures->count++] = took;
}

static inline int by_size(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static inline void report(struct figures *figures)
{
    long n = figures->count;
    qsort(figures->took, (size_t)n, sizeof *figures->took, by_size);
    printf("calls=%ld min_ns=%llu p50_ns=%llu p99_ns=%llu max_ns=%llu\n", n, (unsigned long long)figures->took[0],
           (unsigned long long)figures->took[n / 2], (unsigned long long)figures->took[n - 1 - n / 100],
           (unsigned long long)figures->took[n - 1]);
}

#endif
