// A little fixed memory for what passes between the halves of a kernel.

/** 1 KiB, valid until the next kernel runs. */
export const scratch: usize = memory.data(1024, 16)
