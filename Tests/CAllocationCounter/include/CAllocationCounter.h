// Counts heap allocations of the calling thread, for tests that prove that a path allocates nothing. A test program
// that contains this target has its own malloc, which counts and passes on to the C library's.
#ifndef BATON_ALLOCATION_COUNTER_H
#define BATON_ALLOCATION_COUNTER_H
#include <stdint.h>

// How often this thread has allocated so far.
uint64_t baton_allocations(void);
#endif
