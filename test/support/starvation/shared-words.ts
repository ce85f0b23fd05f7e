// The memory that a test and its sampler share, in words of 32 bits.

/** Not 0: the sampler ends. */
export const stopAt = 0;
/** The most that was waited within one window, in ms. */
export const worstAt = 1;
/** The processes that are followed; 0 where there is none. A row of the matrix starts the gateway a few times. */
export const pidsAt = 2;
export const pidsMax = 30;

/** A quarter of the 100 ms that an error goes out before its deadline: later than that, and a promise is in danger. */
export const intervalMs = 25;
