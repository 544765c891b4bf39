#pragma once
// Keeps the memory that this process takes from the kernel near to what it uses.
//
// A worker has a limit of private memory (RLIMIT_DATA), against which also counts what was only
// reserved: eight MiB of stack for each thread of the pool and each look-up of a name, and heap
// that the C library keeps after a burst. Where it has no such calls (musl, whose stacks are small
// and whose large blocks go back by themselves), nothing is done.

namespace posta {

// Before the first thread. Stacks of threads get 1 MiB; blocks from 256 KiB on go back to the
// kernel when they are freed.
void keep_footprint_small();

// Now, for a time when nothing is asked: what is free in the heap goes back.
void give_back_free_memory();

}  // namespace posta
