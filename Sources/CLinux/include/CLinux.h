// Linux interfaces that Swift's Glibc module does not expose, or that Swift cannot call (variadic functions, macros).
// Every symbol of our own is prefixed baton_.
#ifndef BATON_CLINUX_H
#define BATON_CLINUX_H
#include "capture.h"
#endif
