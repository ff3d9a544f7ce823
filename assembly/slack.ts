/**
 * Bytes behind each region of memory that may be read and overwritten, since copies go in steps of 16 bytes. What is written there,
 * or at the start of what follows within a region, is no result: results are written in order, and later ones replace it.
 */
export const slack: usize = 64;
