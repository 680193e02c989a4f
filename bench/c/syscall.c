/*
 * What a system call costs that does next to nothing: prints nanoseconds, the best of ten rounds.
 *
 *   syscall
 */
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <unistd.h>

#include "clock.h"

int main(void)
{
    enum { CALLS = 100000 };
    uint64_t best = UINT64_MAX;
    for (int round = 0; round < 10; round++) {
        uint64_t start = now();
        for (int i = 0; i < CALLS; i++)
            syscall(SYS_getppid);
        uint64_t took = now() - start;
        best = took < best ? took : best;
    }
    printf("%.0f\n", (double)best / CALLS);
    return 0;
}
