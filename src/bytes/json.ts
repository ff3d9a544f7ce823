/** A JSON value without loss: integers beyond 2^53 are `bigint`, and Python's bare `NaN` and `Infinity` are numbers. */
export type Json = null | boolean | number | bigint | string | readonly Json[] | { readonly [member: string]: Json };
