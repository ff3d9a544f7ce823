const numbers = {
  EPERM: 1,
  ENOENT: 2,
  EINTR: 4,
  EIO: 5,
  EBADF: 9,
  EACCES: 13,
  EBUSY: 16,
  EEXIST: 17,
  ENOTDIR: 20,
  EISDIR: 21,
};
Object.assign(numbers, { EINVAL: 22, ENOSPC: 28, ENAMETOOLONG: 36, ENOTEMPTY: 39, ELOOP: 40, EDEAD: 1000 });

/** An error as Node makes it of what the system says, without a stack, which would cost the most. */
export function systemError(code, path) {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  const error = new Error(`${code}: simulated, '${path}'`);
  Error.stackTraceLimit = stackTraceLimit;
  return Object.assign(error, { code, errno: -numbers[code], path });
}
